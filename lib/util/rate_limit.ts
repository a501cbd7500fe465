import type { Clock } from "./clock.ts";

/** A rate that may be exceeded for a moment: so many at once, and so many more with every second. */
export class RateLimit {
  #left: number;
  #at: number;

  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
    private readonly burst: number,
  ) {
    this.#left = burst;
    this.#at = clock.now();
  }

  /** Takes one, or answers that there is none left. */
  take(): boolean {
    this.#left = this.#available();
    this.#at = this.clock.now();
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  /** Nothing was taken for so long that this one is as good as a new one. */
  get isFull(): boolean {
    return this.#available() === this.burst;
  }

  /** A clock that was set back gives nothing, and takes nothing. */
  #available(): number {
    const passed = Math.max(0, this.clock.now() - this.#at);
    return Math.min(this.burst, this.#left + passed * this.perSecond / 1000);
  }
}
