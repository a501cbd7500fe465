import type { InstrumentKey } from "../market/market.ts";

/** What is known of one instrument. */
interface Entry<Item> {
  item?: Item;
  /** When it came, ms since the Unix epoch. */
  at: number;
  /** Why the tick after it was not believed; undefined when it was. */
  suspicion?: string;
}

/** The last believed value of each instrument that is wanted: what a newcomer is shown before the next tick. */
export class LastTicks<Item> {
  readonly #entries = new Map<InstrumentKey, Entry<Item>>();

  set(key: InstrumentKey, item: Item, at: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, { item, at });
    else {
      entry.item = item;
      entry.at = at;
      entry.suspicion = undefined;
    }
  }

  /** Marks the value as doubtful, without touching it. Answers whether that is news. */
  suspect(key: InstrumentKey, suspicion: string): boolean {
    const entry = this.#entries.get(key);
    if (entry?.suspicion === suspicion) return false;
    if (entry === undefined) this.#entries.set(key, { at: 0, suspicion });
    else entry.suspicion = suspicion;
    return true;
  }

  /** All that is known at once, for the path that every tick takes. Changes with the next one. */
  entry(key: InstrumentKey): Readonly<Entry<Item>> | undefined {
    return this.#entries.get(key);
  }

  get(key: InstrumentKey): Item | undefined {
    return this.#entries.get(key)?.item;
  }

  /** When the last believed value came; undefined when there is none. */
  tickedAt(key: InstrumentKey): number | undefined {
    const entry = this.#entries.get(key);
    return entry?.item === undefined ? undefined : entry.at;
  }

  suspicion(key: InstrumentKey): string | undefined {
    return this.#entries.get(key)?.suspicion;
  }

  /** Forgets what nobody wants any more: it is no longer kept current, so it must not be shown again. */
  keepOnly(wanted: ReadonlyMap<InstrumentKey, unknown>): void {
    for (const key of this.#entries.keys()) if (!wanted.has(key)) this.#entries.delete(key);
  }
}
