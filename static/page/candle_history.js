/**
 * Candles of one instrument and interval as the proxy has them, and the ticks that came since. Pure. A candle of the
 * proxy replaces the one of the same time, so none is there twice; volume is the proxy's alone, so none is counted
 * twice either.
 */

import { firstFrom } from "./candle_ring.js";
import { candleTime, dayOf } from "./intervals.js";
import { known } from "./values.js";

/** A hole of more candles than a trading day has minutes is no hole in a day. */
const MOST_MISSING = 960;

/** The one that is being made, the one that has just closed, and the one before it, which a late tick may mend. */
const AGAIN = 3;

/** @returns A candle of the wire as the page has it; undefined where it is none. */
function candleOf({ time, open, high, low, close, volume, complete }, index) {
  const candle = {
    time: time / 1_000,
    open: known(open),
    high: known(high),
    low: known(low),
    close: known(close),
  };
  if (Object.values(candle).some((value) => !Number.isFinite(value))) return undefined;
  return { ...candle, volume: index ? undefined : known(volume), complete: complete === true };
}

/**
 * `about`: `exchange`, `seconds` of one candle, and whether it is an `index`, which is not traded.
 * Each candle is as those of `createCandles`; `holed`: its time is over, and not all of it was seen.
 */
export function createCandleHistory({ exchange, seconds, index }) {
  /** Oldest first. */
  const list = [];

  const indexFrom = (time) => firstFrom(time, list.length, (i) => list[i].time);

  /** Only of a candle that is over can be said that something of it is missing. */
  function shown(i) {
    const { complete, ...candle } = list[i];
    return { ...candle, gap: false, holed: !complete && i < list.length - 1 };
  }

  /** Where one was not seen whole, those that are missing beside it were not seen at all. */
  function missing(before, after) {
    const places = [];
    const count = Math.round((after.time - before.time) / seconds) - 1;
    if (count > MOST_MISSING || dayOf(before.time) !== dayOf(after.time)) return places;
    const outage = before.holed || after.holed;
    for (let i = 1; i <= count; i++) {
      const time = before.time + i * seconds;
      places.push(outage ? { time, outage } : { time });
    }
    return places;
  }

  return {
    /** Rises with every change. */
    version: 0,

    /** Rises where a candle before the newest one is another than it was. */
    mended: 0,

    /** @param candles As the proxy sends them. */
    put(candles) {
      for (const told of Array.isArray(candles) ? candles : []) {
        const candle = candleOf(told ?? {}, index);
        if (candle === undefined) continue;
        const i = indexFrom(candle.time);
        const before = list[i]?.time === candle.time ? list[i] : undefined;
        if (i < list.length - 1 || (before === undefined && i < list.length)) {
          if (JSON.stringify(before) !== JSON.stringify(candle)) this.mended++;
        }
        list.splice(i, before === undefined ? 0 : 1, candle);
      }
      this.version++;
    },

    /** A live tick. @param time The exchange's clock, ms. */
    tick(time, price) {
      const begins = candleTime({ exchange, seconds, time: time / 1_000 });
      const last = list.at(-1);
      // A late tick is for the proxy to place: it tells the mended candle.
      if (begins === undefined || begins < last?.time) return;
      if (begins === last?.time) {
        last.high = Math.max(last.high, price);
        last.low = Math.min(last.low, price);
        last.close = price;
      } else {
        const prices = { open: price, high: price, low: price, close: price };
        list.push({ time: begins, ...prices, volume: undefined, complete: false });
      }
      this.version++;
    },

    count: () => list.length,

    /** The newest one; undefined where there is none. */
    last: () => list.length === 0 ? undefined : shown(list.length - 1),

    at(_seconds, time) {
      const i = indexFrom(time);
      return list[i]?.time === time ? shown(i) : undefined;
    },

    /** See `createCandles`. */
    closes(_seconds, until, count) {
      const end = indexFrom(until + 1);
      return list.slice(Math.max(0, end - count), end).map(({ close }) => close);
    },

    /** See `createCandles`: but nights and holidays have no places. */
    places(_seconds, from) {
      const places = [];
      for (let i = from === undefined ? 0 : indexFrom(from); i < list.length; i++) {
        const candle = shown(i);
        const before = places.at(-1);
        if (before !== undefined) places.push(...missing(before, candle));
        places.push(candle);
      }
      return places;
    },

    /** From when on to ask again: the proxy may have mended the last ones that it told. */
    get again() {
      return list.at(-AGAIN)?.time ?? list[0]?.time;
    },
  };
}
