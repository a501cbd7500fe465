import assert from "node:assert/strict";
import { Feed, type Hours } from "../../lib/feed/market_data.ts";
import type { InstrumentKey, Mode, Tick } from "../../lib/market/market.ts";
import { FakeClock } from "../fakes.ts";
import { ltpTick } from "../ticks.ts";

interface Item {
  readonly tick: Tick;
  readonly closed: boolean;
}

function setUp() {
  const clock = new FakeClock();
  const state = {
    hours: { trading: true, continuous: true, closed: false, until: clock.now() + 60_000 } as Hours,
    looks: 0,
    up: clock.now() as number | undefined,
    demands: 0,
    doubts: [] as string[],
    heard: [] as number[],
  };
  const feed = new Feed<Item>({
    clock,
    hours: () => (state.looks++, state.hours),
    upSince: () => state.up,
    wrap: (tick, closed) => ({ tick, closed }),
    demandChanged: () => state.demands++,
    doubted: (key, reason) => state.doubts.push(`${key} ${reason}`),
  });
  feed.hub.add({ offer: (item: Item, _mode: Mode) => state.heard.push(item.tick.lastPrice) }, "nse:1", "ltp");
  const accept = (price: number, age = 0, key: InstrumentKey = "nse:1") =>
    feed.accept(ltpTick(key, price, { exchangeTime: clock.now() - age, receivedAt: clock.now() }));
  return { accept, clock, feed, state };
}

Deno.test("accept() keeps a tick and hands it to who wants it", () => {
  const { accept, clock, feed, state } = setUp();
  assert.equal(state.demands, 1);
  assert.equal(accept(5), undefined);
  assert.deepEqual(state.heard, [5]);
  assert.equal(feed.last("nse:1")?.tick.lastPrice, 5);
  assert.equal(feed.tickedAt("nse:1"), clock.now());
  assert.equal(feed.freshness("nse:1"), "live");
});

Deno.test("accept() lets a tick it does not believe change nothing, and tells of the doubt once", () => {
  const { accept, feed, state } = setUp();
  accept(5);
  assert.equal(accept(6, 3_600_000), "time_backwards");
  assert.equal(accept(7, 3_600_000), "time_backwards");
  assert.deepEqual(state.heard, [5]);
  assert.equal(feed.last("nse:1")?.tick.lastPrice, 5);
  assert.equal(feed.freshness("nse:1"), "suspect");
  assert.deepEqual(state.doubts, ["nse:1 time_backwards"]);
  accept(8);
  assert.equal(feed.freshness("nse:1"), "live");
  assert.deepEqual(state.doubts, ["nse:1 time_backwards", "nse:1 undefined"]);
});

Deno.test("accept() marks a tick that came while the exchange was closed", () => {
  const { accept, feed, state } = setUp();
  state.hours = { trading: false, continuous: false, closed: true, until: Infinity };
  accept(5);
  assert.equal(feed.last("nse:1")?.closed, true);
  assert.equal(feed.freshness("nse:1"), "closed");
});

Deno.test("hours() are looked up once a phase", () => {
  const { accept, clock, feed, state } = setUp();
  for (let i = 0; i < 100; i++) accept(1 + i);
  assert.equal(state.looks, 1);
  clock.advance(59_999);
  assert.equal(feed.hours("nse").trading, true);
  state.hours = { trading: false, continuous: false, closed: true, until: Infinity };
  clock.advance(1);
  assert.equal(feed.hours("nse").closed, true);
  assert.equal(state.looks, 2);
});

Deno.test("freshness() is stale while the feed is down, and until the first tick after it", () => {
  const { accept, clock, feed, state } = setUp();
  accept(5);
  state.up = undefined;
  assert.equal(feed.freshness("nse:1"), "stale");
  clock.advance(1_000);
  state.up = clock.now();
  assert.equal(feed.freshness("nse:1"), "stale");
  accept(6);
  assert.equal(feed.freshness("nse:1"), "live");
});

Deno.test("keepOnly() forgets last values that are no longer kept current", () => {
  const { accept, feed } = setUp();
  accept(5);
  accept(6, 0, "nse:2");
  feed.keepOnly(new Map([["nse:2", "ltp"]]));
  assert.equal(feed.last("nse:1"), undefined);
  assert.equal(feed.last("nse:2")?.tick.lastPrice, 6);
});
