import { FakeClock } from "../fakes.ts";

/** A clock whose timers of no time run one turn of the event loop at a time. */
export class TurnClock extends FakeClock {
  #due: (() => void)[] = [];

  override after(ms: number, run: () => void): () => void {
    if (ms > 0) return super.after(ms, run);
    this.#due.push(run);
    return () => {};
  }

  turn(): void {
    for (const run of this.#due.splice(0)) run();
  }
}
