import type { Clock } from "../../util/clock.ts";

export interface FrameTurnsOptions {
  readonly clock: Clock;
  /** @param cameAt Elapsed ms. */
  readonly follow: (frame: string | Uint8Array, cameAt: number) => void;
  /** No more is to be read of the socket for a moment. */
  readonly pause: () => void;
  readonly resume: () => void;
}

interface Waiting {
  readonly frame: string | Uint8Array;
  readonly cameAt: number;
}

/** So long frames are followed before it is asked whether others wait for their turn, ms. */
const TURN_MS = 3;

/**
 * Frames in the order of their coming. Thousands may come in one read, the first values of new subscriptions for one:
 * they are followed in several turns, and nothing more is read until they are done.
 */
export class FrameTurns {
  /** When the present turn began, elapsed ms. */
  #began = -Infinity;
  /** Since then nothing else had a turn, as far as is known. */
  #held = false;
  #waiting: Waiting[] = [];
  /** The place of the next one of those that wait. */
  #next = 0;
  #disarm = () => {};

  constructor(private readonly options: FrameTurnsOptions) {}

  /** @param cameAt Elapsed ms, of now. */
  take(frame: string | Uint8Array, cameAt: number): void {
    if (this.#waiting.length === 0 && this.#mayFollow(cameAt)) return this.options.follow(frame, cameAt);
    if (this.#waiting.push({ frame, cameAt }) > 1) return;
    this.options.pause();
    this.#goOnSoon();
  }

  /** All frames of a read come in one go; a microtask, one for each turn and not for each frame, runs when it is over. */
  #mayFollow(now: number): boolean {
    if (now - this.#began < TURN_MS) return true;
    if (this.#held) return false;
    this.#began = now;
    this.#held = true;
    queueMicrotask(() => this.#held = false);
    return true;
  }

  /** The connection ends: what came before is followed now. */
  finish(): void {
    if (this.#waiting.length === 0) return;
    this.#disarm();
    while (this.#next < this.#waiting.length) this.#followNext();
    this.#allDone();
  }

  #goOnSoon(): void {
    this.#disarm = this.options.clock.after(0, () => this.#goOn());
  }

  #goOn(): void {
    const { clock } = this.options;
    const end = clock.elapsed() + TURN_MS;
    do this.#followNext(); while (this.#next < this.#waiting.length && clock.elapsed() < end);
    // Where what was followed has ended the connection, nothing waits any more.
    if (this.#next < this.#waiting.length) this.#goOnSoon();
    else if (this.#waiting.length > 0) this.#allDone();
  }

  #followNext(): void {
    const { frame, cameAt } = this.#waiting[this.#next++]!;
    this.options.follow(frame, cameAt);
  }

  #allDone(): void {
    this.#waiting = [];
    this.#next = 0;
    this.options.resume();
  }
}
