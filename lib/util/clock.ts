/** Time as a part that is handed in, so that a test can turn it by hand. */
export interface Clock {
  /** Wall time, ms since the Unix epoch: for display and for the calendar. A person or NTP may set it either way. */
  now(): number;
  /** Time since some fixed moment, ms: for every duration and deadline. It never steps; it stands still while the machine sleeps. */
  elapsed(): number;
  /** Calls `run` once after `ms` milliseconds of {@linkcode elapsed} time; the answer calls it off and may be called at any time. */
  after(ms: number, run: () => void): () => void;
}

/** One moment by both clocks: for display and the calendar, and for durations. */
export interface Moment {
  /** Wall time, ms since the Unix epoch. */
  readonly now: number;
  /** Elapsed ms. */
  readonly elapsed: number;
}

export function momentOf(clock: Clock): Moment {
  return { now: clock.now(), elapsed: clock.elapsed() };
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
