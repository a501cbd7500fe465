import type { InstrumentKey } from "../../market/market.ts";
import type { Clock } from "../../util/clock.ts";
import type { UpstreamEvent } from "../upstream.ts";

/** What is acknowledged within this time is told together. */
const COLLECT_MS = 1_000;

/**
 * What was not seen of which instrument: from the last sign of life to the first data after it, since an open socket
 * does not mean that the broker has followed its requests. Wall times in ms since the Unix epoch.
 */
export class GapRecords {
  /** Instruments without data, and since when. */
  readonly #open = new Map<InstrumentKey, number>();
  /** Those whose data came again, and that are still to be told. */
  readonly #closed = new Map<InstrumentKey, number>();
  /** There is data, but nothing that was made since: the silence goes on. */
  #silent = false;
  #disarm: (() => void) | undefined;

  constructor(private readonly clock: Clock, private readonly tell: (event: UpstreamEvent) => void) {}

  /** Whether there is nothing to tell, now or later. */
  get isEmpty(): boolean {
    return this.#open.size === 0 && this.#closed.size === 0;
  }

  /** Nothing comes of these instruments. */
  begin(keys: Iterable<InstrumentKey>, since: number): void {
    this.flush();
    for (const key of keys) {
      this.#open.set(key, this.#open.get(key) ?? this.#closed.get(key) ?? since);
      this.#closed.delete(key);
    }
  }

  /** Last values alone end no silence. */
  holdUntilLife(): void {
    this.#silent = true;
  }

  /** Data came. @param isLife It was made now, and is not the last value of before. */
  acknowledge(key: InstrumentKey, isLife: boolean): void {
    if (isLife) this.#silent = false;
    const since = this.#open.get(key);
    if (since !== undefined) {
      this.#open.delete(key);
      this.#closed.set(key, since);
    }
    if (this.#silent || this.#closed.size === 0) return;
    if (this.#open.size === 0) this.flush();
    else this.#disarm ??= this.clock.after(COLLECT_MS, () => this.flush());
  }

  /** Forgets what nobody wants any more. */
  keepOnly(wanted: ReadonlyMap<InstrumentKey, unknown>): void {
    for (const keys of [this.#open, this.#closed]) {
      for (const key of keys.keys()) if (!wanted.has(key)) keys.delete(key);
    }
  }

  /** Tells of what has been acknowledged. */
  flush(): void {
    this.stop();
    if (this.#silent) return;
    const to = this.clock.now();
    for (const [from, rows] of Map.groupBy(this.#closed, ([, since]) => since)) {
      this.tell({ kind: "up", from, to, keys: rows.map(([key]) => key) });
    }
    this.#closed.clear();
  }

  stop(): void {
    this.#disarm?.();
    this.#disarm = undefined;
  }
}
