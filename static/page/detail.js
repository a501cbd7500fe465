/** Everything about the row that is looked at: its candles, its order book and its day. */

import { byId, dataCell, element, textCell } from "./dom.js";
import { createChartPanel } from "./chart_panel.js";
import { WORTH } from "./cells.js";
import { createDepth } from "./depth.js";
import { createFacts } from "./facts.js";
import { age, istTime, NONE, number, signed } from "./format.js";

/** Arrow keys pass over rows that nobody wants to see more of. */
const SETTLED_MS = 200;

const price = (field) => ({ tick, decimals }) =>
  isNumber(tick?.[field]) ? number(tick[field], decimals) : NONE;
const count = (field) => ({ tick }) => isNumber(tick?.[field]) ? number(tick[field]) : NONE;
const traded = (figure) => (row) => row.index ? NONE : figure(row);

/** In the order of the screen. */
/** @type {[string, (row: any, now: number) => string][]} */
const FIGURES = [
  ["Open", price("open")],
  ["Prev. close", price("close")],
  ["High", price("high")],
  ["Low", price("low")],
  ["Average", traded(price("average_traded_price"))],
  ["Last qty", traded(count("last_traded_quantity"))],
  ["Volume", traded(count("volume"))],
  ["Open interest", traded(count("open_interest"))],
  ["Upper circuit", traded(price("upper_circuit"))],
  ["Lower circuit", traded(price("lower_circuit"))],
  ["52 w high", price("week52_high")],
  ["52 w low", price("week52_low")],
  ["Last trade", ({ tick }, now) => time(tick?.last_traded_timestamp, now)],
  ["Exchange time", ({ exchangeTime }, now) => time(exchangeTime, now)],
];

function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

function time(ms, now) {
  return isNumber(ms) && ms > 0 ? istTime(ms, now) : NONE;
}

/**
 * `options.ask`: See `createWire`.
 * `options.look`: Told the key of the row whose depth is to come, or undefined, once the choice has settled.
 * `options.close`: The user has seen enough.
 * `options.acts`: As in `createList`; `setMode(key, mode)` beside them.
 */
function createDetail({ store, settings, ask, look, close, acts }) {
  const pane = byId("detail");
  const put = Object.fromEntries(
    ["symbol", "exchange", "rupee", "price", "arrow", "change", "worth", "age", "why", "facts"]
      .map((name) => [name, textCell(byId(`detail-${name}`))]),
  );
  const worth = dataCell(pane, "worth");
  const direction = dataCell(byId("detail-now"), "direction");
  const changeDirection = dataCell(byId("detail-change"), "direction");
  const mode = byId("detail-mode");
  const figures = FIGURES.map(([label, figure]) => {
    const box = element("div", "", byId("detail-figures"));
    element("dt", "", box).textContent = label;
    return { figure, put: textCell(element("dd", "", box)) };
  });
  const depth = createDepth({
    table: byId("depth"),
    totals: byId("depth-totals"),
    body: byId("depth-body"),
    note: byId("depth-note"),
    buyers: byId("depth-buyers"),
    sellers: byId("depth-sellers"),
    balance: byId("depth-balance"),
  });
  let key;
  let drawn = {};
  /** The choice has settled: arrow keys do not only pass over this row. */
  let settled = false;
  let timer;
  const facts = createFacts({ ask, changed: again });
  const chart = createChartPanel({ settings, store, ask, changed: () => acts.changed() });

  byId("detail-close").addEventListener("click", close);
  byId("detail-remove").addEventListener("click", () => acts.remove(key));
  mode.addEventListener("change", () => acts.setMode(key, mode.value));
  pane.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });

  function again() {
    drawn = {};
    acts.changed();
  }

  function settle() {
    settled = true;
    look(key);
    again();
  }

  return {
    /** @param chosen The key of a row, or undefined for none. */
    select(chosen) {
      if (chosen === key) return;
      key = chosen;
      settled = false;
      chart.forget();
      drawn = {};
      pane.hidden = key === undefined;
      document.body.classList.toggle("looking", key !== undefined);
      clearTimeout(timer);
      if (key === undefined) look(undefined);
      else timer = setTimeout(settle, SETTLED_MS);
    },

    /** A live tick of any row. */
    ticked: chart.ticked,

    render(now, beat) {
      const row = store.rows.get(key);
      if (row === undefined) return;
      const { version } = chart;
      if (drawn.version === row.version && drawn.beat === beat && drawn.chart === version) return;
      const another = drawn.beat !== beat;
      drawn = { version: row.version, beat, chart: version };
      const change = store.change(row);
      const state = store.worth(row);
      worth(state);
      put.symbol(row.symbol);
      put.exchange(row.exchange.toUpperCase());
      // At a beat, not at each tick: what was refused is asked for again.
      if (another && settled && store.feed.link.kind === "open") facts.want(row);
      put.facts(facts.of(row));
      put.rupee(row.index || row.price === undefined ? "" : "₹");
      put.price(row.price === undefined ? NONE : number(row.price, row.decimals));
      put.arrow(state !== "live" ? "" : row.direction > 0 ? "▲" : row.direction < 0 ? "▼" : "");
      direction(row.direction > 0 ? "up" : row.direction < 0 ? "down" : "none");
      put.change(
        change === undefined
          ? NONE
          : `${signed(change.points, row.decimals)} (${signed(change.percent, 2)}%)`,
      );
      changeDirection(change?.points > 0 ? "up" : change?.points < 0 ? "down" : "none");
      put.worth(WORTH[state] ?? "");
      put.age(row.tickedAt === undefined ? "" : `last tick ${age(now - row.tickedAt)} ago`);
      put.why(
        row.refusal === undefined
          ? row.price === undefined ? row.reason ?? "" : ""
          : `${row.refusal.message} (${row.refusal.code})`,
      );
      byId("detail-why").hidden = byId("detail-why").textContent === "";
      if (mode.value !== row.mode && document.activeElement !== mode) mode.value = row.mode ?? "quote";
      chart.render(row, settled);
      depth(row);
      for (const { figure, put } of figures) put(figure(row, now));
    },
  };
}

export { createDetail };
