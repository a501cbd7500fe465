/** Moving averages of the closes, as lines on the chart. Where there are fewer candles than it takes, there is none. */

/** Of how many candles, and how its line is drawn (of the library's styles): solid, and dashed. */
export const AVERAGES = [{ count: 20, lineStyle: 0 }, { count: 50, lineStyle: 2 }];

/**
 * @param closes Of the candles up to one, and with it.
 * @returns The mean of the last `count`; undefined where there are fewer.
 */
export function averageOf(closes, count) {
  if (closes.length < count) return undefined;
  return closes.slice(-count).reduce((sum, close) => sum + close, 0) / count;
}

/** @param places As of `createCandles`. @returns As many values: undefined where there is no candle, or none yet. */
export function averagesOf(places, count) {
  const window = [];
  let sum = 0;
  return places.map(({ close }) => {
    if (close === undefined) return undefined;
    window.push(close);
    sum += close;
    if (window.length > count) sum -= window.shift();
    return window.length === count ? sum / count : undefined;
  });
}

/** Its lines on a chart. @param add Adds a line with these options. @param timeOf Of a place, as the chart counts. */
export function createAverages({ add, timeOf }) {
  const lines = AVERAGES.map(({ count, lineStyle }) => ({
    count,
    line: add({ lineStyle, lineWidth: 1 }),
  }));

  const item = (place, value) =>
    value === undefined ? { time: timeOf(place) } : { time: timeOf(place), value };

  return {
    colour(color) {
      for (const { line } of lines) line.applyOptions({ color });
    },

    visible(visible) {
      for (const { line } of lines) line.applyOptions({ visible });
    },

    set(places) {
      for (const { line, count } of lines) {
        const values = averagesOf(places, count);
        line.setData(places.map((place, i) => item(place, values[i])));
      }
    },

    update(place, candles, seconds) {
      for (const { line, count } of lines) {
        const closes = place.close === undefined ? [] : candles.closes(seconds, place.time, count);
        line.update(item(place, averageOf(closes, count)));
      }
    },
  };
}
