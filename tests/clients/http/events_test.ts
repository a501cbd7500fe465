import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { CLOSE } from "../../../lib/clients/close_codes.ts";
import { ltpTick } from "../../ticks.ts";
import { Stage } from "../stage.ts";
import { ask, askJson, type Body } from "./ask.ts";
import { listen, Listener } from "./event_listener.ts";
import { CRUDE, instruments } from "./instruments.ts";

Deno.test("/events begins with how things stand, then the last values, then every tick", async () => {
  const stage = new Stage({ instruments });
  const first = await listen(stage, "/events?symbols=SBIN,NOBODY&mode=ltp");
  const [info] = first.events;
  equal(info!.name, "info");
  equal(info!.data.source, "live");
  deepEqual(info!.data.results.map(({ status }: Body) => status), ["accepted", "refused"]);
  equal(stage.demand.get("nse:3045"), "ltp");
  stage.tick("nse:3045", 800);
  await stage.pass();
  const second = await listen(stage, "/events?symbols=SBIN&mode=ltp");
  await stage.pass();
  const [snapshot] = second.named("message");
  deepEqual([snapshot!.data.snapshot, snapshot!.data.data[0].last_traded_price], [true, 800]);
  stage.tick("nse:3045", 801);
  await stage.pass();
  for (const each of [first, second]) {
    const { data } = each.named("message").at(-1)!;
    deepEqual([data.type, data.compressed, data.data[0].symbol, data.data[0].last_traded_price], [
      "market_data",
      false,
      "SBIN-EQ",
      801,
    ]);
  }
  equal(stage.groups, 1);
  await first.leave();
  await second.leave();
  equal(stage.demand.size, 0);
  equal(stage.gateway.clients, 0);
});

Deno.test("an event stream is never silent for long", async () => {
  const stage = new Stage({ instruments });
  const listener = await listen(stage, "/events?symbols=SBIN");
  await stage.pass(61_000);
  equal(listener.comments, 4);
  await listener.leave();
  await stage.pass();
  equal(stage.clock.pending, 0);
});

Deno.test("feed events and gaps are told to those whom they concern", async () => {
  const stage = new Stage({ instruments });
  const listener = await listen(stage, "/events?symbols=SBIN");
  const other = await listen(stage, `/events?symbols=${CRUDE.symbol}`);
  const cause = { kind: "network", message: "gone" };
  stage.upstream.event({ kind: "down", since: 1, cause, keys: ["nse:3045"] });
  stage.upstream.event({ kind: "up", from: 1, to: 2, keys: ["nse:3045"] });
  await stage.drain();
  deepEqual(listener.named("system").map(({ data }) => data.status), ["upstream_down", "upstream_up"]);
  const [gap] = listener.named("gap");
  deepEqual([gap!.data.kind, gap!.data.from, gap!.data.to, gap!.data.instruments], [
    "upstream",
    1,
    2,
    ["nse:3045"],
  ]);
  deepEqual([other.named("system"), other.named("gap")], [[], []]);
  await listener.leave();
  await other.leave();
});

Deno.test("who comes again with its last event's id is told what it did not see", async () => {
  const stage = new Stage({ instruments });
  const before = await listen(stage, "/events?symbols=SBIN");
  stage.tick("nse:3045", 800);
  await stage.pass();
  const { id } = before.events.at(-1)!;
  await before.leave();
  const left = stage.clock.now();
  stage.clock.advance(5_000);
  const byHeader = await listen(stage, "/events?symbols=SBIN", { headers: { "last-event-id": id! } });
  const byQuery = await listen(stage, `/events?symbols=SBIN&last_event_id=${encodeURIComponent(id!)}`);
  for (const listener of [byHeader, byQuery]) {
    const [gap] = listener.named("gap");
    const { kind, from, to, restarted, instruments } = gap!.data;
    deepEqual([kind, to, restarted, instruments], ["connection", stage.clock.now(), false, ["nse:3045"]]);
    ok(from <= left && from >= left - 100);
  }
  const restarted = await listen(stage, "/events?symbols=SBIN", { headers: { "last-event-id": "other/5" } });
  deepEqual([restarted.named("gap")[0]!.data.restarted, restarted.named("gap")[0]!.data.from], [true, 5]);
  const future = await listen(stage, "/events?symbols=SBIN&last_event_id=other/999999999999999");
  equal(future.named("gap")[0]!.data.from, stage.clock.now());
  const garbage = await listen(stage, "/events?symbols=SBIN", { headers: { "last-event-id": "42" } });
  deepEqual(garbage.named("gap"), []);
  for (const each of [byHeader, byQuery, restarted, future, garbage]) await each.leave();
});

