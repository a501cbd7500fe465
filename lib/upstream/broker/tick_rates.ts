import { type InstrumentKey, isIndexToken, splitKey } from "../../market/market.ts";

/** Ticks that must have been seen before an instrument's habit is known. */
const MIN_TICKS = 20;

/** A burst, such as that after the opening, is no habit. */
const MIN_HABIT_MS = 300_000;

/** On average at least one tick in this time makes an instrument liquid. */
const LIQUID_GAP_MS = 10_000;

interface Habit {
  count: number;
  readonly since: number;
  lastAt: number;
  /** Moving average of the time between two ticks, ms. */
  gap: number;
}

/**
 * Which instruments tick so often that silence means a mute feed: indices, which the exchange sends all the time, and
 * what has shown it. Of all others silence means nothing.
 */
export class TickRates {
  readonly #habits = new Map<InstrumentKey, Habit>();

  noteTick(key: InstrumentKey, now: number): void {
    const habit = this.#habits.get(key);
    if (habit === undefined) {
      this.#habits.set(key, { count: 1, since: now, lastAt: now, gap: LIQUID_GAP_MS });
      return;
    }
    habit.count++;
    habit.gap += (now - habit.lastAt - habit.gap) / 16;
    habit.lastAt = now;
  }

  ticksOften(key: InstrumentKey): boolean {
    if (isIndexToken(splitKey(key).token)) return true;
    const habit = this.#habits.get(key);
    return habit !== undefined && habit.count >= MIN_TICKS &&
      habit.lastAt - habit.since >= MIN_HABIT_MS && habit.gap <= LIQUID_GAP_MS;
  }

  keepOnly(wanted: ReadonlyMap<InstrumentKey, unknown>): void {
    for (const key of this.#habits.keys()) if (!wanted.has(key)) this.#habits.delete(key);
  }
}
