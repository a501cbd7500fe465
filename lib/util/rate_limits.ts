import type { Clock } from "./clock.ts";
import { RateLimit } from "./rate_limit.ts";

/** A rate limit for each of many keys; so many of them are remembered at most. */
export class RateLimits {
  readonly #limits = new Map<string, RateLimit>();

  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
    private readonly burst: number,
    private readonly maxKeys: number,
  ) {}

  /** Takes some units of a key's, or answers that there are not so many left; then nothing is taken. */
  take(key: string, units = 1): boolean {
    return this.#of(key).take(units);
  }

  #of(key: string): RateLimit {
    const known = this.#limits.get(key);
    if (known !== undefined) return known;
    if (this.#limits.size >= this.maxKeys) this.#makeRoom();
    const limit = new RateLimit(this.clock, this.perSecond, this.burst);
    this.#limits.set(key, limit);
    return limit;
  }

  #makeRoom(): void {
    for (const [key, limit] of this.#limits) if (limit.isFull) this.#limits.delete(key);
    if (this.#limits.size < this.maxKeys) return;
    const [first] = this.#limits.keys();
    this.#limits.delete(first!);
  }
}
