import assert from "node:assert/strict";
import {
  type ExchangeEvent,
  ExchangeMonitor,
  type ExchangeState,
} from "../../lib/status/exchange_monitor.ts";
import type { Exchange } from "../../lib/market/market.ts";
import { FakeClock } from "../fakes.ts";

function setUp() {
  const clock = new FakeClock();
  const states: Partial<Record<Exchange, ExchangeState>> = { nse: { phase: "open", stale: false } };
  const news: ExchangeEvent[] = [];
  const watch = new ExchangeMonitor({
    clock,
    exchanges: () => Object.keys(states) as Exchange[],
    look: (exchange) => states[exchange]!,
    news: (each) => news.push(each),
  });
  return { clock, news, states, watch };
}

Deno.test("a watch says nothing of how it finds things, and tells each change once", () => {
  const { clock, news, states, watch } = setUp();
  watch.start();
  clock.advance(5_000);
  assert.deepEqual(news, []);
  states.nse = { phase: "closed", stale: false };
  clock.advance(5_000);
  assert.deepEqual(news, [{ kind: "market", exchange: "nse", phase: "closed", day: undefined }]);
  watch.stop();
  assert.equal(clock.pending, 0);
});

Deno.test("a watch tells when an open exchange goes stale, and when it is fresh again", () => {
  const { clock, news, states, watch } = setUp();
  watch.start();
  states.nse = { phase: "open", stale: true };
  clock.advance(1_000);
  const since = clock.now();
  clock.advance(10_000);
  states.nse = { phase: "open", stale: false };
  watch.look();
  assert.deepEqual(news.map(({ kind }) => kind), ["stale", "fresh"]);
  assert.deepEqual(news[0], { kind: "stale", exchange: "nse", since });
  watch.stop();
});

Deno.test("a watch tells of an exchange that is stale when it first concerns us", () => {
  const { news, states, watch } = setUp();
  states.mcx = { phase: "open", stale: true };
  watch.start();
  assert.deepEqual(news.map(({ exchange, kind }) => `${exchange} ${kind}`), ["mcx stale"]);
  assert.equal(watch.states().get("mcx")?.stale, true);
  watch.stop();
});
