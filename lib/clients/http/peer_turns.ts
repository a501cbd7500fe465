import type { Limits } from "../../config/limits.ts";
import type { Clock } from "../../util/clock.ts";
import { RateLimits } from "../../util/rate_limits.ts";
import type { WorkQueue } from "../work_queue.ts";

export interface PeerTurnsOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly work: WorkQueue;
}

/** So much work at once as is allowed in this many seconds: a workbook asks for all its tables together. */
const BURST_SECONDS = 50;

/** Addresses whose rate is remembered. */
const MAX_PEERS = 10_000;

/** Requests of one address that may wait for their turn. */
const MAX_WAITING = 100;

/** The limits that commands have, for those who ask and go: units of work for each address, and turns. */
export class PeerTurns {
  readonly #budgets: RateLimits;
  readonly #work: WorkQueue;

  constructor({ clock, limits: { commandsPerSecond }, work }: PeerTurnsOptions) {
    this.#budgets = new RateLimits(clock, commandsPerSecond, commandsPerSecond * BURST_SECONDS, MAX_PEERS);
    this.#work = work;
  }

  /** Takes units of work from what an address may ask for. Answers whether there were so many left. */
  take(peer: string, units: number): boolean {
    return this.#budgets.take(peer, units);
  }

  /** Waits for the peer's turn, and does in it what `run` does before it waits for anything; undefined when too many wait. */
  inTurn<Answer>(peer: string, units: number, run: () => Promise<Answer>): Promise<Answer | undefined> {
    const work = this.#work;
    // Clients are objects in the queue, so a text is nobody's but this address's.
    if (work.waiting(peer) >= MAX_WAITING) return Promise.resolve(undefined);
    return new Promise((resolve, reject) =>
      work.add(peer, () => {
        run().then(resolve, reject);
        return units;
      }, units)
    );
  }
}
