import { setImmediate } from "node:timers";
import type { Clock } from "./clock.ts";

/** What is not so yet is looked at so often, after the first looks that cost no time. */
const LOOK_EVERY_MS = 2;
const QUICK_LOOKS = 20;

/** Long work is a generator that pauses every so often; here it is done to its end, letting the sockets work between. */
export async function paced<Result>(work: Generator<void, Result>, signal?: AbortSignal): Promise<Result> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await turn();
    signal?.throwIfAborted();
  }
}

/** The same work without a pause, for little of it. */
export function atOnce<Result>(work: Generator<unknown, Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** Turns of the event loop, one at a time for all who share them: pieces of work of many hold it no longer than one's. */
export class SharedTurns {
  #last: Promise<void> = Promise.resolve();

  /** Settles in a turn that nobody else has. */
  next(): Promise<void> {
    return this.#last = this.#last.then(turn);
  }
}

/** One round of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Waits until something is so.
 *
 * @param next Waits for a round of the event loop.
 */
export async function until(isSo: () => boolean, clock: Clock, next: () => Promise<void>): Promise<void> {
  for (let looks = 0; !isSo(); looks++) {
    if (looks < QUICK_LOOKS) await next();
    else await new Promise<void>((resolve) => clock.after(LOOK_EVERY_MS, resolve));
  }
}
