import assert from "node:assert/strict";
import { MarketData } from "../../lib/feed/market_data.ts";
import type { InstrumentHours } from "../../lib/market/instrument_hours.ts";
import { hoursOfPhase } from "../hours.ts";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { FakeClock } from "../fakes.ts";
import { ltpTick } from "../ticks.ts";

const NO_PACKET = new Uint8Array(0);

function setUp() {
  const clock = new FakeClock();
  const state = {
    hours: hoursOfPhase("open", 0, clock.now() + 60_000) as InstrumentHours,
    looks: 0,
    seen: [] as string[],
    up: clock.elapsed() as number | undefined,
    demands: 0,
    prices: [] as string[],
    offered: [] as { price: number; closed: boolean }[],
  };
  const data = new MarketData({
    clock,
    hours: () => (state.looks++, state.hours),
    seenTrading: (key) => state.seen.push(key),
    upSince: () => state.up,
  });
  data.attach((key, doubt) => state.prices.push(`${key} ${doubt?.reason}`));
  data.demand.onChange(() => state.demands++);
  data.subscribe(
    {
      offer: ({ tick, closed }) => state.offered.push({ price: tick.lastPrice!, closed }),
    },
    "nse:1",
    "ltp",
  );
  const accept = (price: number, age = 0, key: InstrumentKey = "nse:1") => {
    const tick = ltpTick(key, price, { exchangeTime: clock.now() - age, receivedAt: clock.now() });
    data.accept(tick, NO_PACKET);
  };
  const heard = () => state.offered.map(({ price }) => price);
  return { accept, clock, data, heard, state };
}

Deno.test("accept() keeps a tick and hands it to who wants it", () => {
  const { accept, clock, data, heard, state } = setUp();
  assert.equal(state.demands, 1);
  accept(5);
  assert.deepEqual(heard(), [5]);
  assert.equal(data.last("nse:1")?.tick.lastPrice, 5);
  assert.equal(data.tickedAt("nse:1"), clock.elapsed());
  assert.equal(data.freshness("nse:1", "ltp"), "live");
  assert.equal(data.stats.ticks, 1);
});

Deno.test("what the login says of the clock counts from the first tick on, whatever was asked before the login", () => {
  for (const asked of [false, true]) {
    const clock = new FakeClock();
    const login: { leadMs?: number } = {};
    const data = new MarketData({
      clock,
      hours: () => hoursOfPhase("open", 0, clock.now() + 60_000),
      seenTrading: () => {},
      upSince: () => clock.elapsed(),
      leadMs: () => login.leadMs,
    });
    if (asked) data.freshness("nse:1", "ltp");
    // This machine is two minutes ahead.
    login.leadMs = -120_000;
    const now = clock.now();
    data.accept(ltpTick("nse:1", 5, { exchangeTime: now - 120_000, receivedAt: now }), NO_PACKET);
    assert.equal(data.freshness("nse:1", "ltp"), "live", `asked before: ${asked}`);
  }
});

Deno.test("accept() lets a rejected tick change no price, counts it, and tells once that the price is doubtful", () => {
  const { accept, data, heard, state } = setUp();
  accept(5);
  accept(6, 3_600_000);
  accept(7, 3_600_000);
  assert.deepEqual(heard(), [5]);
  assert.deepEqual([...data.rejected.counts], [["time_backwards", 2]]);
  assert.equal(data.last("nse:1")?.tick.lastPrice, 5);
  assert.equal(data.freshness("nse:1", "ltp"), "suspect");
  assert.deepEqual(state.prices, ["nse:1 time_backwards"]);
  accept(8);
  assert.equal(data.freshness("nse:1", "ltp"), "live");
  assert.deepEqual(state.prices, ["nse:1 time_backwards", "nse:1 undefined"]);
});

Deno.test("reject() makes the price of its instrument doubtful, and without one only counts", () => {
  const { accept, data, state } = setUp();
  accept(5);
  data.reject("wrong_length", NO_PACKET);
  assert.equal(data.freshness("nse:1", "ltp"), "live");
  data.reject("wrong_length", NO_PACKET, "nse:1");
  assert.equal(data.freshness("nse:1", "ltp"), "suspect");
  assert.deepEqual(state.prices, ["nse:1 wrong_length"]);
  assert.deepEqual([...data.rejected.counts], [["wrong_length", 2]]);
});

Deno.test("accept() marks a tick that came while its market was closed; what it is worth later is asked later", () => {
  const { accept, clock, data, state } = setUp();
  state.hours = hoursOfPhase("closed", 0, clock.now() + 60_000);
  accept(5);
  assert.deepEqual(state.offered, [{ price: 5, closed: true }]);
  assert.equal(data.freshness("nse:1", "ltp"), "closed");
  state.hours = hoursOfPhase("open");
  clock.advance(61_000);
  assert.equal(data.freshness("nse:1", "ltp"), "quiet");
});

Deno.test("hours() are looked up once a phase, and again when the clock leaves it either way", () => {
  const { accept, clock, data, state } = setUp();
  state.hours = { ...state.hours, from: clock.now() - 1_000 };
  for (let i = 0; i < 100; i++) accept(1 + i);
  assert.equal(state.looks, 1);
  clock.advance(59_999);
  assert.equal(data.hours("nse:1").trading, true);
  state.hours = hoursOfPhase("closed", clock.now());
  clock.advance(1);
  assert.equal(data.hours("nse:1").closed, true);
  assert.equal(state.looks, 2);
  clock.setWall(-3_600_000);
  data.hours("nse:1");
  assert.equal(state.looks, 3);
});

Deno.test("freshness() is stale while the feed is down, and until the first tick after it", () => {
  const { accept, clock, data, state } = setUp();
  accept(5);
  state.up = undefined;
  assert.equal(data.freshness("nse:1", "ltp"), "stale");
  clock.advance(1_000);
  state.up = clock.elapsed();
  assert.equal(data.freshness("nse:1", "ltp"), "stale");
  accept(6);
  assert.equal(data.freshness("nse:1", "ltp"), "live");
});

Deno.test("keepOnly() forgets last values that are no longer kept current", () => {
  const { accept, data } = setUp();
  accept(5);
  accept(6, 0, "nse:2");
  data.keepOnly(new Map([["nse:2", "ltp"]]));
  assert.equal(data.last("nse:1"), undefined);
  assert.equal(data.last("nse:2")?.tick.lastPrice, 6);
});
