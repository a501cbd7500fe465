import { DAY_MS, istDate, istMidnight } from "../market/ist.ts";
import { type Exchange, keyOf } from "../market/market.ts";
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
import type { SimulatedInstrument } from "./instruments.ts";
import { chance, seedOf } from "./chance.ts";
import { type Find, pathOf, volumesOf } from "./made_up_prices.ts";
import type { TradedMinutes } from "./traded_minutes.ts";
import { isTradingDay, lastMinuteOf, MINUTE_MS } from "./trading_hours.ts";

/** Made between two pauses. */
const DAYS_AT_ONCE = 2;

/** What the candles of an instrument are made of. */
export interface HistoryParts {
  /** What is later has not happened yet, ms since the Unix epoch. */
  readonly now: number;
  /** What was traded on the stream; without it, all is made up. */
  readonly traded?: TradedMinutes;
  /** By default nothing is found: the instrument's price is its own. */
  readonly find?: Find;
}

const NOBODY: Find = () => undefined;

/**
 * The candles of a request, in steps. What was traded on the stream is told as it was; all from before the stream began
 * is made up, so that it ends where the stream begins: whoever asks again, in whatever interval, is told of the same
 * market. When the stream ran and an instrument was not traded, there are none.
 */
export function* candlesOf(
  instrument: SimulatedInstrument,
  request: CandleRequest,
  parts: HistoryParts,
): Generator<void, CandleRow[]> {
  const rows: CandleRow[] = [];
  for (const [i, day] of daysOf(request).entries()) {
    if (i % DAYS_AT_ONCE === 0) yield;
    for (const row of rowsOfDay(instrument, request, day, parts)) {
      if (isAskedFor(row[0], request)) rows.push(row);
    }
  }
  return rows;
}

/** Open interest at the end of each interval, in units; nothing where there is none. */
export function* openInterestOf(
  instrument: SimulatedInstrument,
  request: CandleRequest,
  parts: HistoryParts,
) {
  if (instrument.contract === undefined) return [];
  const seed = seedOf(instrument);
  const candles = yield* candlesOf(instrument, request, parts);
  return candles.map(([time]) => ({
    time,
    oi: instrument.lotSize * Math.floor(10_000 + 5_000 * chance(seed, 4, Date.parse(time) / MINUTE_MS)),
  }));
}

/** The day on which the stream began, until then: nothing where that day had no trading before. */
export function dayBeforeStream(instrument: SimulatedInstrument, find: Find): CandleRow | undefined {
  const { at = 0 } = instrument;
  return candlesOfDay(instrument, "ONE_DAY", istDate(at), { until: at, find })[0];
}

/** A number from 0 up to 1 that an instrument has on a day: for lists of gainers and the like. */
export function dailyChance(instrument: SimulatedInstrument, at: number, salt: number): number {
  return chance(seedOf(instrument), salt, istMidnight(at) / MINUTE_MS);
}

function rowsOfDay(
  instrument: SimulatedInstrument,
  { interval }: CandleRequest,
  day: string,
  { now, traded, find = NOBODY }: HistoryParts,
): CandleRow[] {
  const { exchange, token, at } = instrument;
  const midnight = msOfMinute(`${day} 00:00`);
  const minutes = traded?.between(keyOf(exchange, token), midnight, midnight + DAY_MS) ?? [];
  const [first] = minutes;
  const begun = traded === undefined ? now : Math.min(now, at ?? now, first?.time ?? now);
  if (first === undefined) return candlesOfDay(instrument, interval, day, { until: begun, find });
  const before = candlesOfDay(instrument, "ONE_MINUTE", day, { until: begun, find });
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

/** The candles of a day that are made up: until trading ends, or until a moment. */
function candlesOfDay(
  instrument: SimulatedInstrument,
  interval: CandleInterval,
  day: string,
  parts: { readonly until: number; readonly find: Find },
): CandleRow[] {
  const midnight = msOfMinute(`${day} 00:00`);
  const opening = firstMinuteOf(instrument.exchange);
  const closing = lastMinuteOf(instrument.exchange);
  const until = Math.min(closing, Math.floor((parts.until - midnight) / MINUTE_MS));
  if (!isTradingDay(midnight) || until <= opening) return [];
  const { priceAt, knot } = pathOf(instrument, midnight, parts.find);
  const volume = volumesOf(instrument, midnight);
  const step = Math.min(CANDLE_INTERVALS[interval].minutes, closing - opening);
  const rows: CandleRow[] = [];
  for (let begin = opening; begin < until; begin += step) {
    const end = Math.min(begin + step, until);
    const [open, close] = [priceAt(begin), priceAt(end)];
    let [low, high] = open < close ? [open, close] : [close, open];
    for (let at = (Math.floor(begin / knot) + 1) * knot; at < end; at += knot) {
      const price = priceAt(at);
      if (price < low) low = price;
      if (price > high) high = price;
    }
    const time = timeOf(day, interval === "ONE_DAY" ? 0 : begin);
    rows.push([time, open, high, low, close, volume(end) - volume(begin)]);
  }
  return rows;
}

function timeOf(day: string, minute: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return `${day}T${two(Math.floor(minute / 60))}:${two(minute % 60)}:00+05:30`;
}
