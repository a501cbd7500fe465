import type { InstrumentKey } from "../../market/market.ts";
import type { Clock } from "../../util/clock.ts";
import type { UpstreamEvent } from "../upstream.ts";

/** What is acknowledged within this time is told together. */
const COLLECT_MS = 1_000;

interface Gap {
  readonly key: InstrumentKey;
  /** The last sign of life. */
  readonly since: number;
  /** Data has come; it is still to be told. */
  over: boolean;
}

/**
 * What was not seen of which instrument: from the last sign of life to the first data after it, since an open socket
 * does not mean that the broker has followed its requests. Wall times in ms since the Unix epoch.
 */
export class GapRecords {
  /** In the order in which the instruments are wanted. */
  readonly #gaps = new Map<InstrumentKey, Gap>();
  /** Gaps that are not over. */
  #open = 0;
  /** There is data, but nothing that was made since: the silence goes on. */
  #silent = false;
  #disarm: (() => void) | undefined;

  constructor(private readonly clock: Clock, private readonly tell: (event: UpstreamEvent) => void) {}

  /** Whether there is nothing to tell, now or later. */
  get isEmpty(): boolean {
    return this.#gaps.size === 0;
  }

  /** Whether a gap of this instrument is still to be told. */
  has(key: InstrumentKey): boolean {
    return this.#gaps.has(key);
  }

  /** Nothing comes of these instruments. */
  begin(keys: Iterable<InstrumentKey>, since: number): void {
    this.flush();
    for (const key of keys) {
      this.#gaps.set(key, { key, since: this.#gaps.get(key)?.since ?? since, over: false });
    }
    this.#count();
  }

  /** Last values alone end no silence. */
  holdUntilLife(): void {
    this.#silent = true;
  }

  /** Data came. @param isLife It was made now, and is not the last value of before. */
  acknowledge(key: InstrumentKey, isLife: boolean): void {
    if (isLife) this.#silent = false;
    if (this.#gaps.size === 0) return;
    const gap = this.#gaps.get(key);
    if (gap !== undefined && !gap.over) {
      gap.over = true;
      this.#open--;
    }
    if (this.#silent || this.#open === this.#gaps.size) return;
    if (this.#open === 0) this.flush();
    else this.#disarm ??= this.clock.after(COLLECT_MS, () => this.flush());
  }

  /** Forgets what nobody wants any more. */
  keepOnly(wanted: ReadonlyMap<InstrumentKey, unknown>): void {
    for (const key of this.#gaps.keys()) if (!wanted.has(key)) this.#gaps.delete(key);
    this.#count();
  }

  /** Tells of what has been acknowledged. */
  flush(): void {
    this.stop();
    if (this.#silent) return;
    const over = [...this.#gaps.values()].filter((gap) => gap.over);
    for (const { key } of over) this.#gaps.delete(key);
    const now = this.clock.now();
    for (const [from, gaps] of Map.groupBy(over, ({ since }) => since)) {
      // The wall clock may have been set back meanwhile.
      const to = Math.max(from, now);
      this.tell({ kind: "up", from, to, keys: gaps.map(({ key }) => key) });
    }
  }

  stop(): void {
    this.#disarm?.();
    this.#disarm = undefined;
  }

  #count(): void {
    this.#open = this.#gaps.values().reduce((count, { over }) => count + Number(!over), 0);
  }
}
