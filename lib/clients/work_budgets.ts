import type { Clock } from "../util/clock.ts";
import { RateLimit } from "../util/rate_limit.ts";

/** So much work at once as is allowed in this many seconds: a script subscribes one by one, and then is quiet. */
const BURST_SECONDS = 50;

/** A new client has the work of this many seconds, whatever others of its address have done. */
const FIRST_SECONDS = 1;

/** Addresses of which it is remembered what their clients have used. */
const MAX_ADDRESSES = 10_000;

/**
 * How much work each client may ask for. What a client has used is not forgotten when it goes: the next one of its address
 * goes on from there, so that coming again and again brings no more than staying does.
 */
export class WorkBudgets {
  /** What the clients that are gone have left, of those of an address the one that has least. */
  readonly #left = new Map<string, RateLimit>();

  constructor(private readonly clock: Clock, private readonly perSecond: number) {}

  /** A new client's budget. */
  begin(address: string): RateLimit {
    const { perSecond } = this;
    const burst = perSecond * BURST_SECONDS;
    const left = this.#left.get(address)?.left ?? burst;
    return new RateLimit(this.clock, perSecond, burst, Math.max(perSecond * FIRST_SECONDS, left));
  }

  /** A client is gone. */
  end(address: string, budget: RateLimit): void {
    if (budget.isFull) return;
    const other = this.#left.get(address);
    if (other !== undefined && other.left <= budget.left) return;
    if (other === undefined && this.#left.size >= MAX_ADDRESSES) this.#makeRoom();
    this.#left.set(address, budget);
  }

  #makeRoom(): void {
    for (const [address, budget] of this.#left) if (budget.isFull) this.#left.delete(address);
    if (this.#left.size < MAX_ADDRESSES) return;
    const [first] = this.#left.keys();
    this.#left.delete(first!);
  }
}