Deno.test("a stream that is not read gets the latest values when it is read again, and is told", async () => {
  const stage = new Stage({ instruments });
  const response = await ask(stage, "/events?symbols=SBIN&mode=ltp");
  for (let i = 0; i < 3_000; i++) {
    stage.tick("nse:3045", 800 + i / 100);
    await stage.pass(10);
    if (stage.gateway.lagging > 0 && i % 100 === 99) break;
  }
  equal(stage.gateway.lagging, 1);
  const listener = new Listener(response.body!);
  for (let i = 0; i < 100 && stage.gateway.lagging > 0; i++) await stage.pass(100);
  equal(stage.gateway.lagging, 0);
  await stage.pass(100);
  const { data } = listener.named("message").at(-1)!;
  ok(data.conflated > 0);
  equal(data.data.length, 1);
  await listener.leave();
});

Deno.test("every tick has its freshness; what waited while its feed went down is stale", async () => {
  const stage = new Stage({ instruments });
  const listener = await listen(stage, "/events?symbols=SBIN&mode=ltp&interval=1000");
  const worth = () => {
    const { data } = listener.named("message").at(-1)!;
    return [data.data[0].last_traded_price, data.data[0].freshness, data.stale ?? false];
  };
  const tick = (price: number, exchangeTime: number) => {
    const receivedAt = stage.clock.now();
    stage.upstream.tick(ltpTick("nse:3045", price, { exchangeTime, receivedAt }));
  };
  tick(800, stage.clock.now() - 300);
  await stage.pass();
  deepEqual(worth(), [800, "live", false]);
  const { data } = listener.named("message").at(-1)!;
  ok(data.sent_at - data.data[0].exchange_timestamp >= 300);
  tick(801, stage.clock.now());
  const cause = { kind: "network", message: "gone" };
  stage.upstream.event({ kind: "down", since: stage.clock.now(), cause, keys: ["nse:3045"] });
  await stage.pass(1_000);
  deepEqual(worth(), [801, "stale", true]);
  // A share that has not been traded today.
  const other = await listen(stage, "/events?symbols=RELIANCE&mode=ltp");
  const yesterday = { exchangeTime: stage.clock.now() - 86_400_000, receivedAt: stage.clock.now() };
  stage.upstream.tick(ltpTick("nse:2885", 1_400, yesterday));
  await stage.pass();
  equal(other.named("message").at(-1)!.data.data[0].freshness, "quiet");
  await listener.leave();
  await other.leave();
});

Deno.test("a stream that is never read is ended, and what waited is dropped: its place is free", async () => {
  const stage = new Stage({ instruments });
  let places = 0;
  const acquirePlace = () => {
    places++;
    return () => places--;
  };
  const response = await ask(stage, "/events?symbols=SBIN&mode=ltp", { acquirePlace });
  equal(places, 1);
  for (let i = 0; stage.gateway.lagging === 0; i++) {
    stage.tick("nse:3045", 800 + i / 100);
    await stage.pass(10);
  }
  await stage.pass(40_000);
  equal(stage.gateway.clients, 0);
  equal(places, 0);
  const listener = new Listener(response.body!);
  await stage.drain();
  deepEqual(listener.events.map(({ data }) => data), [{ type: "close", ...CLOSE.tooSlow }]);
  ok(listener.ended);
});

Deno.test("a stream that the proxy closes ends with why", async () => {
  const stage = new Stage({ instruments });
  const listener = await listen(stage, "/events?symbols=SBIN");
  stage.gateway.recheck(() => false);
  await stage.drain();
  deepEqual(listener.events.at(-1)!.data, { type: "close", ...CLOSE.tokenChanged });
  ok(listener.ended);
  stage.gateway.shutdown();
  const late = await listen(stage, "/events?symbols=SBIN");
  deepEqual(late.events.map(({ data }) => data), [{ type: "close", ...CLOSE.shutdown }]);
});

Deno.test("what cannot be streamed is refused before the stream begins", async () => {
  const stage = new Stage({ instruments, upstream: { capacity: 1 }, watchlist: new Map() });
  const full = () => ({ http: 503, code: "too_many_clients", message: "full" });
  const nse = { name: "nse", exchanges: new Set(["nse"] as const) };
  const cases = [
    ["/events?symbols=NOBODY", {}, 404, "unknown_instrument"],
    [`/events?symbols=${CRUDE.symbol}`, { entitlement: nse }, 403, "not_allowed"],
    ["/events?symbols=SBIN", { acquirePlace: full }, 503, "too_many_clients"],
  ] as const;
  for (const [address, options, http, code] of cases) {
    const answer = await askJson(stage, address, options);
    deepEqual([answer.http, answer.code], [http, code]);
  }
  equal(stage.gateway.clients, 0);
  equal(stage.demand.size, 0);
});

Deno.test("HEAD of a stream opens none", async () => {
  const stage = new Stage({ instruments });
  const response = await ask(stage, "/events?symbols=SBIN", { method: "HEAD" });
  deepEqual([response.status, await response.text()], [200, ""]);
  match(response.headers.get("content-type")!, /^text\/event-stream/);
  equal(stage.gateway.clients, 0);
});
