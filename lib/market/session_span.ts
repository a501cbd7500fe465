import type { HoursOf } from "./instrument_hours.ts";
import { DAY_MS, istMidnight } from "./ist.ts";
import type { InstrumentKey } from "./market.ts";

/** The part of a day in which an instrument trades; ms since midnight in India. */
export interface SessionSpan {
  readonly from: number;
  readonly to: number;
}

/** A week with the longest holidays has a day of trading. */
const DAYS_BACK = 10;

/** From the opening to the close of the last day on which an instrument traded; undefined where that is not known. */
export function sessionSpan(hours: HoursOf, key: InstrumentKey, now: number): SessionSpan | undefined {
  for (let midnight = istMidnight(now), i = 0; i < DAYS_BACK; i++, midnight -= DAY_MS) {
    let [from, to] = [Infinity, -Infinity];
    for (let at = midnight; at < midnight + DAY_MS;) {
      const { trading, until } = hours(key, at);
      const end = Math.min(until, midnight + DAY_MS);
      if (trading) [from, to] = [Math.min(from, at), Math.max(to, end)];
      at = end;
    }
    if (from < to) return { from: from - midnight, to: to - midnight };
  }
}
