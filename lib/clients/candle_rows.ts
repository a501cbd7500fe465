import type { Entitlement } from "../access/entitlement.ts";
import type { Candle } from "../candles/candle.ts";
import type { CandleQuery } from "../candles/candle_service.ts";
import { type Interval, INTERVAL_NAMES, lengthOf } from "../candles/interval.ts";
import { DAY_MS, istMidnight } from "../market/ist.ts";
import { type InstrumentKey, isIndexToken, type Mode, splitKey } from "../market/market.ts";
import type { Moment } from "./moments.ts";

/** Instruments that one request for candles may name. */
const MAX_CANDLE_INSTRUMENTS = 50;

/** Candles that one request may ask for, as many as there may be: two years of one minute, of one share. */
const MAX_CANDLES = 250_000;

/** Days of candles where the request does not say since when. */
const USUAL_DAYS: Readonly<Partial<Record<Interval, number>>> = { "1h": 30, "1d": 365 };

/** Of a day at least so much is traded, and of seven days five. */
const TRADED_A_DAY_MS = 6.25 * 3_600_000;
const TRADED_MS = TRADED_A_DAY_MS * 5 / 7;

/** The fields of a candle on every wire, in the documented order. Times in ms since the Unix epoch. */
export function candleFields(candle: Candle): Record<string, unknown> {
  const { time, open, high, low, close, volume, openInterest, origin, complete } = candle;
  return { time, open, high, low, close, volume, open_interest: openInterest, origin, complete };
}

/** How much of a tick its candles need: the totals, and open interest where there is any. */
export function candleMode(key: InstrumentKey): Mode {
  const { exchange, token } = splitKey(key);
  return isIndexToken(token) || exchange === "nse" || exchange === "bse" ? "quote" : "snapquote";
}

/** Whether candles of the broker may be shown: an access token may be for the stream alone. */
export function mayAskBroker({ rest }: Entitlement): boolean {
  return rest !== false;
}

export type CandleStretch = Pick<CandleQuery, "from" | "to">;

/**
 * The stretch of time that a request is for. Without a beginning it is today, or some days where candles are long;
 * without an end it is up to now; a day as its end is in it as a whole.
 *
 * @returns A sentence about what is wrong with it, where something is.
 */
export function stretchOf(
  interval: Interval,
  from: Moment | undefined,
  to: Moment | undefined,
  now: number,
): CandleStretch | string {
  const end = to === undefined ? now + 1 : to.to;
  const usual = ((USUAL_DAYS[interval] ?? 1) - 1) * DAY_MS;
  const begin = from === undefined ? istMidnight(Math.min(end, now)) - usual : from.from;
  if (begin >= end) return `"from" must be before "to"`;
  return { from: begin, to: end };
}

/** How many candles there may be in a stretch. */
export function estimate(interval: Interval, { from, to }: CandleStretch): number {
  return Math.ceil((to - from) / DAY_MS * Math.max(1, TRADED_MS / lengthOf(interval)));
}

/** How far back so many candles reach at most, ms: nights, weekends and a week of holidays are passed over. */
export function spanFor(interval: Interval, count: number): number {
  const days = Math.ceil(count * Math.min(1, lengthOf(interval) / TRADED_A_DAY_MS));
  return (Math.ceil(days * 7 / 5) + 7) * DAY_MS;
}

/** What is wrong with a request for so many instruments with so many candles each; undefined for nothing. */
export function tooManyCandles(instruments: number, each: number): string | undefined {
  if (instruments > MAX_CANDLE_INSTRUMENTS) {
    return `these are ${instruments} instruments; ask for the candles of at most ${MAX_CANDLE_INSTRUMENTS} at once`;
  }
  const count = instruments * each;
  if (count <= MAX_CANDLES) return undefined;
  return `these would be about ${count} candles; ask for at most ${MAX_CANDLES} at once, or for longer ones`;
}

export const INTERVAL_WORDS = `must be one of ${INTERVAL_NAMES.join(", ")}`;
