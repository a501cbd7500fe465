import { DAY_MS, istMidnight } from "../market/ist.ts";
import { type Exchange, isIndexToken, keyOf } from "../market/market.ts";
import {
  CANDLE_INTERVALS,
  type CandleInterval,
  type CandleRequest,
  type CandleRow,
  daysOf,
  firstMinuteOf,
  isAskedFor,
  msOfMinute,
} from "../smartapi/candle_request.ts";
import { roundToTick, type SimulatedInstrument } from "./instruments.ts";
import type { TradedMinutes } from "./traded_minutes.ts";

const MINUTE_MS = 60_000;

/** Minutes of the day at which trading ends. Every weekday is a trading day. */
const USUAL_CLOSE = 930;
const CLOSES: Readonly<Partial<Record<Exchange, number>>> = { mcx: 1_410, ncdex: 1_020, cds: 1_020 };

/** Prices go in a straight line for so long: a candle's extremes are at these points, or at its ends. */
const KNOT_MINUTES = 5;

/** Made between two pauses. */
const DAYS_AT_ONCE = 4;

/** How far the price swings, as a part of it, over a month, and from one knot to the next. */
const MONTHLY = 0.12;
const WITHIN_DAY = 0.004;

/**
 * The candles of a request, in steps. From the first minute of a day on in which an instrument was traded on the stream,
 * they are what was traded there; all others are made up from the instrument and the time alone: whoever asks again, in
 * whatever interval, is told of the same market.
 *
 * @param now What is later has not happened yet, ms since the Unix epoch.
 */
export function* candlesOf(
  instrument: SimulatedInstrument,
  request: CandleRequest,
  now: number,
  traded?: TradedMinutes,
): Generator<void, CandleRow[]> {
  const rows: CandleRow[] = [];
  for (const [i, day] of daysOf(request).entries()) {
    if (i % DAYS_AT_ONCE === 0) yield;
    for (const row of rowsOfDay(instrument, request, day, now, traded)) {
      if (isAskedFor(row[0], request)) rows.push(row);
    }
  }
  return rows;
}

/** Open interest at the end of each interval, in units; nothing where there is none. */
export function* openInterestOf(instrument: SimulatedInstrument, request: CandleRequest, now: number) {
  if (instrument.contract === undefined) return [];
  const seed = seedOf(instrument);
  const candles = yield* candlesOf(instrument, request, now);
  return candles.map(([time]) => ({
    time,
    oi: instrument.lotSize * Math.floor(10_000 + 5_000 * chance(seed, 4, Date.parse(time) / MINUTE_MS)),
  }));
}

/** A number from 0 up to 1 that an instrument has on a day: for lists of gainers and the like. */
export function dailyChance(instrument: SimulatedInstrument, at: number, salt: number): number {
  return chance(seedOf(instrument), salt, istMidnight(at) / MINUTE_MS);
}

function rowsOfDay(
  instrument: SimulatedInstrument,
  { interval }: CandleRequest,
  day: string,
  now: number,
  traded: TradedMinutes | undefined,
): CandleRow[] {
  const { exchange, token } = instrument;
  const midnight = msOfMinute(`${day} 00:00`);
  const minutes = traded?.between(keyOf(exchange, token), midnight, midnight + DAY_MS) ?? [];
  const [first] = minutes;
  if (first === undefined) return candlesOfDay(instrument, interval, day, now);
  const before = candlesOfDay(instrument, "ONE_MINUTE", day, first.time);
  const own = minutes.map(({ time, open, high, low, close, volume }): CandleRow => [
    timeOf(day, (time - midnight) / MINUTE_MS),
    open,
    high,
    low,
    close,
    volume,
  ]);
  return longer([...before, ...own], exchange, interval, day);
}

/** Candles of an interval made of those of a minute. */
function longer(
  minutes: readonly CandleRow[],
  exchange: Exchange,
  interval: CandleInterval,
  day: string,
): CandleRow[] {
  const step = CANDLE_INTERVALS[interval].minutes;
  const opening = firstMinuteOf(exchange);
  const groups = new Map<number, CandleRow[]>();
  for (const row of minutes) {
    const minute = Number(row[0].slice(11, 13)) * 60 + Number(row[0].slice(14, 16));
    const since = Math.floor((minute - opening) / step) * step;
    const begin = interval === "ONE_DAY" ? 0 : Math.max(0, opening + since);
    const group = groups.get(begin);
    if (group === undefined) groups.set(begin, [row]);
    else group.push(row);
  }
  return Array.from(groups, ([begin, rows]) => [
    timeOf(day, begin),
    rows[0]![1],
    Math.max(...rows.map((row) => row[2])),
    Math.min(...rows.map((row) => row[3])),
    rows.at(-1)![4],
    rows.reduce((sum, row) => sum + row[5], 0),
  ]);
}

