import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { parts } from "./parts.ts";

const NIFTY = { exchange: "nse", token: "99926000", symbol: "Nifty 50", last_traded_price: 24_800 };

function setUp() {
  let now = 1_795_149_932_000;
  const store = parts.createStore({ now: () => now });
  store.link({ kind: "open" });
  store.info({ available_exchanges: ["nse", "mcx"], source: "live", epoch: "a" });
  return {
    store,
    wait: (ms: number) => now += ms,
    ticks: (ticks: unknown[], more = {}) =>
      store.data({ ticks, snapshot: false, conflated: 0, receivedAt: now, ...more }),
    worth: (key: string) => store.worth(store.rows.get(key)),
  };
}

Deno.test("change() needs a previous close, and takes no other price for it", () => {
  const { store, ticks } = setUp();
  ticks([NIFTY]);
  const row = store.rows.get("nse:99926000");
  equal(store.change(row), undefined);
  ticks([{ ...NIFTY, close: 24_000 }]);
  const { points, percent } = store.change(row);
  deepEqual([points, percent.toFixed(2)], [800, "3.33"]);
});

Deno.test("an index is told by its eight digits: a commodity's token may begin alike", () => {
  const { store, ticks } = setUp();
  ticks([NIFTY, { exchange: "mcx", token: "999999", symbol: "KILO", last_traded_price: 3e7 }]);
  equal(store.rows.get("nse:99926000").index, true);
  equal(store.rows.get("mcx:999999").index, false);
});

Deno.test("the same token at two exchanges is two rows", () => {
  const { store, ticks } = setUp();
  ticks([NIFTY, { ...NIFTY, exchange: "bse" }]);
  equal(store.rows.size, 2);
});

Deno.test("what is no tick changes nothing", () => {
  const { store, ticks } = setUp();
  ticks([null, 7, {}, { ...NIFTY, last_traded_price: "1" }, { ...NIFTY, token: 5 }, {
    ...NIFTY,
    last_traded_price: NaN,
  }]);
  equal(store.rows.size, 0);
});

Deno.test("upstream_down makes prices stale; after upstream_up each is live again with its next tick", () => {
  const { store, ticks, worth } = setUp();
  const key = "nse:99926000";
  ticks([NIFTY, { ...NIFTY, token: "3045" }]);
  equal(worth(key), "live");
  store.system({ type: "system", status: "upstream_down", message: "No market data" });
  equal(worth(key), "stale");
  equal(store.notices()[0].id, "trouble");
  ticks([NIFTY]);
  equal(worth(key), "stale", "a tick that was on its way before the cut");
  store.system({ type: "system", status: "upstream_up", from: 1, to: 2 });
  equal(store.notices().length, 0);
  equal(worth("nse:3045"), "stale");
  ticks([NIFTY]);
  equal(worth(key), "live");
  equal(worth("nse:3045"), "stale");
});

Deno.test("upstream_down of some instruments leaves the others live", () => {
  const { store, ticks, worth } = setUp();
  ticks([NIFTY, { ...NIFTY, token: "3045" }]);
  store.system({ type: "system", status: "upstream_down", instruments: ["nse:3045"] });
  deepEqual([worth("nse:99926000"), worth("nse:3045"), store.cut], ["live", "stale", false]);
});

Deno.test("a lost connection makes every price stale, until the next connection's ticks", () => {
  const { store, ticks, worth } = setUp();
  ticks([NIFTY]);
  store.link({ kind: "lost", code: 1006, reason: "", attempt: 1, retryAt: 0 });
  equal(worth("nse:99926000"), "stale");
  store.link({ kind: "open" });
  store.info({ available_exchanges: ["nse"], epoch: "b" });
  equal(worth("nse:99926000"), "stale");
  ticks([NIFTY], { snapshot: true });
  equal(worth("nse:99926000"), "live");
  equal(store.log[0].text, "Connected; the proxy was restarted");
});

Deno.test("list() makes rows that wait for a tick, and takes the others away for good", () => {
  const { store, ticks, worth } = setUp();
  ticks([NIFTY]);
  store.list([["mcx:574841", { mode: "quote", symbol: "GOLD" }], ["nse:3045", { mode: "ltp" }]]);
  deepEqual([...store.rows.keys()], ["mcx:574841", "nse:3045"]);
  deepEqual([worth("nse:3045"), store.rows.get("mcx:574841").symbol], ["waiting", "GOLD"]);
  ticks([NIFTY]);
  equal(store.rows.size, 2, "a tick that was still on its way brings nothing back");
});

