import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import * as cellsModule from "../../static/page/cells.js";
import * as columnsModule from "../../static/page/columns.js";
import * as fitModule from "../../static/page/fit.js";
import { parts } from "./parts.ts";
import { stubDocument, StubElement } from "./stub_dom.ts";

// deno-lint-ignore no-explicit-any
const { PAINT } = cellsModule as any;
// deno-lint-ignore no-explicit-any
const { COLUMNS, columnsFor, USUAL_TEXTS } = columnsModule as any;
// deno-lint-ignore no-explicit-any
const { createFit } = fitModule as any;

Object.assign(globalThis, { document: stubDocument() });

const NOW = 1_795_149_932_000;

function paint(id: string, tick?: Record<string, unknown>) {
  const store = parts.createStore({ now: () => NOW });
  store.link({ kind: "open" });
  store.info({ available_exchanges: ["nse"], source: "live" });
  store.list([["nse:3045", { mode: "ltp", symbol: "SBIN-EQ" }]]);
  if (tick) store.data({ ticks: [tick], snapshot: false, conflated: 0, receivedAt: NOW });
  const row = store.rows.get("nse:3045");
  const cell = new StubElement("div");
  const noted: string[] = [];
  const about = {
    store,
    now: NOW,
    beat: 1,
    slow: true,
    worth: store.worth(row),
    change: store.change(row),
    fit: { note: (_id: string, text: string, badge = "") => noted.push(text + badge) },
  };
  PAINT[id](cell)(row, about);
  return { cell, noted };
}

/** Of a row of which nothing is known. */
const EMPTY: Record<string, string> = {
  symbol: "SBIN-EQ",
  exchange: "NSE",
  age: "no tick yet",
  mode: "LTP",
  remove: "×",
  trend: "",
  range: "",
};

for (const { id } of COLUMNS) {
  Deno.test(`the cell ${id} of an empty row shows what is known, and invents nothing`, () => {
    const { cell } = paint(id);
    equal(cell.textContent, EMPTY[id] ?? "—");
    const drawn = (node: StubElement): boolean =>
      !node.hidden &&
      (node.attributes.get("d") !== undefined || node.tag === "i" || node.children.some(drawn));
    equal(drawn(cell), false);
  });
}

Deno.test("a row whose high is its low has no place between them, and shows none", () => {
  const { cell } = paint("range", {
    exchange: "nse",
    token: "3045",
    last_traded_price: 5,
    low: 5,
    high: 5,
  });
  ok(cell.children[0]!.hidden);
});

const WIDE = {
  exchange: "nse",
  token: "3045",
  last_traded_price: 1_234_567.85,
  close: 1,
  volume: 1_234_567_890,
  bids: [{ price: 1_234_567.8 }],
  asks: [{ price: 1_234_567.9 }],
  exchange_timestamp: NOW,
};

Deno.test("every column of figures says how much room its text needs", () => {
  for (const id of ["exchange", "price", "change", "percent", "bid", "ask", "volume", "time", "age"]) {
    const { cell, noted } = paint(id, WIDE);
    equal(noted.length, 1, id);
    ok(noted[0]!.includes(cell.textContent.replace("▲", "")), `${id}: ${noted[0]} for ${cell.textContent}`);
  }
});

/** A font in which all signs are 8 px wide. */
const measure = (_id: string, text: string, badge: string) => (text.length + badge.length) * 8;

Deno.test("a column grows with the widest text that it has held, and is measured once for each shape", () => {
  let measured = 0;
  const fit = createFit({
    measure(id: string, text: string, badge: string) {
      measured++;
      return measure(id, text, badge);
    },
    least: { percent: ["0.00%"] },
  });
  equal(fit.settle(), true);
  equal(fit.widthOf("percent"), 41);
  fit.note("percent", "9.99%");
  equal(fit.settle(), false);
  fit.note("percent", "−99,999.99%");
  fit.note("percent", "−11,111.11%");
  equal(fit.settle(), true);
  equal(fit.widthOf("percent"), 89);
  fit.note("percent", "1.00%");
  equal(fit.settle(), false);
  equal(measured, 2);
  // Another font.
  fit.forget();
  fit.settle();
  equal(measured, 4);
  equal(fit.widthOf("volume"), 0);
});

Deno.test("the columns that are shown have all the room they need, at every width", () => {
  const seen = { close: true, volume: true, book: true, range: true };
  for (const scale of [5, 8, 12]) {
    const needed = (id: string) => (USUAL_TEXTS[id]?.[0].length ?? 0) * scale;
    for (let width = 330; width < 2_000; width += 35) {
      const { columns, compact, template } = columnsFor(width, seen, needed);
      const widths = [...template.matchAll(/(\d+)px/g)].map(([, px]) => Number(px));
      const ids: string[] = columns.map(({ id }: { id: string }) => id);
      if (compact) {
        ok(widths.at(-1)! >= Math.max(needed("price"), needed("percent")));
        continue;
      }
      equal(widths.length, ids.length);
      ids.forEach((id, i) => ok(widths[i]! >= needed(id), `${id} at ${width}`));
    }
  }
  const few = columnsFor(700, { ...seen, book: false }, () => 0).columns.map(({ id }: { id: string }) => id);
  match(few.join(" "), /^symbol exchange price change percent/);
  deepEqual(few.includes("bid"), false);
});

Deno.test("the user chooses the columns; without a name and a price no row is one", () => {
  const seen = { close: true, volume: true, book: true, range: true };
  const ids = (hidden: string[]): string[] =>
    columnsFor(2_000, seen, () => 0, new Set(hidden)).columns.map(({ id }: { id: string }) => id);
  const all = ids([]);
  deepEqual(ids(["trend", "range", "mode"]), all.filter((id) => !["trend", "range", "mode"].includes(id)));
  deepEqual(ids(all), ["symbol", "exchange", "price"]);
});
