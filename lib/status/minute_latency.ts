import type { Clock } from "../util/clock.ts";
import type { Histogram } from "../util/histogram.ts";

const MINUTE_MS = 60_000;
const KEPT = 60;

/** How long the ticks of one minute took. A bound that was not reached is the histogram's next higher one. */
export interface LatencyMinute {
  /** When the minute ended, ms since the Unix epoch. */
  readonly at: number;
  readonly count: number;
  /** Seconds; undefined where nothing came, or where all bounds were passed. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

/** The last hour of a histogram that only ever grows, minute by minute. */
export class MinuteLatency {
  readonly #minutes: LatencyMinute[] = [];
  #before: readonly number[];
  #disarm = () => {};

  constructor(private readonly clock: Clock, private readonly histogram: Histogram) {
    this.#before = [...histogram.counts];
  }

  get minutes(): readonly LatencyMinute[] {
    return this.#minutes;
  }

  start(): void {
    this.#disarm = this.clock.after(MINUTE_MS, () => {
      this.#take();
      this.start();
    });
  }

  stop(): void {
    this.#disarm();
  }

  #take(): void {
    const { counts, bounds } = this.histogram;
    const fresh = counts.map((count, i) => count - this.#before[i]!);
    this.#before = [...counts];
    const count = fresh.reduce((sum, each) => sum + each, 0);
    const at = this.clock.now();
    this.#minutes.push({
      at,
      count,
      p50: boundOf(fresh, bounds, count * 0.5),
      p99: boundOf(fresh, bounds, count * 0.99),
    });
    if (this.#minutes.length > KEPT) this.#minutes.shift();
  }
}

function boundOf(counts: readonly number[], bounds: readonly number[], rank: number): number | undefined {
  if (rank === 0) return undefined;
  let sum = 0;
  const at = counts.findIndex((count) => (sum += count) >= rank);
  return bounds[at];
}
