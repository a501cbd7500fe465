import { TOTP } from "otpauth";
import type { Clock } from "../util/clock.ts";
import type { Secret } from "../util/secret.ts";

const WINDOW_MS = 30_000;

/** A code with less than this left of its window would be stale on arrival. */
const MARGIN_MS = 2_000;

/** Windows that are remembered as used: far more than a login's two clocks can be apart in use. */
const MAX_USED = 100;

/** The one-time codes of one secret (RFC 6238: SHA-1, six digits, 30 s); none of them is given out twice. */
export class OneTimeCodes {
  /** Numbers of the windows whose code was given out, and the code. */
  readonly #used = new Map<number, string>();

  /** @param secret Base32. */
  constructor(private readonly secret: Secret, private readonly clock: Clock) {}

  /**
   * How long to wait for a code that was not used and has time left, ms; 0 when it can be made now.
   *
   * @param offsetMs How far the code is made ahead of this machine's clock.
   */
  wait(offsetMs: number): number {
    const at = this.clock.now() + offsetMs;
    const first = windowOf(at);
    let window = (first + 1) * WINDOW_MS - at >= MARGIN_MS ? first : first + 1;
    while (this.#used.has(window)) window++;
    return Math.max(0, window * WINDOW_MS - at);
  }

  /** The code of this moment, which is used up with this. */
  take(offsetMs: number): string {
    const timestamp = this.clock.now() + offsetMs;
    const code = new TOTP({ secret: this.secret.reveal() }).generate({ timestamp });
    this.#used.set(windowOf(timestamp), code);
    if (this.#used.size > MAX_USED) this.#used.delete(this.#used.keys().next().value!);
    return code;
  }

  /** A code that was given out and never left this machine is as good as unused. */
  giveBack(code: string): void {
    for (const [window, each] of this.#used) if (each === code) this.#used.delete(window);
  }
}

function windowOf(at: number): number {
  return Math.floor(at / WINDOW_MS);
}
