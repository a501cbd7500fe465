import { setImmediate } from "node:timers";

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