Deno.test("a refused instrument keeps its row and says why, until it ticks", () => {
  const { store, ticks, worth } = setUp();
  store.list([["nse:99926000", { mode: "quote", symbol: "Nifty 50" }]]);
  store.granted("nse:99926000", { status: "refused", code: "budget_exhausted", message: "full" });
  const row = store.rows.get("nse:99926000");
  deepEqual([worth(row.key), row.refusal.code], ["refused", "budget_exhausted"]);
  ticks([NIFTY]);
  deepEqual([worth(row.key), row.refusal], ["live", undefined]);
});

Deno.test("a row is its last tick: what a lower mode no longer tells is not shown on", () => {
  const { store, ticks } = setUp();
  ticks([{ ...NIFTY, mode: "snapquote", bids: [{ price: 1 }], asks: [{ price: 2 }], volume: 7 }]);
  const row = store.rows.get("nse:99926000");
  deepEqual([row.bid, row.ask, row.volume], [1, 2, 7]);
  ticks([{ ...NIFTY, mode: "ltp" }]);
  deepEqual([row.bid, row.ask, row.volume], [undefined, undefined, undefined]);
});

Deno.test("a snapshot is as old as its exchange says, and no movement", () => {
  const { store, ticks } = setUp();
  ticks([{ ...NIFTY, exchange_timestamp: 1_795_149_900_000 }], { snapshot: true });
  ticks([{ ...NIFTY, exchange_timestamp: 1_795_149_900_000, last_traded_price: 24_900 }], { snapshot: true });
  const row = store.rows.get("nse:99926000");
  deepEqual([row.tickedAt, row.changes, row.direction], [1_795_149_900_000, 0, 1]);
  ticks([{ ...NIFTY, last_traded_price: 24_899 }]);
  deepEqual([row.changes, row.direction], [1, -1]);
});

Deno.test("errors, holes and the shutdown are shown", () => {
  const { store } = setUp();
  store.failed({ code: "unknown_exchange", message: "nyse is not known" });
  store.hole({ from: 3, to: 4 });
  store.system({ type: "system", status: "shutdown", message: "Server shutting down" });
  deepEqual(Array.from(store.notices(), ({ title }: { title: string }) => title), [
    "Server shutting down",
    "Error",
  ]);
  equal(store.counts.missing, 2);
  deepEqual(
    Array.from(store.log.slice(0, 2), ({ text }: { text: string }) => text),
    ["Server shutting down", "2 data messages never came (seq 3 to 4)"],
  );
});

Deno.test("trend() carries a price on, and breaks at an outage", () => {
  const { store, ticks, wait } = setUp();
  ticks([NIFTY]);
  wait(6_000);
  const row = store.rows.get("nse:99926000");
  deepEqual([...store.trend(row)].slice(-3), [24_800, 24_800, 24_800]);
  store.system({ type: "system", status: "upstream_down" });
  wait(3_000);
  deepEqual([...store.trend(row)].slice(-2), [24_800, undefined]);
});

Deno.test("candles are made of ticks of now: no snapshot, no closed market, and nothing across an outage", () => {
  const { store, ticks } = setUp();
  const tick = { ...NIFTY, exchange_timestamp: 1_795_149_900_000 };
  ticks([tick], { snapshot: true });
  ticks([{ ...tick, freshness: "closed" }]);
  const { candles } = store.rows.get("nse:99926000");
  equal(candles.of(1).length, 0);
  ticks([tick]);
  store.link({ kind: "lost", code: 1006, reason: "", attempt: 1, retryAt: 0 });
  store.link({ kind: "open" });
  ticks([{ ...tick, exchange_timestamp: 1_795_149_905_000 }]);
  deepEqual(
    Array.from(
      candles.places(1),
      ({ close, outage }: { close?: number; outage?: boolean }) => close ?? outage,
    ),
    [24_800, true, true, true, true, 24_800],
  );
});

Deno.test("what only the first message said of a feed that was down ends with the first tick", () => {
  const { store, ticks, worth } = setUp();
  const markets = { nse: { state: "open", stale: true } };
  store.info({ available_exchanges: ["nse"], source: "replay", markets, upstream: { state: "down" } });
  equal(store.notices().length > 0, true);
  ticks([NIFTY]);
  equal(worth("nse:99926000"), "live");
  equal(store.notices().length, 0);
});

Deno.test("another moment of a replay makes all that was shown void", () => {
  const { store, ticks, worth } = setUp();
  ticks([{ ...NIFTY, close: 24_000, exchange_timestamp: 1_795_149_931_000 }]);
  store.sought();
  const row = store.rows.get("nse:99926000");
  equal(worth("nse:99926000"), "waiting");
  deepEqual(
    [row.price, row.close, row.tick, store.feed.exchangeTime, store.change(row)],
    Array(5).fill(undefined),
  );
  equal(row.candles.count(1), 0);
});
