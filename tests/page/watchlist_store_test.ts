import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { parts } from "./parts.ts";

const SBIN = { mode: "quote", symbol: "SBIN-EQ" };

function setUp(stored: Record<string, string> = {}) {
  const kept = new Map(Object.entries(stored));
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
  const { createWatchlist } = parts;
  return { kept, storage, createWatchlist, watchlist: createWatchlist({ storage }) };
}

// deno-lint-ignore no-explicit-any
const plain = (value: any) => JSON.parse(JSON.stringify(value));

Deno.test("the watch list is the proxy's until the first change, and the user's from then on", () => {
  const { watchlist, kept, storage, createWatchlist } = setUp();
  watchlist.follow([["nse:3045", SBIN], ["mcx:574841", { mode: "quote" }]]);
  deepEqual([watchlist.own, kept.size], [false, 0]);
  watchlist.set("nse:2885", { mode: "ltp", symbol: "RELIANCE-EQ" });
  watchlist.remove("mcx:574841");
  equal(watchlist.own, true);
  watchlist.follow([["bse:1", SBIN]]);
  const again = createWatchlist({ storage });
  deepEqual(plain(again.entries()), [["nse:3045", SBIN], ["nse:2885", {
    mode: "ltp",
    symbol: "RELIANCE-EQ",
  }]]);
  again.forget();
  deepEqual([again.own, again.size, kept.size], [false, 0, 0]);
});

Deno.test("a list of which nothing is left is still the user's", () => {
  const { watchlist, storage, createWatchlist } = setUp();
  watchlist.follow([["nse:3045", SBIN]]);
  watchlist.remove("nse:3045");
  deepEqual([createWatchlist({ storage }).own, createWatchlist({ storage }).size], [true, 0]);
});

Deno.test("of what is stored only whole entries count", () => {
  const name = "smartapi-proxy.watchlist";
  for (const text of ["", "{", "7", "null", '{"format":9,"instruments":[]}', '{"format":1}']) {
    equal(setUp({ [name]: text }).watchlist.own, false, text);
  }
  const instruments = [["nse:3045", "quote", 5], ["nse:", "quote"], ["nse:1", "all"], null, "x", [
    "NSE:1",
    "ltp",
  ]];
  const { watchlist } = setUp({ [name]: JSON.stringify({ format: 1, instruments }) });
  deepEqual(plain(watchlist.entries()), [["nse:3045", { mode: "quote" }]]);
});

Deno.test("the list works without storage, and with one that refuses", () => {
  const { createWatchlist } = setUp();
  const refuse = () => {
    throw new Error("denied");
  };
  for (const storage of [undefined, { getItem: refuse, setItem: refuse, removeItem: refuse }]) {
    const watchlist = createWatchlist({ storage });
    watchlist.set("nse:3045", SBIN);
    equal(watchlist.mode("nse:3045"), "quote");
    watchlist.forget();
    equal(watchlist.size, 0);
  }
});

Deno.test("a change in another window is taken over", () => {
  const { watchlist, kept } = setUp();
  watchlist.set("nse:3045", SBIN);
  const text = kept.get("smartapi-proxy.watchlist")!;
  watchlist.remove("nse:3045");
  equal(watchlist.storedElsewhere({ key: "another", newValue: text }), false);
  equal(watchlist.storedElsewhere({ key: "smartapi-proxy.watchlist", newValue: text }), true);
  equal(watchlist.has("nse:3045"), true);
  watchlist.storedElsewhere({ key: "smartapi-proxy.watchlist", newValue: null });
  equal(watchlist.own, false);
});
