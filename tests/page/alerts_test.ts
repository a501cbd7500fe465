import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { parts } from "./parts.ts";

const KEY = "nse:3045";
const SBIN = { exchange: "nse", token: "3045", symbol: "SBIN-EQ", close: 800, freshness: "live" };

/** As much of `localStorage` as the page uses. */
function memory(stored: Record<string, string> = {}) {
  const values = new Map(Object.entries(stored));
  return {
    getItem: (name: string) => values.get(name) ?? null,
    setItem: (name: string, text: string) => void values.set(name, text),
    removeItem: (name: string) => void values.delete(name),
  };
}

function setUp(storage = memory()) {
  let now = 1_795_149_932_000;
  const rung: string[] = [];
  const alerts = parts.createAlerts({
    storage,
    now: () => now,
    // deno-lint-ignore no-explicit-any
    ring: (alert: any, row: any) =>
      rung.push(`${alert.kind} at ${row.price}${alert.unseen ? " unseen" : ""}`),
  });
  const store = parts.createStore({ now: () => now, ticked: alerts.ticked });
  const open = () => {
    store.link({ kind: "open" });
    store.info({ available_exchanges: ["nse"], epoch: "a", markets: { nse: { state: "open" } } });
  };
  open();
  store.list([[KEY, { mode: "snapquote", symbol: "SBIN-EQ" }]]);
  return {
    alerts,
    rung,
    store,
    open,
    storage,
    lose: () => store.link({ kind: "lost", code: 1006, reason: "" }),
    tick(price: number, more: Record<string, unknown> = {}, snapshot = false) {
      now += 1_000;
      const ticks = [{ ...SBIN, last_traded_price: price, exchange_timestamp: now, ...more }];
      store.data({ ticks, snapshot, conflated: 0, receivedAt: now });
    },
    add: (kind: string, value?: number) => alerts.add({ key: KEY, symbol: "SBIN-EQ", kind, value }),
  };
}

Deno.test("a price that crosses its level rings once, up or down", () => {
  for (const [from, to] of [[799, 801], [801, 799], [799, 800]] as const) {
    const { add, tick, rung } = setUp();
    equal(add("price", 800), undefined);
    tick(from);
    tick(from);
    deepEqual(rung, []);
    tick(to);
    tick(from);
    tick(to);
    deepEqual(rung, [`price at ${to}`]);
  }
});

Deno.test("a price that is beyond the level when the alert is set rings nothing by being there", () => {
  const { add, tick, rung } = setUp();
  tick(850);
  add("price", 800);
  tick(850);
  tick(900);
  deepEqual(rung, []);
  // On the level itself it is on neither side yet.
  add("price", 900);
  tick(900);
  tick(901);
  tick(950);
  deepEqual(rung, []);
});

Deno.test("nothing rings by last known, old, suspect or closed prices", () => {
  const { add, tick, rung, store } = setUp();
  add("price", 800);
  tick(799);
  tick(900, {}, true);
  for (const freshness of ["stale", "suspect", "closed"]) tick(900, { freshness });
  deepEqual(rung, []);
  store.system({ type: "system", status: "upstream_down", message: "No market data" });
  tick(900);
  deepEqual(rung, []);
});

Deno.test("a gap arms nothing: a last known value beyond the level is not the side from which it crosses", () => {
  const { add, tick, rung } = setUp();
  add("price", 800);
  tick(850, {}, true);
  tick(799);
  tick(798);
  deepEqual(rung, []);
});

Deno.test("what crossed in a gap rings at the first live tick after it, and says that it was not seen", () => {
  const { add, tick, rung, lose, open } = setUp();
  add("price", 800);
  tick(799);
  lose();
  open();
  tick(805, {}, true);
  deepEqual(rung, []);
  tick(805);
  deepEqual(rung, ["price at 805 unseen"]);
});

Deno.test("a gap in which it went there and back rings nothing", () => {
  const { add, tick, rung, store } = setUp();
  add("price", 800);
  tick(799);
  store.system({ type: "system", status: "upstream_down", message: "No market data" });
  tick(900);
  store.system({ type: "system", status: "upstream_up", message: "Market data again", from: 1, to: 2 });
  tick(798);
  deepEqual(rung, []);
});

