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
export function atOnce<Result>(work: Generator<void, Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}

/** One round of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
