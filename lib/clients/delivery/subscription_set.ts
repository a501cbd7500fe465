import type { InstrumentKey, Mode } from "../../market/market.ts";

/** Instruments with modes, and a fingerprint that follows each change at the cost of that change alone. */
export class SubscriptionSet {
  readonly #modes: Map<InstrumentKey, Mode>;
  #high = 0;
  #low = 0;

  constructor(modes: ReadonlyMap<InstrumentKey, Mode> = new Map()) {
    this.#modes = new Map();
    for (const [key, mode] of modes) this.set(key, mode);
  }

  get modes(): ReadonlyMap<InstrumentKey, Mode> {
    return this.#modes;
  }

  get size(): number {
    return this.#modes.size;
  }

  /** Equal sets have equal fingerprints; different ones hardly ever. */
  get fingerprint(): string {
    return `${this.#modes.size} ${this.#high} ${this.#low}`;
  }

  /** The fingerprint after some changes, which are not made. */
  fingerprintWith(changes: ReadonlyMap<InstrumentKey, Mode | undefined>): string {
    let { size } = this.#modes;
    let [high, low] = [this.#high, this.#low];
    for (const [key, mode] of changes) {
      const before = this.#modes.get(key);
      if (before === mode) continue;
      for (const each of [before, mode]) {
        if (each === undefined) continue;
        const hash = hashOf(key, each);
        high ^= hash.high;
        low ^= hash.low;
      }
      size += Number(mode !== undefined) - Number(before !== undefined);
    }
    return `${size} ${high} ${low}`;
  }

  /** @param mode Undefined takes the instrument out. */
  set(key: InstrumentKey, mode: Mode | undefined): void {
    const before = this.#modes.get(key);
    if (before === mode) return;
    if (before !== undefined) this.#toggle(key, before);
    if (mode === undefined) this.#modes.delete(key);
    else {
      this.#modes.set(key, mode);
      this.#toggle(key, mode);
    }
  }

  equals(other: SubscriptionSet): boolean {
    if (this.size !== other.size) return false;
    for (const [key, mode] of this.#modes) if (other.#modes.get(key) !== mode) return false;
    return true;
  }

  #toggle(key: InstrumentKey, mode: Mode): void {
    const { high, low } = hashOf(key, mode);
    this.#high ^= high;
    this.#low ^= low;
  }
}

/** cyrb53's two halves. */
function hashOf(key: InstrumentKey, mode: Mode): { readonly high: number; readonly low: number } {
  const text = `${key} ${mode}`;
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return { high, low };
}