function candlesOfDay(
  instrument: SimulatedInstrument,
  interval: CandleInterval,
  day: string,
  now: number,
): CandleRow[] {
  const midnight = msOfMinute(`${day} 00:00`);
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  const opening = firstMinuteOf(instrument.exchange);
  const closing = CLOSES[instrument.exchange] ?? USUAL_CLOSE;
  const until = Math.min(closing, Math.floor((now - midnight) / MINUTE_MS));
  if (weekday === 0 || weekday === 6 || until <= opening) return [];
  const price = pricesOf(instrument, midnight);
  const volume = volumesOf(instrument, midnight);
  const step = Math.min(CANDLE_INTERVALS[interval].minutes, closing - opening);
  const rows: CandleRow[] = [];
  for (let begin = opening; begin < until; begin += step) {
    const end = Math.min(begin + step, until);
    const [open, close] = [price(begin), price(end)];
    let [low, high] = open < close ? [open, close] : [close, open];
    for (let knot = nextKnot(begin); knot < end; knot += KNOT_MINUTES) {
      const at = price(knot);
      if (at < low) low = at;
      if (at > high) high = at;
    }
    const time = timeOf(day, interval === "ONE_DAY" ? 0 : begin);
    rows.push([time, open, high, low, close, volume(end) - volume(begin)]);
  }
  return rows;
}

/** The price at a minute of a day. */
function pricesOf(instrument: SimulatedInstrument, midnight: number): (minute: number) => number {
  const { previousClose, tickSize } = instrument;
  const seed = seedOf(instrument);
  const [from, to] = [level(seed, midnight), level(seed, midnight + DAY_MS)];
  const knotOf = (minute: number) => 2 * chance(seed, 1, midnight / MINUTE_MS + minute) - 1;
  return (minute) => {
    const past = minute % KNOT_MINUTES;
    const knot = minute - past;
    const before = knotOf(knot);
    const swing = past === 0 ? before : before + (knotOf(knot + KNOT_MINUTES) - before) * past / KNOT_MINUTES;
    const trend = from + (to - from) * minute / 1_440;
    return Math.max(tickSize, roundToTick(previousClose * (1 + trend + WITHIN_DAY * swing), tickSize));
  };
}

/** Where a price stands at a midnight, as a part of it: in straight lines from month to month. */
function level(seed: number, midnight: number): number {
  const months = midnight / (30 * DAY_MS);
  const month = Math.floor(months);
  const at = (index: number) => MONTHLY * (2 * chance(seed, 2, index) - 1);
  return at(month) + (at(month + 1) - at(month)) * (months - month);
}

/** What was traded from a day's beginning up to a minute, in units. */
function volumesOf(instrument: SimulatedInstrument, midnight: number): (minute: number) => number {
  if (isIndexToken(instrument.token)) return () => 0;
  const seed = seedOf(instrument);
  const sums = [0];
  const slot = (index: number) =>
    100 + Math.floor(900 * chance(seed, 3, midnight / MINUTE_MS + index * KNOT_MINUTES));
  const sumUntil = (index: number) => {
    while (sums.length <= index) sums.push(sums.at(-1)! + slot(sums.length - 1));
    return sums[index]!;
  };
  return (minute) => {
    const index = Math.floor(minute / KNOT_MINUTES);
    const part = (minute % KNOT_MINUTES) / KNOT_MINUTES;
    const sum = sumUntil(index);
    const lots = part === 0 ? sum : sum + Math.floor((sumUntil(index + 1) - sum) * part);
    return lots * instrument.lotSize;
  };
}

function nextKnot(minute: number): number {
  return (Math.floor(minute / KNOT_MINUTES) + 1) * KNOT_MINUTES;
}

function timeOf(day: string, minute: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${day}T${two(Math.floor(minute / 60))}:${two(minute % 60)}:00+05:30`;
}

function seedOf({ exchange, token }: SimulatedInstrument): number {
  let seed = 2_166_136_261;
  for (const letter of `${exchange}:${token}`) seed = Math.imul(seed ^ letter.charCodeAt(0), 16_777_619);
  return seed;
}

/** A number from 0 up to 1 that looks like chance, and is the same each time. */
function chance(seed: number, salt: number, index: number): number {
  let mixed = Math.imul(seed ^ Math.imul(salt, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(index, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
