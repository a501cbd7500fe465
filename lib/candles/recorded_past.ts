import { boundsOfDay } from "../market/day_range.ts";
import type { HoursOf } from "../market/instrument_hours.ts";
import { type InstrumentKey, splitKey } from "../market/market.ts";
import { aggregate, type Candle } from "./candle.ts";
import { baseOf, type Interval } from "./interval.ts";
import type { RecordedCandles } from "./recorded_candles.ts";
import type { Span } from "./seen_spans.ts";

export interface PastQuery extends Span {
  readonly key: InstrumentKey;
  readonly interval: Interval;
}

export interface PastSources {
  readonly recorded: RecordedCandles;
  readonly hours: HoursOf;
  /** What is at hand of a time that was not recorded. */
  readonly otherwise: (span: Span) => readonly Candle[];
}

/**
 * The candles of days that are over, from their recordings: a day at a time, oldest first.
 *
 * @throws The signal's reason, when it is aborted.
 */
export async function* recordedPast(
  { key, interval, from, to }: PastQuery,
  { recorded, hours, otherwise }: PastSources,
  signal?: AbortSignal,
): AsyncGenerator<readonly Candle[]> {
  let told = from;
  for (const date of await recorded.days()) {
    const day = boundsOfDay(date);
    if (day.to <= told || day.from >= to) continue;
    const stretch = await recorded.read(key, date);
    signal?.throwIfAborted();
    const bars = baseOf(interval) === "1m" ? stretch?.minutes ?? [] : stretch?.seconds ?? [];
    // Of an instrument that was not recorded there may be what this process has seen.
    if (stretch === undefined || bars.length === 0) continue;
    if (told < day.from) yield otherwise({ from: told, to: day.from });
    const first = Math.max(told, day.from);
    told = Math.min(to, day.to);
    yield aggregate(
      bars.filter(({ time }) => first <= time && time < told),
      interval,
      splitKey(key).exchange,
      (from, to) => stretch.isWhole(inHours({ from, to }, key, hours)),
    );
  }
  if (told < to) yield otherwise({ from: told, to });
}

/** Without the hours at its ends in which the market is closed. */
function inHours({ from, to }: Span, key: InstrumentKey, hours: HoursOf): Span {
  const [first, last] = [hours(key, from), hours(key, to - 1)];
  return {
    from: first.closed ? Math.min(first.until, to) : from,
    to: last.closed && last.from > from ? last.from : to,
  };
}
