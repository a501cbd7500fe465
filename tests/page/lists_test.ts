import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import * as dragModule from "../../static/page/list_drag.js";
import * as keysModule from "../../static/page/list_keys.js";
import * as listsModule from "../../static/page/lists.js";
import * as orderModule from "../../static/page/row_order.js";
import * as shortcutsModule from "../../static/page/shortcuts.js";
import * as ratesModule from "../../static/page/rates.js";
import * as importModule from "../../static/page/list_import.js";
import * as textModule from "../../static/page/list_text.js";
import { parts } from "./parts.ts";
import { StubElement } from "./stub_dom.ts";

// deno-lint-ignore no-explicit-any
const page: any = {
  ...dragModule,
  ...keysModule,
  ...listsModule,
  ...orderModule,
  ...shortcutsModule,
  ...ratesModule,
  ...importModule,
  ...textModule,
};

function memory(stored: Record<string, string> = {}) {
  const values = new Map(Object.entries(stored));
  return {
    values,
    getItem: (name: string) => values.get(name) ?? null,
    setItem: (name: string, text: string) => void values.set(name, text),
    removeItem: (name: string) => void values.delete(name),
  };
}

const names = (watchlist: { items(): [string, unknown][] }) => watchlist.items().map(([key]) => key);

Deno.test("rows are put in order by hand, with headings between them, and a reload keeps both", () => {
  const storage = memory();
  const watchlist = parts.createWatchlist({ storage });
  for (const token of ["1", "2", "3"]) watchlist.set(`nse:${token}`, { mode: "quote", symbol: `S${token}` });
  watchlist.move("nse:3", "nse:1");
  watchlist.move("nse:1", undefined);
  equal(watchlist.addSection("Banks", "nse:2"), "#1");
  watchlist.move("nse:404", "nse:1");
  const expected = ["nse:3", "#1", "nse:2", "nse:1"];
  deepEqual(names(watchlist), expected);
  deepEqual(watchlist.entries().map(([key]: [string]) => key), ["nse:3", "nse:2", "nse:1"]);
  const again = parts.createWatchlist({ storage });
  deepEqual(names(again), expected);
  equal(again.addSection("Rest"), "#2");
  again.remove("#1");
  deepEqual(names(again), ["nse:3", "nse:2", "nse:1", "#2"]);
});

Deno.test("headings are shown in the list's own order, and not in a sorted or filtered one", () => {
  const store = parts.createStore();
  store.list([["#1", { section: "Banks" }], ["nse:1", { mode: "ltp", symbol: "B" }], ["nse:2", {
    mode: "ltp",
    symbol: "A",
  }]]);
  const order = page.createRowOrder(store);
  const shown = () => order.rows().map(({ key }: { key: string }) => key);
  deepEqual(shown(), ["#1", "nse:1", "nse:2"]);
  const column = { id: "symbol", text: true, value: (row: { symbol: string }) => row.symbol };
  order.sortBy(column);
  deepEqual([shown(), order.kept], [["nse:2", "nse:1"], ["symbol", 1]]);
  order.restore(undefined, 1);
  order.filter("b");
  deepEqual(shown(), ["nse:1"]);
});

Deno.test("there are several lists, each stored by itself, and removing one can be undone", () => {
  const storage = memory();
  const lists = page.createLists({ storage });
  const watchlist = parts.createWatchlist({ storage });
  watchlist.set("nse:1", { mode: "quote", symbol: "A" });
  const banks = lists.add("  Banks ");
  deepEqual(banks, { id: 2, name: "Banks" });
  watchlist.open(lists.storedAs(2));
  deepEqual([watchlist.own, watchlist.size], [true, 0]);
  watchlist.set("nse:2", { mode: "quote", symbol: "B" });
  watchlist.open(lists.storedAs(1), { own: false });
  deepEqual(names(watchlist), ["nse:1"]);
  match(lists.add("Banks"), /already/);
  match(lists.add(" "), /needs a name/);
  equal(lists.rename(2, "Banken"), undefined);
  deepEqual(page.createLists({ storage }).all.map(({ name }: { name: string }) => name), [
    "Watch list",
    "Banken",
  ]);
  equal(lists.remove(1), undefined);
  const back = lists.remove(2);
  equal(storage.values.has(lists.storedAs(2)), false);
  back();
  watchlist.open(lists.storedAs(2));
  deepEqual(names(watchlist), ["nse:2"]);
  for (let i = 0; i < 7; i++) equal(typeof lists.add(`List ${i}`), "object");
  match(lists.add("one more"), /9 lists already/);
  for (const text of ["{", "[]", '{"format":1,"lists":[{"id":1.5,"name":"x"},null,{"id":7}]}']) {
    equal(page.createLists({ storage: memory({ "smartapi-proxy.lists": text }) }).all.length, 1);
  }
});

