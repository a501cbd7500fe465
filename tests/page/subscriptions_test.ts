import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { parts } from "./parts.ts";

interface Sent {
  command: string;
  exchange: string;
  tokens?: string[];
  symbols?: string[];
  mode?: string;
}

/** The page's list over a proxy that entitlements everything but the tokens and names that are to be refused. */
function setUp({ lists = {} as Record<string, string[]>, refused = [] as string[] } = {}) {
  const store = parts.createStore({ now: () => 0 });
  const watchlist = parts.createWatchlist();
  let sent: Sent[] = [];
  const ask = (command: Sent) => {
    sent.push(command);
    const { exchange, mode } = command;
    const results = command.symbols?.map((symbol) =>
      refused.includes(symbol)
        ? {
          status: "refused",
          instrument: symbol,
          code: "unknown_instrument",
          message: "no",
          suggestions: ["nse:A"],
        }
        : { status: "accepted", instrument: "nse:77", symbol, mode }
    ) ?? (command.tokens ?? lists[exchange])!.map((token) =>
      refused.includes(token)
        ? {
          status: "refused",
          instrument: `${exchange}:${token}`,
          code: "unknown_instrument",
          message: "no",
        }
        : { status: "accepted", instrument: `${exchange}:${token}`, symbol: `S${token}`, mode }
    );
    const answer = { status: "success", results };
    return results.every(({ status }) => status === "refused")
      ? Promise.reject(Object.assign(new Error("refused"), { code: "unknown_instrument", answer }))
      : Promise.resolve(answer);
  };
  const subscriptions = parts.createSubscriptions({ ask, watchlist, store });
  return {
    parts,
    store,
    watchlist,
    subscriptions,
    /** What was sent since the last look, in short. */
    sent() {
      const words = sent.map(({ command, exchange, tokens, symbols, mode }) =>
        [command, exchange, symbols ?? tokens, mode].filter((word) => word !== undefined).join(" ")
      );
      sent = [];
      return words;
    },
  };
}

Deno.test("at first the page shows the proxy's lists; a change asks for the difference alone", async () => {
  const { subscriptions, store, watchlist, sent } = setUp({ lists: { nse: ["1", "2"], mcx: ["9"] } });
  await subscriptions.connected(["nse", "mcx"]);
  deepEqual(sent(), ["subscribe nse quote", "subscribe mcx quote"]);
  deepEqual([...store.rows.keys()], ["nse:1", "nse:2", "mcx:9"]);
  equal(store.rows.get("nse:1").symbol, "S1");
  await subscriptions.add("nse:3", { mode: "ltp", symbol: "THREE" });
  await subscriptions.add("nse:1", { mode: "snapquote" });
  subscriptions.remove("mcx:9");
  deepEqual(sent(), ["subscribe nse 3 ltp", "subscribe nse 1 snapquote", "unsubscribe mcx 9"]);
  equal(watchlist.own, true);
  deepEqual([...store.rows.keys()], ["nse:1", "nse:2", "nse:3"]);
});

Deno.test("after a reconnect exactly the list is asked for, by token and mode", async () => {
  const { subscriptions, sent } = setUp({ lists: { nse: ["1", "2"] } });
  await subscriptions.connected(["nse"]);
  await subscriptions.add("bse:5", { mode: "ltp" });
  subscriptions.remove("nse:2");
  sent();
  subscriptions.lost();
  subscriptions.remove("nse:1");
  deepEqual(sent(), []);
  await subscriptions.add("nse:4", { mode: "quote" });
  await subscriptions.connected(["nse", "mcx"]);
  deepEqual(sent(), ["subscribe bse 5 ltp", "subscribe nse 4 quote"]);
});

Deno.test("the row that is looked at comes in snapquote, and goes back to its own mode after", async () => {
  const { subscriptions, watchlist, sent } = setUp({ lists: { nse: ["1", "2"] } });
  await subscriptions.connected(["nse"]);
  sent();
  subscriptions.look("nse:1");
  subscriptions.look("nse:2");
  subscriptions.look(undefined);
  deepEqual(sent(), [
    "subscribe nse 1 snapquote",
    "subscribe nse 1 quote",
    "subscribe nse 2 snapquote",
    "subscribe nse 2 quote",
  ]);
  equal(watchlist.own, false, "looking changes no list");
});

