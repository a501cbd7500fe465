/**
 * The day's volume-weighted average as a curve, made of candles: each counts with the mean of its high, low and close. The
 * exchange's own average of now is a level (`levels.js`). From where on the volume of a day is not known whole, there is
 * no curve on that day.
 */

import { dayOf } from "./intervals.js";

/** Sums of a day, candle by candle. */
function createSums() {
  let day;
  let worth = 0;
  let volume = 0;
  let whole = true;
  /** The newest candle: it may come again with more in it. */
  let newest;

  function close() {
    if (newest?.close === undefined) return;
    if (newest.volume === undefined || newest.holed) whole = false;
    else {
      worth += newest.volume * (newest.high + newest.low + newest.close) / 3;
      volume += newest.volume;
    }
  }

  /** @returns The average up to a candle, and with it; undefined where it is not known. */
  return (place) => {
    if (newest !== undefined && place.time > newest.time) close();
    if (dayOf(place.time) !== day) {
      day = dayOf(place.time);
      worth = volume = 0;
      whole = true;
    }
    newest = place;
    if (place.close === undefined || place.volume === undefined || !whole || place.holed) return undefined;
    const all = volume + place.volume;
    return all === 0 ? undefined : (worth + place.volume * (place.high + place.low + place.close) / 3) / all;
  };
}

/** @param places As of `createCandleHistory`, from the beginning of a day on. @returns As many values. */
export function vwapsOf(places) {
  const next = createSums();
  return places.map(next);
}

/** The library draws on over places without a value; what it draws after a point has that point's colour. */
const UNSEEN = "transparent";

/** Its line on a chart. @param add Adds a line with these options. @param timeOf Of a place, as the chart counts. */
export function createVwap({ add, timeOf }) {
  const line = add({ lineStyle: 1, lineWidth: 2 });
  let next = createSums();
  /** The last two places, and the newest one with a value that is before the newest place. */
  let newest;
  let before;
  let valued;

  /** @returns The line's items: first the one after which the line is broken, where it is. */
  function itemsOf(place) {
    const value = next(place);
    if (newest === undefined || place.time > newest.place.time) {
      if (newest?.item.value !== undefined) valued = newest;
      before = newest;
    }
    const item = value === undefined ? { time: timeOf(place) } : { time: timeOf(place), value };
    newest = { place, item };
    if (value === undefined || valued === undefined || valued.item.color === UNSEEN) return [item];
    if (valued === before && dayOf(valued.place.time) === dayOf(place.time)) return [item];
    valued.item.color = UNSEEN;
    return [valued.item, item];
  }

  return {
    colour: (color) => line.applyOptions({ color }),
    visible: (visible) => line.applyOptions({ visible }),
    set(places) {
      next = createSums();
      newest = before = valued = undefined;
      line.setData(places.map((place) => itemsOf(place).at(-1)));
    },
    update(place) {
      const [item, ...more] = itemsOf(place).reverse();
      for (const broken of more) line.update(broken, true);
      line.update(item);
    },
  };
}