Deno.test("instruments are written as TradingView has them, and found again", () => {
  for (
    const [exchange, symbol, their] of [
      ["nse", "SBIN-EQ", "NSE:SBIN"],
      ["nse", "M&M-EQ", "NSE:M_M"],
      ["nse", "Nifty 50", "NSE:NIFTY"],
      ["bse", "SENSEX", "BSE:SENSEX"],
      ["bse", "SBIN", "BSE:SBIN"],
      ["nfo", "NIFTY29DEC2626000CE", "NSE:NIFTY261229C26000"],
      ["nfo", "SBIN29DEC26FUT", "NSE:SBINZ2026"],
      ["bfo", "SENSEX31DEC2685000PE", "BSE:SENSEX261231P85000"],
      ["cds", "USDINR29DEC2685.5CE", "NSE:USDINR261229C85.5"],
      ["ncx", "GUARSEED10", "NCDEX:GUARSEED10"],
    ] as const
  ) equal(page.toTradingView(exchange, symbol), their);
  for (
    const [their, name] of [
      ["NSE:SBIN", "nse:SBIN-EQ"],
      ["nse:NIFTY", "nse:Nifty 50"],
      ["BSE:SBIN", "bse:SBIN"],
      ["NSE:NIFTY261229C26000", "nfo:NIFTY29DEC2626000CE"],
      ["NSE:SBINZ2026", "SBIN DEC26 FUT"],
      ["SBIN", "SBIN"],
      ["NSE:SBIN-EQ", "nse:SBIN-EQ"],
    ] as const
  ) equal(page.fromTradingView(their), name);
});

const ITEMS = [
  ["#1", { section: 'Banks, "big"' }],
  ["nse:3045", { mode: "ltp", symbol: "SBIN-EQ" }],
  ["nfo:77", { mode: "snapquote", symbol: "NIFTY29DEC2626000CE" }],
  ["mcx:9", { mode: "quote", symbol: undefined }],
];

Deno.test("CSV goes out and comes back whole", () => {
  const text = page.exportCsv(ITEMS);
  deepEqual(page.importList(`\uFEFF${text}`), [
    { section: 'Banks, "big"' },
    { key: "nse:3045", symbol: "SBIN-EQ", mode: "ltp" },
    { key: "nfo:77", symbol: "NIFTY29DEC2626000CE", mode: "snapquote" },
    { key: "mcx:9", symbol: undefined, mode: "quote" },
  ]);
  deepEqual(page.importList("Symbol\nSBIN-EQ\n\nTCS-EQ"), [{ name: "SBIN-EQ", mode: "" }, {
    name: "TCS-EQ",
    mode: "",
  }]);
});

Deno.test("TradingView's text is read with its sections, by commas and by lines", () => {
  equal(page.exportTradingView(ITEMS), '###Banks  "big",\nNSE:SBIN,\nNSE:NIFTY261229C26000,\nMCX:9\n');
  deepEqual(page.importList("###Banks,NSE:SBIN,\nNSE:NIFTY\n\n"), [
    { section: "Banks" },
    { name: "nse:SBIN-EQ" },
    { name: "nse:Nifty 50" },
  ]);
  deepEqual(page.importList(""), []);
});

Deno.test("an import keeps the order, finds names together, and says which were not found", async () => {
  const watchlist = parts.createWatchlist();
  const asked: string[][] = [];
  const subscriptions = {
    rearranged() {},
    addNames(symbols: string[], mode: string) {
      asked.push([...symbols, mode]);
      return Promise.resolve(symbols.map((symbol) => {
        if (symbol === "gone") return { status: "refused" };
        watchlist.set(`nse:${symbol}`, { mode, symbol });
        return { status: "accepted" };
      }));
    },
  };
  const items = [{ name: "1" }, { name: "gone" }, { section: "S" }, { key: "mcx:2", mode: "ltp" }, {
    name: "3",
    mode: "all",
  }];
  deepEqual(await page.takeItems(items, { watchlist, subscriptions }), { added: 3, missing: ["gone"] });
  deepEqual(asked, [["1", "gone", "quote"], ["3", "quote"]]);
  deepEqual(names(watchlist), ["nse:1", "#1", "mcx:2", "nse:3"]);
});

Deno.test("rows are copied as plain numbers, what is not known as nothing, and no text as a formula", () => {
  const store = parts.createStore();
  store.link({ kind: "open" });
  store.info({ available_exchanges: ["nse"] });
  store.list([["nse:1", { mode: "quote", symbol: "=EVIL()" }], ["nse:2", { mode: "ltp", symbol: "B" }]]);
  const ticks = [{
    exchange: "nse",
    token: "1",
    last_traded_price: 1_234_567.85,
    close: 1_000_000,
    volume: 5,
  }];
  store.data({ ticks, snapshot: false, conflated: 0, receivedAt: 0 });
  const [, first, second] = page.copyRows([{ section: "x" }, ...store.rows.values()], store).split("\n");
  const cells = first.split("\t");
  ok(!/^[=+\-@]/.test(cells[0]));
  deepEqual(cells.slice(1), ["NSE", "1234567.85", "234567.85", "23.46", "", "", "5", ""]);
  equal(second, "B\tNSE\t\t\t\t\t\t\t");
});

