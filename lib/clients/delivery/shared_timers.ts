import type { Clock } from "../../util/clock.ts";

/** Timers that fall due in the same millisecond are one of the runtime's, whose price a thousand groups share. */
export class SharedTimers {
  readonly #due = new Map<number, (() => void)[]>();

  constructor(private readonly clock: Clock) {}

  /** Calls `run` once after `ms` milliseconds, rounded up to the next whole one; it must not throw. */
  after(ms: number, run: () => void): void {
    const now = this.clock.elapsed();
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
      for (const each of runs) each();
    });
  }
}