Deno.test("what is refused is said in its row, and asked again only when it is added again", async () => {
  const { subscriptions, store, sent } = setUp({ lists: { nse: ["1"] }, refused: ["404"] });
  await subscriptions.connected(["nse"]);
  await subscriptions.add("nse:404", { mode: "quote", symbol: "GONE" });
  await subscriptions.add("nse:2", { mode: "quote" });
  equal(store.rows.get("nse:404").refusal.code, "unknown_instrument");
  deepEqual(sent(), ["subscribe nse quote", "subscribe nse 404 quote", "subscribe nse 2 quote"]);
  await subscriptions.add("nse:404", { mode: "quote" });
  deepEqual(sent(), ["subscribe nse 404 quote"]);
});

Deno.test("names are looked up by the proxy, which suggests others for those it does not know", async () => {
  const { subscriptions, store } = setUp({ lists: { nse: ["1"] }, refused: ["RELAINCE"] });
  await subscriptions.connected(["nse"]);
  const results = await subscriptions.addNames(["RELAINCE"], "quote");
  deepEqual([...results[0].suggestions], ["nse:A"]);
  equal(store.rows.size, 1);
  await subscriptions.addNames(["RELAINCE", "SBIN"], "ltp");
  deepEqual([...store.rows.keys()], ["nse:1", "nse:77"]);
});

Deno.test("reset() goes back to the proxy's lists; restore() brings the user's own back", async () => {
  const { subscriptions, store, watchlist, sent } = setUp({ lists: { nse: ["1"] } });
  await subscriptions.connected(["nse"]);
  await subscriptions.add("nse:5", { mode: "ltp" });
  subscriptions.remove("nse:1");
  const former = watchlist.entries();
  sent();
  await subscriptions.reset();
  deepEqual(sent(), ["subscribe nse quote", "unsubscribe nse 5"]);
  deepEqual([...store.rows.keys(), watchlist.own], ["nse:1", false]);
  subscriptions.restore(former);
  deepEqual(sent(), ["unsubscribe nse 1", "subscribe nse 5 ltp"]);
  deepEqual([...store.rows.keys(), watchlist.own], ["nse:5", true]);
});

Deno.test("a connection that is lost before the answer refuses nothing", async () => {
  const { parts, store, watchlist } = setUp();
  watchlist.set("nse:1", { mode: "quote", symbol: "ONE" });
  const lost = Object.assign(new Error("The connection was lost before the answer came"), { code: "lost" });
  const subscriptions = parts.createSubscriptions({ ask: () => Promise.reject(lost), watchlist, store });
  await subscriptions.connected(["nse"]);
  await subscriptions.add("nse:2", { mode: "ltp" });
  await Promise.resolve();
  deepEqual([...store.rows.values()].map((row) => row.refusal), [undefined, undefined]);
  deepEqual(store.log.length, 0);
});

Deno.test("a saved contract whose number means another one now is given up, and says so", async () => {
  const { subscriptions, store, watchlist, sent } = setUp();
  watchlist.set("nfo:40001", { mode: "quote", symbol: "NIFTY24NOV2623500CE" });
  watchlist.set("nfo:40002", { mode: "quote", symbol: "S40002" });
  watchlist.set("nse:5097", { mode: "quote", symbol: "ZOMATO-EQ" });
  await subscriptions.connected([]);
  await Promise.resolve();
  await Promise.resolve();
  deepEqual(sent().at(-1), "unsubscribe nfo 40001");
  equal(store.rows.get("nfo:40001")!.refusal.code, "replaced");
  // A share keeps its number, whatever it is called.
  deepEqual(["nfo:40002", "nse:5097"].map((key) => store.rows.get(key)!.refusal), [undefined, undefined]);
  equal(watchlist.has("nfo:40001"), true);
});