Deno.test("the day's change needs a previous close, and its sign is a direction", () => {
  const { add, tick, rung } = setUp();
  add("percent", 5);
  add("percent", -5);
  tick(800);
  tick(900, { close: undefined });
  tick(839);
  deepEqual(rung, []);
  tick(840);
  tick(760);
  deepEqual(rung, ["percent at 840", "percent at 760"]);
});

Deno.test("volume and circuit limits wait for ticks that carry them", () => {
  const { add, tick, rung } = setUp();
  add("volume", 1_000);
  add("circuit");
  tick(800);
  tick(880, { volume: 999, upper_circuit: 0, lower_circuit: 0 });
  tick(879, { volume: 999, upper_circuit: 880, lower_circuit: 720 });
  // A mode without them says nothing of them.
  tick(880);
  deepEqual(rung, []);
  tick(880, { volume: 1_000, upper_circuit: 880, lower_circuit: 720 });
  deepEqual(rung, ["volume at 880", "circuit at 880"]);
});

Deno.test("a volume that is there already rings nothing until a new day began from below", () => {
  const { add, tick, rung } = setUp();
  add("volume", 1_000);
  tick(800, { volume: 5_000 });
  tick(800, { volume: 6_000 });
  deepEqual(rung, []);
  tick(800, { volume: 10 });
  tick(800, { volume: 1_200 });
  deepEqual(rung, ["volume at 800"]);
});

Deno.test("alerts outlive a reload, and one that rang may be armed again", () => {
  const first = setUp();
  first.add("price", 800);
  first.add("price", 700);
  first.tick(799);
  first.tick(801);
  equal(first.rung.length, 1);
  const second = setUp(first.storage);
  second.tick(650);
  deepEqual(second.rung, ["price at 650 unseen"]);
  const [rang] = second.alerts.list;
  second.alerts.again(rang);
  second.tick(650);
  second.tick(810);
  equal(second.rung.at(-1), "price at 810");
  second.alerts.remove(rang);
  equal(second.alerts.list.length, 1);
});

Deno.test("alerts refuse what means nothing", () => {
  const { add, alerts } = setUp();
  match(add("price", NaN), /needs a number/);
  match(add("price", -5), /above 0/);
  match(add("percent", 0), /above or below 0/);
  match(add("moon", 5), /no such alert/);
  match(add("toString", 5), /no such alert/);
  equal(add("price", 5), undefined);
  match(add("price", 5), /already/);
  equal(alerts.needs(KEY), "ltp");
  add("circuit");
  equal(alerts.needs(KEY), "snapquote");
  equal(alerts.needs("nse:1"), undefined);
});

Deno.test("what was stored by hand or by half rings nothing and breaks nothing", () => {
  const alert = { key: KEY, kind: "price", value: 800, symbol: "SBIN-EQ", side: 7, armed: "yes" };
  for (
    const text of [
      "",
      "{",
      "null",
      "[]",
      '{"format":1}',
      '{"format":2,"alerts":[]}',
      '{"format":1,"alerts":[null,7]}',
    ]
  ) {
    equal(setUp(memory({ "smartapi-proxy.alerts": text })).alerts.list.length, 0, text);
  }
  const alerts = [alert, { ...alert, kind: "x" }, { ...alert, key: "<b>" }, { ...alert, value: "5" }];
  const page = setUp(memory({ "smartapi-proxy.alerts": JSON.stringify({ format: 1, alerts }) }));
  equal(page.alerts.list.length, 1);
  page.tick(801);
  deepEqual(page.rung, []);
});

