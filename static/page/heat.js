/** The day's changes of the whole list: who rose, who fell, and how far. Pure. What is not known has no colour. */

import { NONE, signed } from "./format.js";

/** From so many per cent on, up or down, the colour is a step deeper. */
const STEPS = [0, 1, 3];

/** How many of each direction are told apart from the others. */
const MOVERS = 5;

/** A change that is too old or doubtful to be compared with others. */
const DOUBTFUL = ["stale", "suspect", "refused", "waiting"];

/** @returns -3 to 3; 0 where it rounds to nothing, or is not known. */
function stepOf(percent) {
  const size = Math.round(Math.abs(percent ?? 0) * 100) / 100;
  if (size === 0) return 0;
  return STEPS.filter((from) => size >= from).length * Math.sign(percent);
}

function tileOf(row, store) {
  const percent = store.change(row)?.percent;
  const worth = store.worth(row);
  return {
    key: row.key,
    symbol: row.symbol,
    order: row.order,
    percent,
    text: percent === undefined ? NONE : `${signed(percent, 2)}%`,
    step: stepOf(percent),
    /** Why the change is not one of now; empty where it is. */
    old: DOUBTFUL.includes(worth) ? worth : "",
  };
}

/**
 * @param store See `createStore`.
 * @returns `tiles` in the order of the list, so that each keeps its place; the farthest that are `rising` and
 *   `falling`; and the counts `up`, `down`, `same` and `unknown`, the last of those that are old, too.
 */
export function heatOf(store) {
  const tiles = [...store.rows.values()].map((row) => tileOf(row, store)).sort((a, b) => a.order - b.order);
  const sure = tiles.filter(({ percent, old }) => percent !== undefined && old === "");
  const sorted = sure.filter(({ step }) => step !== 0).sort((a, b) =>
    b.percent - a.percent || a.order - b.order
  );
  const rising = sorted.filter(({ step }) => step > 0);
  const falling = sorted.filter(({ step }) => step < 0).reverse();
  return {
    tiles,
    rising: rising.slice(0, MOVERS),
    falling: falling.slice(0, MOVERS),
    up: rising.length,
    down: falling.length,
    same: sure.length - sorted.length,
    unknown: tiles.length - sure.length,
  };
}

export function heatWords({ up, down, same, unknown }) {
  const words = [`${up} up`, `${down} down`, `${same} unchanged`];
  return [...words, ...unknown > 0 ? [`${unknown} not known or not live`] : []].join(" · ");
}
