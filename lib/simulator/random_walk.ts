import { istDay } from "../market/day.ts";
import type { Exchange } from "../market/market.ts";
import { firstMinuteOf } from "../smartapi/candle_request.ts";
import { chance, seedOf } from "./chance.ts";
import type { SimulatedInstrument } from "./instruments.ts";
import { lastMinuteOf } from "./trading_hours.ts";

/** The fastest wave has a knot each quarter of a minute; each other one has half as many as the one before it. */
const FASTEST_MINUTES = 0.25;

/** The slowest one has a knot about every four months. */
const WAVES = 18;

/** Of the fastest wave, as a part of the price: some 1.3 % in a day for all of them. */
const FASTEST = 0.000_22;

/** A night moves the price as so many minutes of trading do. */
const NIGHT_MINUTES = 40;

const WEEKDAYS = 5;

/** The first Monday from the Unix epoch on is the fifth day. */
const FIRST_MONDAY = 4;

/**
 * Minutes of trading since the Unix epoch, with some for each night, so that the price of a morning is near to that of the
 * evening before.
 *
 * @param midnight Of a day in India, ms since the Unix epoch.
 * @returns They at a minute of that day.
 */
export function tradedMinutes(exchange: Exchange, midnight: number): (minute: number) => number {
  const opening = firstMinuteOf(exchange);
  const length = lastMinuteOf(exchange) - opening;
  const day = istDay(midnight) - FIRST_MONDAY;
  const week = Math.floor(day / 7);
  const sessions = week * WEEKDAYS + Math.min(WEEKDAYS, day - week * 7);
  const before = sessions * (length + NIGHT_MINUTES);
  return (minute) => before + Math.min(length, Math.max(0, minute - opening));
}

/**
 * A walk that looks like chance and is the same each time: how far a price is from its middle, as a part of it, at a time
 * of `tradedMinutes`. It is a sum of waves; those that are twice as long are higher by the root of two, so that prices go
 * as far in a time as those of a market do. It never goes farther than a third.
 */
export function randomWalk(instrument: SimulatedInstrument): (time: number) => number {
  const seed = seedOf(instrument);
  const knots = new Float64Array(WAVES).fill(NaN);
  const before = new Float64Array(WAVES);
  const after = new Float64Array(WAVES);
  return (time) => {
    let sum = 0;
    let height = FASTEST;
    let length = FASTEST_MINUTES;
    for (let wave = 0; wave < WAVES; wave++) {
      const place = time / length;
      const knot = Math.floor(place);
      if (knot !== knots[wave]) {
        knots[wave] = knot;
        before[wave] = 2 * chance(seed, 10 + wave, knot) - 1;
        after[wave] = 2 * chance(seed, 10 + wave, knot + 1) - 1;
      }
      sum += height * (before[wave]! + (after[wave]! - before[wave]!) * (place - knot));
      height *= Math.SQRT2;
      length *= 2;
    }
    return sum;
  };
}
