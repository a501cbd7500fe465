import type { Clock } from "../util/clock.ts";

/** Units of work that are done in one turn of the event loop before ticks and heartbeats get theirs. */
const TURN_UNITS = 100;

/** A job of so few units is a ping, or another short command. */
const SHORT_UNITS = 2;

/** Units of short jobs that are done between two turns. */
const BETWEEN_UNITS = 20;

/** A unit of work is some 50 µs. */
const UNITS_PER_MS = 20;

/**
 * Does a piece of work and returns the units that it is thought to have taken; where it took longer, the time counts. It
 * must not throw.
 */
export type Job = () => number;

interface WaitingJob {
  readonly job: Job;
  /** Units that it will take at least. */
  readonly units: number;
}

/** What one client waits for, and what it has been given. */
interface Lane {
  readonly jobs: WaitingJob[];
  /** Units that the client was given, since all had the same last. */
  given: number;
}

/**
 * Shares the event loop between clients that ask for work. Work is done at once while a turn has room for it; what is
 * over waits for the next turn, which comes after as much time as the last one took: the other half is for ticks and
 * sockets, and for the short jobs of those who have had little. In a turn the next job is that of the client which will have been given least when it is
 * done: short jobs go before long ones, and who has had much waits for those who have had little.
 */
export class WorkQueue {
  readonly #lanes = new Map<unknown, Lane>();
  /** What a client has been given that has been served fairly all the time: others begin here, and are owed nothing. */
  #fair = 0;
  #used = 0;
  /** Of them, those of short jobs that were done when there was no room. */
  #between = 0;
  /** What the turn has taken by the clock, ms. */
  #tookMs = 0;
  #turn = false;
  /** Clients that wait. */
  #waiting = 0;

  constructor(private readonly clock: Clock) {}

  /** Jobs of one client that have not been begun. */
  waiting(client: unknown): number {
    return this.#lanes.get(client)?.jobs.length ?? 0;
  }

  /** @param units What the job will take at least. */
  add(client: unknown, job: Job, units = 1): void {
    const lane = this.#laneOf(client);
    if (this.#used < TURN_UNITS && this.#waiting === 0) this.#do(job, lane);
    else if (units <= SHORT_UNITS && this.#isNext(lane) && this.#between < BETWEEN_UNITS) {
      this.#between += this.#do(job, lane);
    } else if (lane.jobs.push({ job, units }) === 1) this.#waiting++;
    this.#nextTurn();
  }

  /** Does a piece of a client's work when it is its turn. Settles then; rejects with what the piece throws. */
  turn<Made>(client: unknown, units: number, piece: () => Made): Promise<Made> {
    return new Promise((resolve, reject) => {
      this.add(client, () => {
        try {
          resolve(piece());
        } catch (error) {
          reject(error);
        }
        return units;
      }, units);
    });
  }

  /** Drops what a client still waits for. */
  drop(client: unknown): void {
    const jobs = this.#lanes.get(client)?.jobs ?? [];
    if (jobs.length > 0) this.#waiting--;
    jobs.length = 0;
    this.#lanes.delete(client);
  }

  /** Whether its job would be the first one of the next turn: it has had hardly more than its share, and waits for nothing. */
  #isNext({ jobs, given }: Lane): boolean {
    return jobs.length === 0 && given <= this.#fair + BETWEEN_UNITS;
  }

  #laneOf(client: unknown): Lane {
    const known = this.#lanes.get(client);
    if (known === undefined) {
      const lane: Lane = { jobs: [], given: this.#fair };
      this.#lanes.set(client, lane);
      return lane;
    }
    // Who has not asked for a while has not saved anything.
    if (known.jobs.length === 0) known.given = Math.max(known.given, this.#fair);
    return known;
  }

  /** A job whose units are too few, on a slow machine for one, holds up the others no longer than its own time. */
  #do(job: Job, lane: Lane): number {
    const began = this.clock.elapsed();
    const units = job();
    const tookMs = this.clock.elapsed() - began;
    this.#tookMs += tookMs;
    const taken = Math.max(units, tookMs * UNITS_PER_MS);
    lane.given += taken;
    this.#used += taken;
    return taken;
  }

  #nextTurn(): void {
    if (this.#turn) return;
    this.#turn = true;
    this.clock.after(this.#tookMs, () => {
      this.#turn = false;
      this.#used = 0;
      this.#between = 0;
      this.#tookMs = 0;
      this.#work();
      if (this.#waiting > 0) this.#nextTurn();
      this.#forget();
    });
  }

  /** Does what waits, as far as the turn has room. */
  #work(): void {
    // The next one is at the end; among equals the one that came first.
    const order = [...this.#lanes.values()].filter(({ jobs }) => jobs.length > 0).reverse();
    order.sort((a, b) => doneAt(b) - doneAt(a));
    while (this.#used < TURN_UNITS) {
      const lane = order.pop();
      if (lane === undefined) return;
      const next = lane.jobs.shift();
      // An earlier job may have dropped what this client waited for.
      if (next === undefined) continue;
      if (lane.jobs.length === 0) this.#waiting--;
      this.#fair = Math.max(this.#fair, lane.given);
      this.#do(next.job, lane);
      if (lane.jobs.length > 0) insert(order, lane);
    }
  }

  /** Those who wait for nothing, and have had no more than their share. */
  #forget(): void {
    if (this.#waiting === 0) {
      this.#lanes.clear();
      this.#fair = 0;
      return;
    }
    for (const [client, { jobs, given }] of this.#lanes) {
      if (jobs.length === 0 && given <= this.#fair) this.#lanes.delete(client);
    }
  }
}

/** What a client will have been given when its next job is done. */
function doneAt({ given, jobs: [next] }: Lane): number {
  return given + (next?.units ?? 0);
}

/** Into an order in which the next one is at the end. Among equals those that have waited longer come first. */
function insert(order: Lane[], lane: Lane): void {
  const at = doneAt(lane);
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (doneAt(order[middle]!) > at) low = middle + 1;
    else high = middle;
  }
  order.splice(low, 0, lane);
}
