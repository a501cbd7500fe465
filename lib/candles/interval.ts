import { DAY_MS, istMidnight } from "../market/ist.ts";
import type { Exchange } from "../market/market.ts";
import { type CandleInterval, firstMinuteOf } from "../smartapi/candle_request.ts";

interface IntervalFacts {
  readonly ms: number;
  /** The broker's word for it; it has none for seconds. */
  readonly broker?: CandleInterval;
}

const SECOND = 1_000;
const MINUTE = 60_000;

/** How long a candle may be, by the names that clients know. */
export const INTERVALS = {
  "1s": { ms: SECOND },
  "5s": { ms: 5 * SECOND },
  "1m": { ms: MINUTE, broker: "ONE_MINUTE" },
  "3m": { ms: 3 * MINUTE, broker: "THREE_MINUTE" },
  "5m": { ms: 5 * MINUTE, broker: "FIVE_MINUTE" },
  "10m": { ms: 10 * MINUTE, broker: "TEN_MINUTE" },
  "15m": { ms: 15 * MINUTE, broker: "FIFTEEN_MINUTE" },
  "30m": { ms: 30 * MINUTE, broker: "THIRTY_MINUTE" },
  "1h": { ms: 60 * MINUTE, broker: "ONE_HOUR" },
  "1d": { ms: DAY_MS, broker: "ONE_DAY" },
} as const satisfies Readonly<Record<string, IntervalFacts>>;

export type Interval = keyof typeof INTERVALS;

export const INTERVAL_NAMES = Object.keys(INTERVALS) as [Interval, ...Interval[]];

/** The two lengths that are kept of what ticks; all others are put together from them. */
export type BaseInterval = "1s" | "1m";

export function lengthOf(interval: Interval): number {
  return INTERVALS[interval].ms;
}

/** The broker's word for an interval; undefined for seconds. */
export function brokerInterval(interval: Interval): CandleInterval | undefined {
  const facts: IntervalFacts = INTERVALS[interval];
  return facts.broker;
}

export function baseOf(interval: Interval): BaseInterval {
  return lengthOf(interval) < MINUTE ? "1s" : "1m";
}

/**
 * When the candle begins to which a moment belongs: counted from the exchange's opening, as the broker counts; the
 * candle of a day begins at midnight. Times in ms since the Unix epoch.
 */
export function beginOf(interval: Interval, exchange: Exchange, at: number): number {
  const midnight = istMidnight(at);
  if (interval === "1d") return midnight;
  const { ms } = INTERVALS[interval];
  const first = midnight + firstMinuteOf(exchange) * MINUTE;
  return Math.max(midnight, first + Math.floor((at - first) / ms) * ms);
}

/** Where the candle that begins so ends, and the next one begins; no candle goes over midnight. */
export function endOf(interval: Interval, exchange: Exchange, begin: number): number {
  const midnight = istMidnight(begin);
  if (interval === "1d") return midnight + DAY_MS;
  const { ms } = INTERVALS[interval];
  const first = midnight + firstMinuteOf(exchange) * MINUTE;
  return Math.min(midnight + DAY_MS, first + (Math.floor((begin - first) / ms) + 1) * ms);
}