Deno.test("the keys of the list", () => {
  const done: string[] = [];
  const list = {
    order: [1, 2, 3],
    at: 1,
    leap: 10,
    choose: (to: number) => done.push(`choose ${to}`),
    unselect: () => done.push("unselect"),
    remove: () => done.push("remove"),
    mode: () => done.push("mode"),
    move: (by: number) => done.push(`move ${by}`),
    copy: () => done.push("copy"),
  };
  const press = (key: string, more = {}) =>
    page.handle({ key, altKey: false, ctrlKey: false, metaKey: false, ...more }, list);
  for (const key of ["ArrowDown", "Home", "End", "Delete", "Backspace", "M", "Escape"]) {
    equal(press(key), true);
  }
  equal(press("ArrowUp", { altKey: true }), true);
  equal(press("c", { ctrlKey: true }), true);
  equal(press("x"), false);
  equal(press("Delete", { ctrlKey: true }), false);
  list.at = -1;
  for (const key of ["Delete", "m", "Escape"]) equal(press(key), false);
  equal(press("ArrowUp", { altKey: true }), false);
  deepEqual(done, [
    "choose 2",
    "choose 0",
    "choose 2",
    "remove",
    "remove",
    "mode",
    "unselect",
    "move -1",
    "copy",
  ]);
});

Deno.test("on a Mac the Command key is what Control is elsewhere, and neither counts with the other", () => {
  const keys = [{ metaKey: true }, { ctrlKey: true }, { metaKey: true, ctrlKey: true }, {}]
    .map((held) => ({ metaKey: false, ctrlKey: false, ...held }));
  deepEqual(keys.map((held) => page.hasCommandKey(held, true)), [true, false, false, false]);
  deepEqual(keys.map((held) => page.hasCommandKey(held, false)), [false, true, false, false]);
});

Deno.test("the mouse drags a row above another one, to the end, and nowhere in a sorted list; a finger scrolls", () => {
  const body = new StubElement("div");
  const lines = ["nse:1", "nse:2"].map((key) =>
    Object.assign(new StubElement("div"), { key, draggable: false })
  );
  const at = (line: unknown) => ({ target: { closest: () => line } });
  const dataTransfer = { effectAllowed: "", setData() {} };
  const moves: unknown[] = [];
  let movable = true;
  page.listenDrag(body, {
    keyOf: (line: { key: string } | null) => line?.key,
    movable: () => movable,
    move: (key: string, before?: string) => moves.push([key, before]),
  });
  const [first, second] = lines as [typeof lines[0], typeof lines[0]];
  body.fire("pointerdown", { ...at(first), pointerType: "touch" });
  equal(first.draggable, false);
  body.fire("drop", at(second));
  for (const target of [second, null]) {
    body.fire("pointerdown", { ...at(first), pointerType: "mouse" });
    equal(first.draggable, true);
    body.fire("dragstart", { ...at(first), dataTransfer });
    body.fire("dragover", at(target));
    equal("drop" in second.dataset, target === second);
    body.fire("drop", at(target));
    body.fire("dragend");
    equal("drop" in second.dataset, false);
  }
  deepEqual(moves, [["nse:1", "nse:2"], ["nse:1", undefined]]);
  movable = false;
  body.fire("pointerdown", { ...at(first), pointerType: "mouse" });
  equal(first.draggable, false);
});

Deno.test("the keys of the page leave those who type alone", () => {
  const done: string[] = [];
  const act = (name: string) => (n?: number) => done.push(n === undefined ? name : `${name} ${n}`);
  const acts = Object.fromEntries(
    ["search", "filter", "unfilter", "list", "help"].map((name) => [name, act(name)]),
  );
  const filter = { tagName: "INPUT" };
  const press = (key: string, more = {}) =>
    page.handleShortcut({ key, target: { tagName: "DIV" }, ...more }, acts, filter);
  for (const key of ["/", "?", "3"]) equal(press(key), true);
  equal(press("k", { ctrlKey: true }), true);
  equal(press("Escape", { target: filter }), true);
  for (const key of ["/", "?", "3"]) equal(press(key, { target: { tagName: "INPUT" } }), false);
  equal(press("3", { ctrlKey: true }), false);
  equal(press("k"), false);
  deepEqual(done, ["filter", "help", "list 3", "search", "unfilter"]);
});

Deno.test("rates are of the last three seconds", () => {
  const counts = { ticks: 0 };
  const traffic = { bytes: 0 };
  let at = 0;
  const rates = page.createRates({ counts, traffic, elapsed: () => at });
  deepEqual(rates(), { ticks: 0, bytes: 0 });
  for (let i = 0; i < 10; i++) {
    at += 1_000;
    counts.ticks += i < 5 ? 1_000 : 10;
    traffic.bytes += 100;
    rates();
  }
  deepEqual(rates(), { ticks: 10, bytes: 100 });
});
