import { DAY_MS, istDate } from "../market/ist.ts";
import { type Exchange, isToken } from "../market/market.ts";
import type { DataBody } from "./data_calls.ts";
import { exchangeOfRest } from "./segments.ts";

/**
 * Intervals of candles: their minutes, and the most days that one call may ask for.
 *
 * Source: SmartAPI documentation, "Historical API".
 */
export const CANDLE_INTERVALS = {
  ONE_MINUTE: { minutes: 1, days: 30 },
  THREE_MINUTE: { minutes: 3, days: 60 },
  FIVE_MINUTE: { minutes: 5, days: 100 },
  TEN_MINUTE: { minutes: 10, days: 100 },
  FIFTEEN_MINUTE: { minutes: 15, days: 200 },
  THIRTY_MINUTE: { minutes: 30, days: 200 },
  ONE_HOUR: { minutes: 60, days: 400 },
  ONE_DAY: { minutes: 1_440, days: 2_000 },
} as const;

export type CandleInterval = keyof typeof CANDLE_INTERVALS;

/** The minute of the day from which candles of an exchange are counted: that of its opening. */
const FIRST_MINUTE: Readonly<Partial<Record<Exchange, number>>> = { mcx: 540, ncdex: 540, cds: 540 };

/** Minutes from midnight in India to the beginning of an exchange's first candle, whatever its length. */
export function firstMinuteOf(exchange: Exchange): number {
  return FIRST_MINUTE[exchange] ?? 555;
}

/** A call for candles, or for open interest. */
export interface CandleRequest {
  readonly exchange: Exchange;
  readonly token: string;
  readonly interval: CandleInterval;
  /** In Indian time, as `2026-11-20 09:15`. */
  readonly from: string;
  readonly to: string;
}

/** Time as `2026-11-20T09:15:00+05:30`, prices in rupees, volume. */
export type CandleRow = readonly [
  time: string,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
];

const MINUTE = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$/;

/** Reads the parameters of a call; undefined when the broker would refuse them. */
export function readCandleRequest(body: DataBody): CandleRequest | undefined {
  const { interval, fromdate: from, todate: to } = body;
  const exchange = exchangeOfRest(body.exchange);
  const token = String(body.symboltoken ?? "");
  if (exchange === undefined || !isToken(token) || !isInterval(interval)) return undefined;
  if (!isMinute(from) || !isMinute(to) || from > to) return undefined;
  return { exchange, token, interval, from, to };
}

function isInterval(value: unknown): value is CandleInterval {
  return typeof value === "string" && Object.hasOwn(CANDLE_INTERVALS, value);
}

function isMinute(value: unknown): value is string {
  return typeof value === "string" && MINUTE.test(value) && Number.isFinite(msOfMinute(value));
}

/** A minute in Indian time, ms since the Unix epoch. */
export function msOfMinute(minute: string): number {
  return Date.parse(`${minute.replace(" ", "T")}:00+05:30`);
}

/** Whether a request is for no more days than the broker gives at once. */
export function isWithinDays({ interval, from, to }: CandleRequest): boolean {
  return msOfMinute(to) - msOfMinute(from) <= CANDLE_INTERVALS[interval].days * DAY_MS;
}

/**
 * Whether a candle is one of those that were asked for. It is known by its beginning; that of a day begins before
 * anyone asks for it. (The broker does not say which candle is the first; this is how it is taken here.)
 */
export function isAskedFor(time: string, { interval, from, to }: CandleRequest): boolean {
  const letters = interval === "ONE_DAY" ? 10 : 16;
  const begin = time.slice(0, letters).replace("T", " ");
  return from.slice(0, letters) <= begin && begin <= to.slice(0, letters);
}

/** The days of a request, as `2026-11-20`, oldest first. */
export function daysOf({ from, to }: CandleRequest): string[] {
  const days: string[] = [];
  const last = to.slice(0, 10);
  for (let at = msOfMinute(`${from.slice(0, 10)} 00:00`);; at += DAY_MS) {
    const day = istDate(at);
    if (day > last) return days;
    days.push(day);
  }
}
