import type { Clock } from "../util/clock.ts";

interface Timer {
  at: number;
  readonly run: () => void;
}

/** The time of a replayed market: it stands still unless it is turned, and turning it back makes nothing happen twice. */
export class MarketClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  /** @param now ms since the Unix epoch. */
  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** Counts from the epoch as well: between two seeks it never steps, and nothing is kept over a seek. */
  elapsed(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** It is later now; what has fallen due waits for {@linkcode turnTo}. */
  moveTo(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  /** It is later now, and what falls due on the way is done, in its order. */
  turnTo(at: number): void {
    for (let next = this.#next(at); next !== undefined; next = this.#next(at)) {
      this.#timers.delete(next);
      this.moveTo(next.at);
      next.run();
    }
    this.moveTo(at);
  }

  /** It is another time: what is to be done in a while is done in the same while. */
  jumpTo(at: number): void {
    for (const timer of this.#timers) timer.at += at - this.#now;
    this.#now = at;
  }

  #next(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= until && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  }
}
