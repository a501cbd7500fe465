import { istMidnight } from "../market/ist.ts";
import { type InstrumentKey, isIndexToken } from "../market/market.ts";
import { firstMinuteOf } from "../smartapi/candle_request.ts";
import { chance, seedOf } from "./chance.ts";
import { circuitsOf, roundToTick, type SimulatedInstrument } from "./instruments.ts";
import { modelPrices } from "./option_model.ts";
import { randomWalk, tradedMinutes } from "./random_walk.ts";
import { lastCloseBefore, lastMinuteOf, MINUTE_MS } from "./trading_hours.ts";

/** Prices go in a straight line for so many minutes: extremes are at these points, or at the ends of a candle. */
const KNOT_MINUTES = 0.25;

/** The same for an option, whose price is dear to work out. */
const OPTION_KNOT_MINUTES = 1;

/** The part of the way from the previous close to the stream's first price that is gone overnight. */
const OVERNIGHT = 0.4;

/** Of one minute of an instrument, in lots. */
const LEAST_LOTS = 20;
const MORE_LOTS = 180;

/** Finds the instrument that another one follows. */
export type Find = (key: InstrumentKey) => SimulatedInstrument | undefined;

/** A price at a minute of a day, and the minutes between which it goes in a straight line. */
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
  const { model, contract, tickSize, exchange } = instrument;
  const followed = model && find(model.follows);
  const rounded = (price: number) => Math.max(tickSize, roundToTick(price, tickSize));
  if (followed === undefined) {
    const priceAt = walkOf(instrument, midnight);
    return { priceAt: (minute) => rounded(priceAt(minute)), knot: KNOT_MINUTES };
  }
  const { priceAt, knot } = pathOf(followed, midnight, find);
  const priced = modelPrices(instrument);
  // What is followed may be traded for longer.
  const last = lastMinuteOf(exchange);
  return {
    priceAt: (minute) => rounded(priced(priceAt(Math.min(minute, last)), midnight + minute * MINUTE_MS)),
    knot: contract?.strike === undefined ? knot : OPTION_KNOT_MINUTES,
  };
}

function walkOf(instrument: SimulatedInstrument, midnight: number): (minute: number) => number {
  const { exchange, price, previousClose, at = 0 } = instrument;
  const walk = randomWalk(instrument);
  const clock = tradedMinutes(exchange, midnight);
  const walkAt = (day: number, minute: number) => walk(tradedMinutes(exchange, day)(minute));
  const from = (base: number, begin: number) => (minute: number) => base * (1 + walk(clock(minute)) - begin);
  const firstDay = istMidnight(at);
  if (midnight < firstDay) {
    const closed = lastCloseBefore(exchange, at);
    return from(previousClose, walkAt(istMidnight(closed), minuteOf(closed)));
  }
  const begin = firstMinuteOf(exchange);
  const end = Math.min(lastMinuteOf(exchange), minuteOf(at));
  const [first, last] = [walkAt(firstDay, begin), walkAt(firstDay, end)];
  const later = from(price, last);
  if (midnight > firstDay || end <= begin) return later;
  const open = previousClose + OVERNIGHT * (price - previousClose);
  const { upper, lower } = circuitsOf(instrument);
  // A walk that is bent so that both of its ends are where they must be.
  const bridge = (minute: number) => {
    const way = (minute - begin) / (end - begin);
    const bent = walk(clock(minute)) - first - way * (last - first);
    return open + way * (price - open) + price * bent;
  };
  return (minute) => Math.min(upper, Math.max(lower, minute < end ? bridge(minute) : later(minute)));
}

/** Whole minutes of its day that have gone by at a moment. */
function minuteOf(at: number): number {
  return Math.floor((at - istMidnight(at)) / MINUTE_MS);
}

/**
 * What was traded from a day's opening up to a minute, in units: most after the opening and before the end.
 *
 * @param midnight In India, ms since the Unix epoch.
 */
export function volumesOf(instrument: SimulatedInstrument, midnight: number): (minute: number) => number {
  if (isIndexToken(instrument.token)) return () => 0;
  const seed = seedOf(instrument);
  const opening = firstMinuteOf(instrument.exchange);
  const length = lastMinuteOf(instrument.exchange) - opening;
  const sums = [0];
  const lotsIn = (index: number) => {
    const middle = 2 * Math.min(1, index / length) - 1;
    const usual = LEAST_LOTS + MORE_LOTS * chance(seed, 3, midnight / MINUTE_MS + index) ** 2;
    return Math.floor(usual * (1 + 2 * middle ** 2));
  };
  return (minute) => {
    const index = Math.max(0, Math.floor(minute) - opening);
    while (sums.length <= index) sums.push(sums.at(-1)! + lotsIn(sums.length - 1));
    return sums[index]! * instrument.lotSize;
  };
}
