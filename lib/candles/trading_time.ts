import type { HoursOf, InstrumentHours } from "../market/instrument_hours.ts";
import type { InstrumentKey } from "../market/market.ts";
import type { Span } from "./seen_spans.ts";

/**
 * What is left of a stretch of time without the hours at its ends in which the market of an instrument is closed. Made once
 * for many stretches: hours are looked up once for each phase that they are in.
 *
 * @param now ms since the Unix epoch; so are all times here.
 */
export function tradingTime(
  key: InstrumentKey,
  hours: HoursOf,
  now: number,
): (from: number, to: number) => Span {
  const current = hours(key, now);
  let known: InstrumentHours | undefined;
  const hoursAt = (at: number) => {
    if (known === undefined || at < known.from || at >= known.until) known = hours(key, at);
    return known;
  };
  return (from, to) => {
    const first = hoursAt(from);
    const closing = current.closed && current.from > from ? current.from : Infinity;
    return { from: first.closed ? Math.min(first.until, to) : from, to: Math.min(to, closing) };
  };
}
