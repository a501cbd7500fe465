import type { InstrumentKey } from "../../market/market.ts";
import type { Batch, Piece } from "./encoder.ts";

/** What is told of a lag: that it lasts, and that it is over. */
export interface LagNews {
  /** For how long the client has been behind. */
  readonly ms: number;
  /** Ticks that newer ones replaced meanwhile; undefined while it is behind. */
  readonly conflated?: number;
}

/** A client that is behind for less is not worth a line in the log. */
const TELL_AFTER_MS = 1_000;

/** What is kept for a client that is behind: one piece per instrument, so bounded by the number of its instruments. */
export class Lag {
  readonly latest = new Map<InstrumentKey, Piece>();
  /** Those that are of before an outage or the market's close. */
  readonly #stale = new Set<InstrumentKey>();
  #replaced = 0;
  #told = false;
  /** When the client was last seen to read: what it had not taken became less. Elapsed time. */
  #readAt: number;

  /** @param since Elapsed time. @param unread Bytes that the client has not taken. */
  constructor(readonly since: number, private unread: number) {
    this.#readAt = since;
  }

  /** Ticks that newer ones replaced. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Whether anybody was told of it. */
  get told(): boolean {
    return this.#told;
  }

  keep({ keys, pieces, conflated, stale }: Batch): void {
    this.#replaced += conflated;
    keys.forEach((key, i) => {
      if (this.latest.delete(key)) this.#replaced++;
      this.latest.set(key, pieces[i]!);
      if (stale) this.#stale.add(key);
      else this.#stale.delete(key);
    });
  }

  clear(): void {
    this.latest.clear();
    this.#stale.clear();
  }

  keepOnly(subscribed: ReadonlyMap<InstrumentKey, unknown>): void {
    for (const key of this.latest.keys()) if (!subscribed.has(key)) this.latest.delete(key);
  }

  markStale(isStale: (key: InstrumentKey) => boolean): void {
    for (const key of this.latest.keys()) if (isStale(key)) this.#stale.add(key);
  }

  /** Takes note of how much is unread now. Answers for how long the client has read nothing, ms. */
  look(now: number, unread: number): number {
    // Events and answers go on, so it may also become more.
    if (unread < this.unread) this.#readAt = now;
    this.unread = unread;
    return now - this.#readAt;
  }

  /** Whether it is to be told now: once, when it is no passing lag. */
  isNews(now: number): boolean {
    if (this.#told || now - this.since < TELL_AFTER_MS) return false;
    this.#told = true;
    return true;
  }

  /** What was kept, in batches without their payload; the last of them tells how many ticks were replaced. */
  batches(): Batch[] {
    const groups: Record<"stale" | "current", [InstrumentKey, Piece][]> = { stale: [], current: [] };
    for (const entry of this.latest) groups[this.#stale.has(entry[0]) ? "stale" : "current"].push(entry);
    const conflatedIn = groups.current.length > 0 ? "current" : "stale";
    return (["stale", "current"] as const).filter((kind) => groups[kind].length > 0).map((kind) => ({
      keys: groups[kind].map(([key]) => key),
      pieces: groups[kind].map(([, piece]) => piece),
      stale: kind === "stale",
      conflated: kind === conflatedIn ? this.#replaced : 0,
      payload: undefined,
    }));
  }
}
