/**
 * Candles of the ticks that this page has seen. Pure. Nothing is invented: a bucket without a tick has no candle, an
 * outage leaves a hole, and what was traded in it counts for no candle.
 */

/** Seconds of one candle, and how many of them are kept. */
const INTERVALS = new Map([[1, 300], [5, 360], [15, 360], [60, 400]]);

/**
 * A candle: `time` (seconds since the Unix epoch at which its bucket begins), `open`, `high`, `low`, `close`,
 * `volume` (undefined where the ticks do not carry it), `gap` (there was an outage between the candle before it and
 * this one) and `holed` (there was one within it).
 */
function createCandles() {
  const series = new Map([...INTERVALS.keys()].map((seconds) => [seconds, []]));
  let dayVolume;
  let cut = false;

  function put(candles, keep, seconds, tick) {
    const time = Math.floor(tick.time / 1000 / seconds) * seconds;
    const last = candles.at(-1);
    // A late tick belongs to a candle that is finished, and its price to nothing of now.
    if (last !== undefined && time < last.time) return;
    if (last?.time === time) {
      last.high = Math.max(last.high, tick.price);
      last.low = Math.min(last.low, tick.price);
      last.close = tick.price;
      if (tick.volume !== undefined) last.volume = (last.volume ?? 0) + tick.volume;
      last.holed ||= cut;
      return;
    }
    const { price, volume } = tick;
    candles.push({
      time,
      open: price,
      high: price,
      low: price,
      close: price,
      volume,
      gap: cut && last !== undefined,
      holed: false,
    });
    if (candles.length > keep) candles.shift();
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
        put(candles, INTERVALS.get(seconds), seconds, { time, price, volume });
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

    /** The candles of an interval, oldest first. */
    of: (seconds) => series.get(seconds),

    /**
     * For a chart whose places are equally far apart: every bucket from a time on up to the last candle, those
     * without a candle as `{ time }`, or `{ time, outage: true }` where an outage was the reason.
     *
     * @param from Seconds since the Unix epoch; undefined for as many buckets as candles are kept.
     */
    places(seconds, from) {
      const candles = series.get(seconds);
      if (candles.length === 0) return [];
      const end = candles.at(-1).time;
      const first = Math.max(candles[0].time, end - (INTERVALS.get(seconds) - 1) * seconds);
      const begin = Math.max(first, from ?? first);
      const places = [];
      let i = candles.findIndex(({ time }) => time >= begin);
      for (let time = begin; time <= end; time += seconds) {
        if (candles[i].time === time) places.push(candles[i++]);
        else places.push(candles[i].gap ? { time, outage: true } : { time });
      }
      return places;
    },
  };
}

export const CANDLE_SECONDS = [...INTERVALS.keys()];

export { createCandles };