function feedAlarm() {
  const feed = {
    epoch: "a",
    link: { kind: "open" } as { kind: string },
    markets: new Map([["nse", { state: "open", stale: false }], ["mcx", { state: "closed", stale: false }]]),
    allDown: false,
    allStale: false,
    trouble: undefined,
  };
  const alarm = parts.createFeedAlarm(feed);
  let now = 0;
  return {
    feed,
    /** Looks each second for so long. @returns What it said, and when. */
    pass(seconds: number) {
      const said: string[] = [];
      for (let i = 0; i < seconds; i++) {
        now += 1_000;
        const what = alarm.look(now);
        if (what !== undefined) said.push(what);
      }
      return said;
    },
    sleep: (seconds: number) => now += seconds * 1_000,
  };
}

Deno.test("FEED LOST comes after five seconds, once, and again only after a feed that was good", () => {
  const { feed, pass } = feedAlarm();
  deepEqual(pass(20), []);
  feed.link = { kind: "lost" };
  deepEqual(pass(5), []);
  feed.link = { kind: "connecting" };
  deepEqual(pass(60), ["no connection to the proxy"]);
  feed.link = { kind: "open" };
  deepEqual(pass(3), []);
  feed.allDown = true;
  deepEqual(pass(60), []);
  feed.allDown = false;
  pass(15);
  feed.markets.get("nse")!.stale = true;
  deepEqual(pass(60), ["NSE is open, and its feed is not up"]);
});

Deno.test("no FEED LOST at a short reconnection, outside market hours, before the first connection, or after sleep", () => {
  const short = feedAlarm();
  short.feed.link = { kind: "lost" };
  deepEqual(short.pass(4), []);
  short.feed.link = { kind: "open" };
  deepEqual(short.pass(20), []);

  const evening = feedAlarm();
  evening.feed.markets.get("nse")!.state = "closed";
  evening.feed.markets.get("mcx")!.stale = true;
  evening.feed.allDown = true;
  deepEqual(evening.pass(60), []);
  evening.feed.link = { kind: "lost" };
  deepEqual(evening.pass(60), []);

  const fresh = feedAlarm();
  Object.assign(fresh.feed, { epoch: undefined, link: { kind: "connecting" } });
  deepEqual(fresh.pass(60), []);

  const slept = feedAlarm();
  slept.pass(5);
  slept.feed.link = { kind: "lost" };
  slept.pass(2);
  slept.sleep(3_600);
  deepEqual(slept.pass(3), []);
});

Deno.test("the bell shows a title and a notification where nobody looks, and fails silently where it may not", async () => {
  const made: string[] = [];
  class Notify {
    static permission = "granted";
    constructor(text: string) {
      made.push(text);
    }
  }
  let focused = true;
  const bell = parts.createBell({
    Audio: undefined,
    Notify,
    permissions: undefined,
    focused: () => focused,
  });
  bell.ring("alert", "SBIN-EQ");
  deepEqual([made, bell.title], [[], ""]);
  focused = false;
  bell.ring("lost", "FEED LOST");
  deepEqual([made, bell.title], [["FEED LOST"], "● FEED LOST · "]);
  equal(bell.seen(), true);
  equal(bell.seen(), false);
  equal(bell.limits, undefined);
  Notify.permission = "denied";
  await bell.ask();
  match(bell.limits, /no notifications/);
  // It may be given in the browser's settings at any time.
  const status = Object.assign(new EventTarget(), { state: "denied" });
  const told = parts.createBell({
    Audio: undefined,
    Notify,
    permissions: { query: () => Promise.resolve(status) },
  });
  await Promise.resolve();
  match(told.limits, /no notifications/);
  status.state = "granted";
  status.dispatchEvent(new Event("change"));
  equal(told.limits, undefined);
  class Refuses {
    constructor() {
      throw new Error("no sound");
    }
  }
  parts.createBell({ Audio: Refuses, Notify: undefined, focused: () => false }).ring("alert", "x");
});

Deno.test("settings outlive a reload, and spoiled ones are none", () => {
  const storage = memory();
  parts.createSettings({ storage }).set("sound", false);
  equal(parts.createSettings({ storage }).get("sound"), false);
  for (const text of ["null", "[1]", "{", '"x"']) {
    equal(
      parts.createSettings({ storage: memory({ "smartapi-proxy.settings": text }) }).get("sound"),
      undefined,
    );
  }
  equal(parts.createSettings({}).get("toString"), undefined);
});
