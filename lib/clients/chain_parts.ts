import { higherMode, type InstrumentKey, type Mode } from "../market/market.ts";

/** A chain, as far as it matters here. */
export interface NamedChain {
  readonly id: string;
}

/**
 * Which instruments a client has as parts of chains, beside what it has named itself. An instrument may be both, and a
 * part of several chains: it stays until the last of them lets go, in the highest mode that one of them has it in.
 */
export class ChainParts {
  readonly #parts = new Map<InstrumentKey, Map<NamedChain, Mode>>();
  /** Of these, those that the client has named as well, in its own mode. */
  readonly #named = new Map<InstrumentKey, Mode>();

  /** The chains that have an instrument. */
  chainsOf(key: InstrumentKey): Iterable<NamedChain> {
    return this.#parts.get(key)?.keys() ?? [];
  }

  has(key: InstrumentKey, chain: NamedChain): boolean {
    return this.#parts.get(key)?.has(chain) ?? false;
  }

  /**
   * The client itself names an instrument, or gives it up.
   *
   * @param mode Undefined gives it up.
   * @returns The mode that counts; undefined where it is no longer subscribed.
   */
  name(key: InstrumentKey, mode: Mode | undefined): Mode | undefined {
    const parts = this.#parts.get(key);
    if (parts === undefined) return mode;
    if (mode === undefined) this.#named.delete(key);
    else this.#named.set(key, mode);
    return this.#highest(key, parts);
  }

  /**
   * A chain takes an instrument up, or lets it go.
   *
   * @param mode Undefined lets it go.
   * @param present The mode in which the client has it now.
   * @returns The mode that counts; undefined where it is no longer subscribed.
   */
  change(
    chain: NamedChain,
    key: InstrumentKey,
    mode: Mode | undefined,
    present: Mode | undefined,
  ): Mode | undefined {
    let parts = this.#parts.get(key);
    if (parts === undefined) {
      if (mode === undefined) return present;
      this.#parts.set(key, parts = new Map());
      if (present !== undefined) this.#named.set(key, present);
    }
    if (mode === undefined) parts.delete(chain);
    else parts.set(chain, mode);
    const highest = this.#highest(key, parts);
    if (parts.size === 0) this.forget(key);
    return highest;
  }

  /** The instrument is no more. */
  forget(key: InstrumentKey): void {
    this.#parts.delete(key);
    this.#named.delete(key);
  }

  #highest(key: InstrumentKey, parts: ReadonlyMap<NamedChain, Mode>): Mode | undefined {
    let highest = this.#named.get(key);
    for (const mode of parts.values()) highest = highest === undefined ? mode : higherMode(highest, mode);
    return highest;
  }
}
