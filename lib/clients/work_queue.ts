import type { Clock } from "../util/clock.ts";

/** Units of work that are done in one turn of the event loop before ticks and heartbeats get theirs. */
const TURN_UNITS = 100;

/**
 * Units that a client may take before the next one has its turn. Short jobs go through many at a time, so that who sends
 * many of them does not fall behind beside others with long ones.
 */
const CLIENT_UNITS = 20;

/** Does a piece of work and returns the units that it took; one is some 50 µs. It must not throw. */
export type Job = () => number;

/**
 * Shares the event loop between clients that ask for work. Work is done at once while a turn has room for it; what is
 * over waits for the next turn, where each client that waits is served in its turn.
 */
export class WorkQueue {
  readonly #waiting = new Map<unknown, Job[]>();
  #used = 0;
  #turn = false;

  constructor(private readonly clock: Clock) {}

  /** Jobs of one client that have not been begun. */
  waiting(client: unknown): number {
    return this.#waiting.get(client)?.length ?? 0;
  }

  add(client: unknown, job: Job): void {
    const jobs = this.#waiting.get(client);
    if (jobs !== undefined) jobs.push(job);
    else if (this.#used >= TURN_UNITS || this.#waiting.size > 0) this.#waiting.set(client, [job]);
    else this.#used += job();
    this.#nextTurn();
  }

  /** Does a piece of a client's work when it is its turn. Settles then; rejects with what the piece throws. */
  turn(client: unknown, units: number, piece: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.add(client, () => {
        try {
          piece();
          resolve();
        } catch (error) {
          reject(error);
        }
        return units;
      });
    });
  }

  /** Drops what a client still waits for. */
  drop(client: unknown): void {
    this.#waiting.delete(client);
  }

  #nextTurn(): void {
    if (this.#turn) return;
    this.#turn = true;
    this.clock.after(0, () => {
      this.#turn = false;
      this.#used = 0;
      while (this.#used < TURN_UNITS && this.#waiting.size > 0) this.#round();
      if (this.#waiting.size > 0) this.#nextTurn();
    });
  }

  /** Some jobs of each client that waits, as far as the turn has room. */
  #round(): void {
    for (const [client, jobs] of [...this.#waiting]) {
      if (this.#used >= TURN_UNITS) return;
      // Those that were served go to the end, so that the next turn begins with the others.
      this.#waiting.delete(client);
      let units = 0;
      // A job may drop what its client still waits for, or add to it.
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
        if (jobs.length > 0) this.#waiting.set(client, jobs);
        else this.#waiting.delete(client);
        units += job();
        if (units >= CLIENT_UNITS || this.#waiting.get(client) !== jobs) break;
      }
      this.#used += units;
    }
  }
}
