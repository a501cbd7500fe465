import { DAY_MS, istMidnight } from "../market/ist.ts";
import { type InstrumentKey, isIndexToken, keyOf } from "../market/market.ts";
import { firstMinuteOf } from "../smartapi/candle_request.ts";
import { roundToTick, type SimulatedInstrument } from "./instruments.ts";
import { modelPrice } from "./option_model.ts";
import { lastCloseBefore, lastMinuteOf, MINUTE_MS } from "./trading_hours.ts";

/** Prices go in a straight line for so long: extremes are at these points, or at the ends of a candle. */
const KNOT_MINUTES = 5;

/** How far the price swings, as a part of it, over a month, and from one knot to the next. */
const MONTHLY = 0.09;
const WITHIN_DAY = 0.004;

/** The part of the way from the previous close to the stream's first price that is gone overnight. */
const OVERNIGHT = 0.4;

/** Finds the instrument that another one follows. */
export type Find = (key: InstrumentKey) => SimulatedInstrument | undefined;

/** A price at a minute of a day, and whole minutes between which it goes in a straight line. */
export interface Path {
  readonly priceAt: (minute: number) => number;
  readonly knot: number;
}

/**
 * The prices of a day on which an instrument was not traded on the stream. They are the same each time, end at the previous
 * close on the last day before the stream began, and at its first price when it began. A contract that follows another
 * instrument does so here too.
 *
 * @param midnight In India, ms since the Unix epoch.
 */
export function pathOf(instrument: SimulatedInstrument, midnight: number, find: Find): Path {
  const { model, tickSize, exchange } = instrument;
  const followed = model && find(model.follows);
  const rounded = (price: number) => Math.max(tickSize, roundToTick(price, tickSize));
  if (followed === undefined) {
    const priceAt = walkOf(instrument, midnight);
    return { priceAt: (minute) => rounded(priceAt(minute)), knot: KNOT_MINUTES };
  }
  const { priceAt } = pathOf(followed, midnight, find);
  // What is followed may be traded for longer.
  const last = lastMinuteOf(exchange);
  return {
    priceAt: (minute) =>
      rounded(modelPrice(instrument, priceAt(Math.min(minute, last)), midnight + minute * MINUTE_MS)),
    knot: 1,
  };
}

function walkOf(instrument: SimulatedInstrument, midnight: number): (minute: number) => number {
  const { exchange, price, previousClose, at = 0 } = instrument;
  const seed = seedOf(instrument);
  const wave = (time: number) => level(seed, time) + WITHIN_DAY * swing(seed, time);
  const timeOf = (minute: number) => midnight + minute * MINUTE_MS;
  const from = (base: number, begin: number) => (minute: number) =>
    base * (1 + wave(timeOf(minute)) - wave(begin));
  const firstDay = istMidnight(at);
  if (midnight < firstDay) return from(previousClose, lastCloseBefore(exchange, at));
  const begin = firstMinuteOf(exchange);
  const end = Math.min(lastMinuteOf(exchange), minuteOf(at));
  const later = from(price, firstDay + end * MINUTE_MS);
  if (midnight > firstDay || end <= begin) return later;
  const open = previousClose + OVERNIGHT * (price - previousClose);
  return (minute) => {
    if (minute >= end) return later(minute);
    const way = (minute - begin) / (end - begin);
    return open + way * (price - open) +
      price * WITHIN_DAY * (swing(seed, timeOf(minute)) - swing(seed, timeOf(end)));
  };
}

/** Whole minutes of its day that have gone by at a moment. */
export function minuteOf(at: number): number {
  return Math.floor((at - istMidnight(at)) / MINUTE_MS);
}

/** Where a price stands, as a part of it: in straight lines from month to month. */
function level(seed: number, time: number): number {
  const months = time / (30 * DAY_MS);
  const month = Math.floor(months);
  const at = (index: number) => MONTHLY * (2 * chance(seed, 2, index) - 1);
  return at(month) + (at(month + 1) - at(month)) * (months - month);
}

/** From -1 to 1, in straight lines from knot to knot. */
function swing(seed: number, time: number): number {
  const knots = time / (KNOT_MINUTES * MINUTE_MS);
  const knot = Math.floor(knots);
  const at = (index: number) => 2 * chance(seed, 1, index) - 1;
  const before = at(knot);
  return knots === knot ? before : before + (at(knot + 1) - before) * (knots - knot);
}

/** What was traded from a day's beginning up to a minute, in units. @param midnight In India, ms since the Unix epoch. */
export function volumesOf(instrument: SimulatedInstrument, midnight: number): (minute: number) => number {
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

/** A number that is an instrument's own. */
export function seedOf({ exchange, token }: SimulatedInstrument): number {
  let seed = 2_166_136_261;
  for (const letter of keyOf(exchange, token)) seed = Math.imul(seed ^ letter.charCodeAt(0), 16_777_619);
  return seed;
}

/** A number from 0 up to 1 that looks like chance, and is the same each time. */
export function chance(seed: number, salt: number, index: number): number {
  let mixed = Math.imul(seed ^ Math.imul(salt, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(index, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
