/**
 * Candles of the ticks that this page has seen. Pure. Nothing is invented: a bucket without a tick has no candle, an
 * outage leaves a hole, and what was traded in it counts for no candle.
 */

import { createCandleRing } from "./candle_ring.js";

/** Seconds of one candle, and how many of them are kept: five minutes, half an hour, over an hour, a whole session. */
const INTERVALS = new Map([[1, 300], [5, 360], [15, 300], [60, 375]]);

/**
 * A candle: `time` (seconds since the Unix epoch at which its bucket begins), `open`, `high`, `low`, `close`,
 * `volume` (undefined where the ticks do not carry it), `gap` (there was an outage between the candle before it and
 * this one) and `holed` (there was one within it).
 */
function createCandles() {
  const series = new Map([...INTERVALS].map(([seconds, keep]) => [seconds, createCandleRing(keep)]));
  let dayVolume;
  let cut = false;

  function put(candles, seconds, tick) {
    const time = Math.floor(tick.time / 1000 / seconds) * seconds;
    const last = candles.lastTime;
    // A late tick belongs to a candle that is finished, and its price to nothing of now.
    if (last !== undefined && time < last) return;
    if (last === time) candles.extend(tick.price, tick.volume, cut);
    else candles.push(time, tick.price, tick.volume, cut && last !== undefined);
  }

  return {
    /** Rises with every change. */
    version: 0,

    /**
     * A tick of now; last known values (a snapshot) are none.
     *
     * `tick.time`: The exchange's clock, ms since the Unix epoch.
     * `tick.price`: In rupees, or points.
     * `tick.dayVolume`: What was traded since the morning; undefined where the tick does not say.
     */
    add({ time, price, dayVolume: told }) {
      // The first tick, and the first after an outage or at a new day, only says from where to count.
      const known = told !== undefined && dayVolume !== undefined && !cut && told >= dayVolume;
      const volume = known ? told - dayVolume : undefined;
      dayVolume = told;
      for (const [seconds, candles] of series) {
        put(candles, seconds, { time, price, volume });
      }
      cut = false;
      this.version++;
    },

    /** The ticks stop being all there are, until the next one. */
    cut() {
      if (cut) return;
      cut = true;
      this.version++;
    },

    /** The candles of an interval, oldest first, each an object of its own. */
    of(seconds) {
      const candles = series.get(seconds);
      return Array.from({ length: candles.length }, (_, i) => candles.at(i));
    },

    count: (seconds) => series.get(seconds).length,

    /** The newest one; undefined where there is none. */
    last(seconds) {
      const candles = series.get(seconds);
      return candles.length === 0 ? undefined : candles.at(candles.length - 1);
    },

    /** The one that begins at a time; undefined where there is none. */
    at(seconds, time) {
      const candles = series.get(seconds);
      const i = candles.indexFrom(time);
      return i < candles.length && candles.timeAt(i) === time ? candles.at(i) : undefined;
    },

    /** The closes of so many candles up to a time and with the one of it, oldest first; fewer where there are fewer. */
    closes(seconds, until, count) {
      const candles = series.get(seconds);
      const end = candles.indexFrom(until + 1);
      const first = Math.max(0, end - count);
      return Array.from({ length: end - first }, (_, i) => candles.closeAt(first + i));
    },

    /** Bytes that all of them hold. */
    get bytes() {
      return [...series.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    },

    /**
     * For a chart whose places are equally far apart: every bucket from a time on up to the last candle, those
     * without a candle as `{ time }`, or `{ time, outage: true }` where an outage was the reason.
     *
     * @param from Seconds since the Unix epoch; undefined for as many buckets as candles are kept.
     */
    places(seconds, from) {
      const candles = series.get(seconds);
      if (candles.length === 0) return [];
      const end = candles.lastTime;
      const first = Math.max(candles.timeAt(0), end - (INTERVALS.get(seconds) - 1) * seconds);
      const begin = Math.max(first, from ?? first);
      const places = [];
      let i = candles.indexFrom(begin);
      let next = i < candles.length ? candles.at(i) : undefined;
      for (let time = begin; time <= end; time += seconds) {
        if (next.time === time) {
          places.push(next);
          next = ++i < candles.length ? candles.at(i) : undefined;
        } else places.push(next.gap ? { time, outage: true } : { time });
      }
      return places;
    },
  };
}

export { createCandles };
