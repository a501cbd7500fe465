import { setImmediate } from "node:timers";
import type { Clock } from "./clock.ts";

/** What is not so yet is looked at so often, after the first looks that cost no time. */
const LOOK_EVERY_MS = 2;
const QUICK_LOOKS = 20;

/** So long the sockets may wait for long work that pauses every so often. */
const SOCKETS_WAIT_MS = 5;

/** Long work is a generator that pauses every so often; here it is done to its end, letting the sockets work between. */
export async function paced<Result>(work: Generator<void, Result>, signal?: AbortSignal): Promise<Result> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await turn();
    signal?.throwIfAborted();
  }
}

/** Does a piece of work of some milliseconds, sooner or later. */
export type Turns = <Made>(piece: () => Made) => Made | Promise<Made>;

/** The same work, each step of it when others let it. */
export async function inTurns<Result>(
  work: Generator<unknown, Result>,
  turns: Turns,
  signal?: AbortSignal,
): Promise<Result> {
  for (;;) {
    const step = await turns(() => work.next());
    if (step.done) return step.value;
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

/** When a round last waited for the sockets, as `performance.now()` counts. */
let waitedAt = 0;

/**
 * One round of the event loop. What was given up in this way often enough, for some ms, waits for a timer: the runtime
 * goes from one `setImmediate` to the next for a quarter of a second before it looks at its sockets.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (performance.now() - waitedAt < SOCKETS_WAIT_MS) return setImmediate(resolve);
    setTimeout(() => {
      waitedAt = performance.now();
      resolve();
    }, 0);
  });
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
