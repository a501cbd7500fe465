import type { Exchange } from "../market/market.ts";
import { beginOf, endOf, type Interval } from "./interval.ts";

/** Where a candle is from; `mixed` for one that was put together from several. */
export type CandleOrigin = "ticks" | "recording" | "broker" | "mixed";

/** What was traded in a stretch of time. Prices in rupees, points for indices. */
export interface Bar {
  /** Its beginning, ms since the Unix epoch. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** Units; undefined where the packets did not tell it. */
  readonly volume?: number | undefined;
  /** At its end, in units; undefined where nobody told it. */
  readonly openInterest?: number | undefined;
}

export interface Candle extends Bar {
  readonly origin: CandleOrigin;
  /** Its time is over, and all of it was seen. */
  readonly complete: boolean;
}

/** A bar and where it is from. */
export interface SourcedBar extends Bar {
  readonly origin: CandleOrigin;
}

/**
 * Puts longer candles together from shorter ones. Where there is no bar there is no candle.
 *
 * @param bars In the order of their times.
 * @param isComplete Whether all of a stretch of time was seen, and it is over.
 */
export function aggregate(
  bars: Iterable<SourcedBar>,
  interval: Interval,
  exchange: Exchange,
  isComplete: (from: number, to: number) => boolean,
): Candle[] {
  const candles: Candle[] = [];
  let current: SourcedBar | undefined;
  let end = -Infinity;
  const close = () => {
    if (current !== undefined) candles.push({ ...current, complete: isComplete(current.time, end) });
  };
  for (const bar of bars) {
    if (current !== undefined && bar.time < end) {
      current = joined(current, bar);
      continue;
    }
    close();
    const time = beginOf(interval, exchange, bar.time);
    current = { ...bar, time };
    end = endOf(interval, exchange, time);
  }
  close();
  return candles;
}

function joined(
  before: SourcedBar,
  { high, low, close, volume, openInterest, origin }: SourcedBar,
): SourcedBar {
  return {
    time: before.time,
    open: before.open,
    high: Math.max(before.high, high),
    low: Math.min(before.low, low),
    close,
    volume: before.volume === undefined || volume === undefined ? undefined : before.volume + volume,
    openInterest: openInterest ?? before.openInterest,
    origin: before.origin === origin ? origin : "mixed",
  };
}
