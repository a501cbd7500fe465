import type { InstrumentKey } from "../../market/market.ts";
import type { Batch, Payload, Piece } from "./encoder.ts";

/** What is kept for a client that lags: the newest piece of each instrument, so it is bounded by their number. */
export class KeptTicks {
  readonly #latest = new Map<InstrumentKey, Piece>();
  /** Those of them that are of before an outage or the market's close. */
  readonly #stale = new Set<InstrumentKey>();
  #replaced = 0;

  get size(): number {
    return this.#latest.size;
  }

  add({ keys, pieces, conflated, stale }: Batch): void {
    this.#replaced += conflated;
    keys.forEach((key, i) => {
      if (this.#latest.delete(key)) this.#replaced++;
      this.#latest.set(key, pieces[i]!);
      if (stale) this.#stale.add(key);
      else this.#stale.delete(key);
    });
  }

  keepOnly(subscribed: ReadonlyMap<InstrumentKey, unknown>): void {
    for (const key of this.#latest.keys()) if (!subscribed.has(key)) this.#latest.delete(key);
  }

  markStale(isStale: (key: InstrumentKey) => boolean): void {
    for (const key of this.#latest.keys()) if (isStale(key)) this.#stale.add(key);
  }

  clear(): void {
    this.#latest.clear();
    this.#stale.clear();
  }

  /** What is kept, in messages that have still to be made: those of before first. */
  batches(): Batch[] {
    const groups: Record<"stale" | "current", [InstrumentKey, Piece][]> = { stale: [], current: [] };
    for (const entry of this.#latest) groups[this.#stale.has(entry[0]) ? "stale" : "current"].push(entry);
    // The last message tells how many ticks were replaced.
    const conflatedIn = groups.current.length > 0 ? "current" : "stale";
    return (["stale", "current"] as const).filter((kind) => groups[kind].length > 0).map((kind) => ({
      keys: groups[kind].map(([key]) => key),
      pieces: groups[kind].map(([, piece]) => piece),
      stale: kind === "stale",
      conflated: kind === conflatedIn ? this.#replaced : 0,
      payload: undefined as Payload | undefined,
    }));
  }
}
