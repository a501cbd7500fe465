import type { Clock } from "../util/clock.ts";

/** The signals that end the program in order: Ctrl-C, a service's stop, a terminal that is closed, Ctrl-Break. */
export const STOP_SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK", "SIGHUP"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Signals closer together than this come from one press: `deno task` and `npx` pass on what the terminal sent to all. */
const ONE_PRESS_MS = 200;

/** A press that comes later than this after the first is meant. */
const MEANT_AFTER_MS = 1_000;

/** So many presses are meant, however quick. */
const MEANT_PRESSES = 3;

/** Tells what a signal asks for: to stop in order, to stop at once, or nothing that the ones before did not ask. */
export class StopSignals {
  readonly #clock: Clock;
  #first: number | undefined;
  #latest = -Infinity;
  #presses = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  received(): "stop" | "stop_at_once" | "nothing_new" {
    const now = this.#clock.elapsed();
    if (now - this.#latest >= ONE_PRESS_MS) {
      this.#presses++;
      this.#latest = now;
    }
    if (this.#first === undefined) {
      this.#first = now;
      return "stop";
    }
    const meant = now - this.#first >= MEANT_AFTER_MS || this.#presses >= MEANT_PRESSES;
    return meant ? "stop_at_once" : "nothing_new";
  }
}
