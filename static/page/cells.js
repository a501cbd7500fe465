/** The cells of a row: each makes its inside once, and fills it from then on. */

import { dataCell, element, textCell } from "./dom.js";
import { age, istTime, NONE, number, signed } from "./format.js";

const ARROWS = { 1: "▲", 0: "", [-1]: "▼" };

export const WORTH = {
  waiting: "no tick yet",
  quiet: "quiet",
  stale: "stale",
  closed: "closed",
  suspect: "suspect",
  refused: "refused",
};

const MODE_WORDS = { ltp: "LTP", quote: "Quote", snapquote: "Snap" };

const SVG = "http://www.w3.org/2000/svg";
const TREND_WIDTH = 100;
const TREND_HEIGHT = 22;
const TREND_LEAST = 12;

function svg(tag, attributes, parent) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent?.append(made);
  return made;
}

/** Each makes the inside of one cell and answers with what fills it. `about` holds what a frame knows. */
export const PAINT = {
  symbol(cell) {
    const text = textCell(cell, "name");
    // An option's call and put differ in the last two letters: a long symbol gets two small lines, and no dots.
    const size = dataCell(cell, "size");
    return (row) => {
      text(row.symbol);
      size(row.symbol.length > 14 ? "small" : "");
      if (cell.title !== row.symbol) cell.title = row.symbol;
    };
  },
  exchange(cell) {
    const text = textCell(cell, "tag");
    return (row, { fit }) => {
      const shown = row.exchange.toUpperCase();
      text(shown);
      fit.note("exchange", shown);
    };
  },
  trend(cell) {
    const picture = svg("svg", {
      viewBox: `0 0 ${TREND_WIDTH} ${TREND_HEIGHT}`,
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    }, cell);
    const path = svg("path", { "vector-effect": "non-scaling-stroke" }, picture);
    let shown = "";
    return (row, about) => {
      const d = about.slow ? trendPath(about.store.trend(row)) : shown;
      if (d === shown) return;
      shown = d;
      path.setAttribute("d", d);
    };
  },
  price(cell) {
    const arrow = textCell(cell, "arrow");
    const rupee = textCell(cell, "rupee");
    const text = textCell(cell);
    const direction = dataCell(cell, "direction");
    return (row, { fit }) => {
      arrow(ARROWS[row.direction]);
      direction(row.direction > 0 ? "up" : row.direction < 0 ? "down" : "none");
      rupee(row.index || row.price === undefined ? "" : "₹");
      const price = row.price === undefined ? NONE : number(row.price, row.decimals);
      text(price);
      // The arrow may come with the next tick.
      fit.note("price", `▲₹${price}`);
    };
  },
  change(cell) {
    return changeCell(cell, "change", (change, row) => signed(change.points, row.decimals));
  },
  percent(cell) {
    return changeCell(cell, "percent", (change) => `${signed(change.percent, 2)}%`);
  },
  bid: (cell) => figureCell(cell, "bid", (row) => figure(row.bid, row.decimals)),
  ask: (cell) => figureCell(cell, "ask", (row) => figure(row.ask, row.decimals)),
  volume: (cell) => figureCell(cell, "volume", (row) => figure(row.index ? undefined : row.volume, 0)),
  range(cell) {
    const bar = element("span", "gauge", cell);
    const mark = element("i", "", bar);
    /** @type {string | undefined} Not "": a row without a known range is hidden the first time, too. */
    let shown;
    return (row) => {
      const { low, high, price } = row;
      const known = high > low && price !== undefined;
      const part = known ? Math.min(1, Math.max(0, (price - low) / (high - low))) : 0;
      const place = known ? `${(part * 100).toFixed(1)}%` : "";
      if (place === shown) return;
      shown = place;
      bar.hidden = !known;
      mark.style.left = place;
      cell.title = known ? `${number(low, row.decimals)} – ${number(high, row.decimals)}` : "";
    };
  },
  time: (cell) =>
    figureCell(
      cell,
      "time",
      (row, { now }) => row.exchangeTime === undefined ? NONE : istTime(row.exchangeTime, now),
    ),
  age(cell) {
    const text = textCell(cell);
    const worth = textCell(cell, "worth");
    return (row, about) => {
      const word = WORTH[about.worth] ?? "";
      const shown = row.tickedAt === undefined ? "" : age(about.now - row.tickedAt);
      text(shown);
      worth(word);
      about.fit.note("age", shown, word);
    };
  },
  mode(cell) {
    const button = rowButton(cell, "mode-of");
    const text = textCell(button);
    let named = "";
    return (row) => {
      const mode = row.mode ?? "";
      text(MODE_WORDS[mode] ?? NONE);
      const name = `${MODE_WORDS[mode] ?? "No mode"}: mode of ${row.symbol}, change`;
      if (name === named) return;
      named = name;
      button.setAttribute("aria-label", name);
      button.title = "What is asked for: click for the next of LTP, Quote and Snap (key M)";
    };
  },
  remove(cell) {
    const button = rowButton(cell, "remove-row");
    button.textContent = "×";
    let named = "";
    return (row) => {
      if (named === row.symbol) return;
      named = row.symbol;
      button.setAttribute("aria-label", `Remove ${row.symbol}`);
      button.title = "Remove (Delete)";
    };
  },
};

/** Reached by the pointer; the grid is one stop of the Tab key, and has keys for the same. */
function rowButton(cell, className) {
  const button = element("button", className, cell);
  button.type = "button";
  button.tabIndex = -1;
  return button;
}

function changeCell(cell, id, write) {
  const text = textCell(cell);
  const direction = dataCell(cell, "direction");
  return (row, { change, fit }) => {
    direction(
      change === undefined ? "none" : change.points > 0 ? "up" : change.points < 0 ? "down" : "none",
    );
    const shown = change === undefined ? NONE : write(change, row);
    text(shown);
    fit.note(id, shown);
  };
}

function figureCell(cell, id, write) {
  const text = textCell(cell);
  return (row, about) => {
    const shown = write(row, about);
    text(shown);
    about.fit.note(id, shown);
  };
}

function figure(value, decimals) {
  return value === undefined ? NONE : number(value, decimals);
}

/** A line through the known prices, broken where there was an outage. */
function trendPath(all) {
  // A young line fills its place, but a few seconds are not drawn as if they were minutes.
  const begin = all.findIndex((point) => point !== undefined);
  const points = all.slice(Math.max(0, Math.min(begin, all.length - TREND_LEAST)));
  let low = Infinity;
  let high = -Infinity;
  for (const point of points) {
    if (point < low) low = point;
    if (point > high) high = point;
  }
  if (low === Infinity) return "";
  const span = high - low;
  const step = TREND_WIDTH / (points.length - 1);
  let path = "";
  let pen = "M";
  points.forEach((point, i) => {
    if (point === undefined) {
      pen = "M";
      return;
    }
    const part = span === 0 ? 0.5 : (point - low) / span;
    const y = 2 + (1 - part) * (TREND_HEIGHT - 4);
    path += `${pen}${(i * step).toFixed(1)} ${y.toFixed(1)}`;
    // A lone point would not be drawn at all.
    if (pen === "M") path += "h.1";
    pen = "L";
  });
  return path;
}
