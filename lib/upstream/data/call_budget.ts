import type { CallLimits } from "../../smartapi/data_calls.ts";
import type { Clock } from "../../util/clock.ts";

/** The broker counts when a call comes, and not when it was sent: its second may see more of them. */
const MARGIN_MS = 100;

/** A program waits for about seven seconds, and the call itself needs some. */
const MAX_WAIT_MS = 5_000;

/**
 * The rate of one call, for all clients together. Each call is given its moment when it comes, so that they leave in
 * their order; nobody is put off for longer than {@linkcode MAX_WAIT_MS}, which bounds how many wait.
 */
export class CallBudget {
  readonly #windows: readonly { readonly calls: number; readonly ms: number }[];
  readonly #most: number;
  /** When the last calls were to leave, ms of elapsed time, oldest first. */
  #moments: number[] = [];

  constructor(private readonly clock: Clock, { second, minute, hour }: CallLimits) {
    this.#windows = [
      { calls: second, ms: 1_000 + MARGIN_MS },
      ...minute === undefined ? [] : [{ calls: minute, ms: 60_000 + MARGIN_MS }],
      ...hour === undefined ? [] : [{ calls: hour, ms: 3_600_000 + MARGIN_MS }],
    ];
    this.#most = Math.max(...this.#windows.map(({ calls }) => calls));
  }

  /** Waits for a call's turn. @returns false, at once, when that would take too long; then nothing is used up. */
  async take(): Promise<boolean> {
    const now = this.clock.elapsed();
    const moments = this.#moments;
    let at = now;
    for (const { calls, ms } of this.#windows) {
      const before = moments[moments.length - calls];
      if (before !== undefined) at = Math.max(at, before + ms);
    }
    if (at - now > MAX_WAIT_MS) return false;
    moments.push(at);
    // Half of them at a time, since taking one from the front each time costs as much as keeping all.
    if (moments.length > 2 * this.#most) this.#moments = moments.slice(-this.#most);
    if (at > now) await new Promise<void>((resolve) => this.clock.after(at - now, resolve));
    return true;
  }
}
