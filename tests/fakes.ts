import type { Clock } from "../lib/util/clock.ts";

interface Timer {
  at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Time turned by hand: nothing happens between two calls of `advance`. */
export class FakeClock implements Clock {
  #elapsed = 0;
  /** Wall time less elapsed time, ms. */
  #offset: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  /** @param start ms since the Unix epoch; by default a Friday in trading hours, 2026-11-20 10:00:00 IST. */
  constructor(start: number = Date.parse("2026-11-20T10:00:00+05:30")) {
    this.#offset = start;
  }

  /** Timers that have not run yet. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#elapsed + this.#offset;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#elapsed + Math.max(0, ms), order: this.#order++, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Turns the clock, running what falls due on the way, in its order and at its time. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let timer; (timer = this.#next(end)) !== undefined;) {
      this.#timers.delete(timer);
      this.#elapsed = Math.max(this.#elapsed, timer.at);
      timer.run();
    }
    this.#elapsed = end;
  }

  /** Like {@linkcode advance}, but lets promises settle between the timers, for code that awaits. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (let timer; (timer = this.#next(end)) !== undefined;) {
      this.#timers.delete(timer);
      this.#elapsed = Math.max(this.#elapsed, timer.at);
      timer.run();
      await settle();
    }
    this.#elapsed = end;
    await settle();
  }

  /**
   * Sets the wall clock ahead (or back, when negative) without any time having passed: a correction by NTP or a
   * person. A machine that slept looks the same: its timers have not run on.
   */
  setWall(ms: number): void {
    this.#offset += ms;
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > end) continue;
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) {
        next = timer;
      }
    }
    return next;
  }
}

/** Lets everything that only waits for promises run to its end. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

/** Lets every compression that has been begun come to its end: a stream that was begun later ends later. */
export async function compressed(): Promise<void> {
  const stream = new CompressionStream("gzip");
  const writer = stream.writable.getWriter();
  await Promise.all([
    new Response(stream.readable).arrayBuffer(),
    writer.write(new Uint8Array(64)).then(() => writer.close()),
  ]);
  await settle();
}

/** Numbers from 0 to 1 that are the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
