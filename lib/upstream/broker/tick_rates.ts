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
  /** The exchange's time of the last tick. */
  time: number;
}

/**
 * Which instruments tick so often that silence means a mute feed: indices, which the exchange sends all the time, and
 * what has shown it. Of all others silence means nothing.
 */
export class TickRates {
  readonly #habits = new Map<InstrumentKey, Habit>();

  /**
   * @param exchangeTime 0 where the exchange told none.
   * @returns Whether the tick says that time goes on at the exchange: a packet that is repeated does not.
   */
  noteTick(key: InstrumentKey, now: number, exchangeTime: number): boolean {
    const habit = this.#habits.get(key);
    if (habit === undefined) {
      this.#habits.set(key, { count: 1, since: now, lastAt: now, gap: LIQUID_GAP_MS, time: exchangeTime });
      return true;
    }
    const goesOn = exchangeTime === 0 || exchangeTime !== habit.time;
    habit.time = exchangeTime;
    habit.count++;
    habit.gap += (now - habit.lastAt - habit.gap) / 16;
    habit.lastAt = now;
    return goesOn;
  }

  /** When an instrument ticked last, elapsed ms. */
  lastAt(key: InstrumentKey): number | undefined {
    return this.#habits.get(key)?.lastAt;
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
