import type { Clock } from "../lib/util/clock.ts";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  /** It has run, or was called off; what was called off stays in the heap until it comes up there. */
  done: boolean;
}

/** Time turned by hand: nothing happens between two calls of `advance`. */
export class FakeClock implements Clock {
  #elapsed = 0;
  /** Wall time less elapsed time, ms. */
  #offset: number;
  #order = 0;
  #pending = 0;
  /** A binary heap: no timer is due before the one above it, at half its place. */
  #heap: Timer[] = [];

  /** @param start ms since the Unix epoch; by default a Friday in trading hours, 2026-11-20 10:00:00 IST. */
  constructor(start: number = Date.parse("2026-11-20T10:00:00+05:30")) {
    this.#offset = start;
  }

  /** Timers that have not run yet. */
  get pending(): number {
    return this.#pending;
  }

  now(): number {
    return this.#elapsed + this.#offset;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#elapsed + Math.max(0, ms), order: this.#order++, run, done: false };
    this.#push(timer);
    this.#pending++;
    return () => {
      if (timer.done) return;
      timer.done = true;
      this.#pending--;
      if (this.#heap.length > 2 * this.#pending + 64) this.#tidy();
    };
  }

  /** Turns the clock, running what falls due on the way, in its order and at its time. */
  advance(ms: number): void {
    const end = this.#elapsed + ms;
    for (let timer; (timer = this.#next(end)) !== undefined;) {
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

  /** Takes out the timer that is due first, unless none is due by then. */
  #next(end: number): Timer | undefined {
    for (let first; (first = this.#heap[0]) !== undefined && (first.done || first.at <= end);) {
      this.#dropFirst();
      if (first.done) continue;
      first.done = true;
      this.#pending--;
      return first;
    }
    return undefined;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (isBefore(heap[above]!, timer)) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = timer;
  }

  #dropFirst(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let place = 0;
    for (let below; (below = 2 * place + 1) < heap.length; place = below) {
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++;
      if (isBefore(last, heap[below]!)) break;
      heap[place] = heap[below]!;
    }
    heap[place] = last;
  }

  /** Forgets what was called off: a far deadline that is set and called off at each tick would fill the heap. */
  #tidy(): void {
    // What is sorted is a heap.
    this.#heap = this.#heap.filter(({ done }) => !done).sort((a, b) => isBefore(a, b) ? -1 : 1);
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
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
