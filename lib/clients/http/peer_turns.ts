import type { Limits } from "../../config/limits.ts";
import type { Clock } from "../../util/clock.ts";
import { RateLimits } from "../../util/rate_limits.ts";
import type { WorkQueue } from "../work_queue.ts";

export interface PeerTurnsOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly work: WorkQueue;
}

/** A request that was read, and is being answered. */
export interface Begun<Answer> {
  /** Units of work that it took until now. */
  readonly units: number;
  readonly answer: Promise<Answer>;
}

/** So much work at once as is allowed in this many seconds: a workbook asks for all its tables together. */
const BURST_SECONDS = 50;

/** Units of work that a request takes at least: what it asks for is not known before it is read. */
const UNITS_TO_BEGIN = 5;

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

  /** Begins a request when it is the peer's turn, and does what it does before it waits for anything; undefined when too many wait. */
  begin<Answer>(peer: string, begin: () => Begun<Answer>): Promise<Answer | undefined> {
    const work = this.#work;
    // Clients are objects in the queue, so a text is nobody's but this address's.
    if (work.waiting(peer) >= MAX_WAITING) return Promise.resolve(undefined);
    return new Promise((resolve) =>
      work.add(peer, () => {
        const { units, answer } = begin();
        resolve(answer);
        return units;
      }, UNITS_TO_BEGIN)
    );
  }

  /** Does a piece of a request that was begun when it is the peer's turn again. */
  turn<Made>(peer: string, units: number, piece: () => Made): Promise<Made> {
    return this.#work.turn(peer, units, piece);
  }
}
