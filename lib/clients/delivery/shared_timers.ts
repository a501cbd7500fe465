import type { Clock } from "../../util/clock.ts";

/** Is given the moment in which it runs, elapsed ms, so that not everyone has to ask. It must not throw. */
export type Run = (now: number) => void;

/**
 * What falls due in the same millisecond shares a timer of the runtime's, and what is to be done at the end of a turn of
 * the event loop shares its microtask, whose price a thousand groups share.
 */
export class SharedTimers {
  readonly #due = new Map<number, Run[]>();
  /** What is done when the present turn is over. */
  #soon: Run[] | undefined;

  constructor(private readonly clock: Clock) {}

  /** Calls `run` once when all that has come in one read has been offered. */
  soon(run: Run): void {
    if (this.#soon !== undefined) {
      this.#soon.push(run);
      return;
    }
    const runs = this.#soon = [run];
    queueMicrotask(() => {
      this.#soon = undefined;
      this.#runAll(runs);
    });
  }

  /** Calls `run` once after `ms` milliseconds, rounded up to the next whole one. @param now The present moment. */
  after(ms: number, run: Run, now: number = this.clock.elapsed()): void {
    const at = Math.ceil(now + ms);
    const known = this.#due.get(at);
    if (known !== undefined) {
      known.push(run);
      return;
    }
    const runs = [run];
    this.#due.set(at, runs);
    this.clock.after(at - now, () => {
      this.#due.delete(at);
      this.#runAll(runs);
    });
  }

  #runAll(runs: readonly Run[]): void {
    const now = this.clock.elapsed();
    for (const run of runs) run(now);
  }
}
