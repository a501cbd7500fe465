import type { Clock } from "./clock.ts";

/** A rate that may be exceeded for a moment: so many units at once, and so many more with every second. */
export class RateLimit {
  #left: number;
  /** Elapsed time of the last taking. */
  #at: number;

  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
    private readonly burst: number,
    left = burst,
  ) {
    this.#left = left;
    this.#at = clock.elapsed();
  }

  /** Units that may be taken now. */
  get left(): number {
    const passed = this.clock.elapsed() - this.#at;
    return Math.min(this.burst, this.#left + passed * this.perSecond / 1000);
  }

  /** Takes some units, or answers that there are not so many left; then nothing is taken. */
  take(units = 1): boolean {
    this.#left = this.left;
    this.#at = this.clock.elapsed();
    if (this.#left < units) return false;
    this.#left -= units;
    return true;
  }

  /** Nothing was taken for so long that this one is as good as a new one. */
  get isFull(): boolean {
    return this.left === this.burst;
  }
}
