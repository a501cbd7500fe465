import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { parts } from "./parts.ts";

// deno-lint-ignore no-explicit-any
const plain = (value: any) => JSON.parse(JSON.stringify(value));

function setUp() {
  let now = 1_000;
  const store = parts.createStore({ now: () => now });
  const connect = () => {
    store.link({ kind: "open" });
    store.info({ available_exchanges: [], epoch: "a", upstream: { state: "up" } });
  };
  connect();
  return {
    store,
    connect,
    at: (ms: number) => now = ms,
    lose: () => store.link({ kind: "lost", code: 1006, reason: "", attempt: 1, retryAt: 0 }),
    news: (status: string, more = {}) => store.system({ type: "system", status, message: status, ...more }),
    gaps: () => plain(store.gaps.list),
  };
}

Deno.test("a lost connection is a gap until the next one", () => {
  const { lose, connect, at, gaps } = setUp();
  at(2_000);
  lose();
  deepEqual(gaps(), [{ kind: "connection", from: 2_000 }]);
  lose();
  at(9_000);
  connect();
  deepEqual(gaps(), [{ kind: "connection", from: 2_000, to: 9_000 }]);
});

Deno.test("a cut upstream is a gap, as the proxy measured it in the end", () => {
  const { news, store, at, gaps } = setUp();
  at(5_000);
  news("upstream_down", { since: 4_000 });
  deepEqual(gaps(), [{ kind: "upstream", from: 4_000 }]);
  deepEqual(plain(store.feed.upstream), {
    state: "down",
    since: 4_000,
    exact: true,
    reason: "upstream_down",
  });
  news("upstream_up", { from: 3_900, to: 8_000 });
  deepEqual(gaps(), [{ kind: "upstream", from: 3_900, to: 8_000 }]);
  deepEqual(plain(store.feed.upstream), { state: "up", since: 8_000, exact: true });
});

Deno.test("an outage that ended while the page was away ends with the next connection at the latest", () => {
  const { news, lose, connect, at, gaps } = setUp();
  news("upstream_down", { since: 900 });
  lose();
  at(6_000);
  connect();
  deepEqual(gaps(), [{ kind: "connection", from: 1_000, to: 6_000 }, {
    kind: "upstream",
    from: 900,
    to: 6_000,
  }]);
});

Deno.test("a part of the feed is a gap for as many instruments, and for nobody where none is looked at", () => {
  const { news, gaps } = setUp();
  news("upstream_up", { from: 1, to: 2, instruments: [] });
  news("upstream_up", { from: 3, to: 4, instruments: ["nse:1", "nse:2"] });
  deepEqual(gaps(), [{ kind: "upstream", from: 3, to: 4, instruments: 2 }]);
});

Deno.test("messages that never came are a gap with their number", () => {
  const { store, gaps } = setUp();
  store.hole({ from: 3, to: 5 });
  deepEqual(gaps(), [{ kind: "messages", from: 1_000, to: 1_000, missing: 3 }]);
});

Deno.test("delays are by the proxy's clock, which the quickest ping knows best", () => {
  const latency = parts.createLatency();
  deepEqual(plain(latency.figures()), { ping: { count: 0 }, ticks: { count: 0 } });
  // The proxy's clock is a minute ahead; the second ping was slow on its way back.
  latency.ping(1_000, 1_010, 61_005);
  latency.ping(2_000, 2_500, 62_005);
  for (let i = 0; i < 99; i++) latency.tick(5_000, 64_700);
  latency.tick(5_000, 63_000);
  const { ping, ticks } = latency.figures();
  deepEqual([ping.p50, ping.p99], [10, 500]);
  deepEqual([ticks.p50, ticks.p99], [300, 300]);
  equal(latency.figures().ticks.count, 100);
});
