/** The day's levels on the chart, as the last tick tells them: what is not known has no line. Titles are short: they stand in the chart. */

import { known } from "./values.js";

/** @param vwap Whether it is among them. @returns Each with `title`, `price` and the name of its `colour`. */
export function levelsOf({ tick, index }, vwap = true) {
  const levels = [
    ["Prev", tick?.close, "quiet"],
    ["Open", tick?.open, "quiet"],
    // The exchange's average of the day is weighted by volume; an index has none.
    ["VWAP", index || !vwap ? undefined : tick?.average_traded_price, "warn"],
    ["High", tick?.high, "up"],
    ["Low", tick?.low, "down"],
  ];
  return levels.filter(([, price]) => known(price) > 0).map(([title, price, colour]) => ({
    title,
    price,
    colour,
  }));
}
