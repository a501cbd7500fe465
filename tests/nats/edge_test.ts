import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { logLines } from "../log/lines.ts";
import { type Message, type TestClient } from "../proxy/test_client.ts";
import { ltpTick, quoteTick } from "../ticks.ts";
import { type Edge, HubAndEdges } from "./hub_and_edges.ts";

const SBIN: InstrumentKey = "nse:3045";
const RELIANCE: InstrumentKey = "nse:2885";

/** A tick of this moment at the hub's upstream. */
function tickNow(world: HubAndEdges, key: InstrumentKey, price: number, ageMs = 0): void {
  const now = world.clock.now();
  world.source.tick(ltpTick(key, price, { exchangeTime: now - ageMs, receivedAt: now }));
}

/** A client of an edge that has a tick of each of these. */
async function watching(world: HubAndEdges, edge: Edge, ...keys: InstrumentKey[]): Promise<TestClient> {
  const client = await world.connect(edge);
  await subscribe(world, client, ...keys);
  for (const key of keys) tickNow(world, key, 100);
  await world.until(() => client.ticks.length >= keys.length);
  return client;
}

async function subscribe(world: HubAndEdges, client: TestClient, ...keys: InstrumentKey[]): Promise<void> {
  client.send({ command: "subscribe", symbols: keys, mode: "ltp" });
  await world.until(() => keys.every((key) => world.source.demand.wanted.has(key)));
}

const prices = ({ ticks }: TestClient) => ticks.map((tick: Message) => tick.last_traded_price);
const told = ({ news }: TestClient, status: string) => news.filter((each) => each.status === status);

async function freshness(world: HubAndEdges, client: TestClient): Promise<string[]> {
  const before = client.answers.length;
  client.send({ command: "list_subscriptions" });
  await world.until(() => client.answers.length > before);
  return client.answers.at(-1)!.data.map((row: Message) => row.freshness ?? row.state);
}

/** Every exchange time of an instrument's ticks is at or after the one before it. */
function inOrder({ ticks }: TestClient, key: InstrumentKey): boolean {
  const times = ticks.filter((tick) => `${tick.exchange}:${tick.token}` === key)
    .map((tick) => tick.exchange_timestamp);
  return times.every((time, i) => i === 0 || time >= times[i - 1]);
}

Deno.test("a client of an edge is given the hub's ticks, and the last one of before", async () => {
  await using world = new HubAndEdges();
  const first = await watching(world, world.edge("one"), SBIN);
  tickNow(world, SBIN, 101);
  await world.until(() => first.ticks.length === 2);
  deepEqual(prices(first), [100, 101]);
  deepEqual(await freshness(world, first), ["live"]);
  const late = await world.connect(world.edge("two"));
  await subscribe(world, late, SBIN);
  await world.until(() => late.ticks.length > 0);
  deepEqual(prices(late), [101]);
  deepEqual(world.service.edges(), { one: 1, two: 1 });
});

Deno.test("a last value that came to the hub long ago is as quiet at an edge as at the hub", async () => {
  await using world = new HubAndEdges();
  const atHub = await world.connect({ proxy: world.hub });
  await subscribe(world, atHub, SBIN);
  tickNow(world, SBIN, 100);
  await world.pass(70_000, 500);
  const atEdge = await world.connect(world.edge());
  await subscribe(world, atEdge, SBIN);
  await world.until(() => atEdge.ticks.length > 0);
  deepEqual(await freshness(world, atEdge), await freshness(world, atHub));
  deepEqual(await freshness(world, atEdge), ["quiet"]);
});

Deno.test("the hub takes the highest mode that any edge wants, and lets go of what no edge wants", async () => {
  await using world = new HubAndEdges();
  const low = await watching(world, world.edge("one"), SBIN);
  const high = await world.connect(world.edge("two"));
  high.send({ command: "subscribe", symbols: [SBIN], mode: "quote" });
  await world.until(() => world.source.demand.wanted.get(SBIN) === "quote");
  world.source.tick(quoteTick(SBIN, 105, { exchangeTime: world.clock.now() }));
  await world.until(() => high.ticks.length > 1 && low.ticks.length > 1);
  high.send({ command: "unsubscribe", symbols: [SBIN] });
  await world.until(() => world.source.demand.wanted.get(SBIN) === "ltp");
  low.send({ command: "unsubscribe", symbols: [SBIN] });
  await world.until(() => !world.source.demand.wanted.has(SBIN));
});

Deno.test("a doubtful packet at the hub is doubtful at the edge, and the next good one ends it", async () => {
  await using world = new HubAndEdges();
  const client = await watching(world, world.edge(), SBIN);
  world.source.reject("wrong_length", SBIN);
  await world.until(() => client.news.length > 0);
  deepEqual(await freshness(world, client), ["suspect"]);
  tickNow(world, SBIN, 101);
  await world.until(() => client.ticks.length > 1);
  deepEqual(await freshness(world, client), ["live"]);
});

Deno.test("what happens to the hub's feed is told at the edge", async () => {
  await using world = new HubAndEdges();
  const client = await watching(world, world.edge(), SBIN, RELIANCE);
  const since = world.clock.now();
  world.source.up = undefined;
  world.source.event({
    kind: "down",
    since,
    cause: { kind: "network", message: "gone" },
    keys: [SBIN, RELIANCE, "mcx:574841"],
  });
  await world.until(() => told(client, "upstream_down").length > 0);
  deepEqual(told(client, "upstream_down")[0]!.instruments, [SBIN, RELIANCE]);
  deepEqual(await freshness(world, client), ["stale", "stale"]);
  await world.pass(1_000);
  world.source.up = world.clock.elapsed();
  tickNow(world, SBIN, 101);
  world.source.event({ kind: "up", from: since, to: world.clock.now(), keys: [SBIN] });
  await world.until(() => told(client, "upstream_up").length > 0);
  equal(told(client, "upstream_up")[0]!.from, since);
  deepEqual(await freshness(world, client), ["live", "stale"]);
});

Deno.test("a lost message is noticed within a second: stale, told, and the hub's last value with the gap", async () => {
  await using world = new HubAndEdges();
  const client = await watching(world, world.edge(), SBIN, RELIANCE);
  await world.pass(1_000);
  const lostAt = world.clock.now();
  world.server.loses = ({ subject }) => subject.includes(".ticks.");
  tickNow(world, SBIN, 103);
  await world.pass(50);
  world.server.loses = () => false;
  await world.until(() => told(client, "upstream_down").length > 0, 1_100);
  await world.until(() => told(client, "upstream_up").length > 0, 1_500);
  const [{ from, to, instruments }] = told(client, "upstream_up") as [Message];
  ok(from <= lostAt && to >= lostAt);
  deepEqual(instruments, [SBIN]);
  equal(prices(client).at(-1), 103);
  deepEqual(await freshness(world, client), ["live", "live"]);
});

Deno.test("a hole is also noticed at the next batch; what came before the last value is not delivered", async () => {
  await using world = new HubAndEdges();
  const client = await watching(world, world.edge(), SBIN);
  world.server.loses = ({ subject }) => subject.includes(".ticks.");
  tickNow(world, SBIN, 103);
  await world.pass(20);
  world.server.loses = () => false;
  tickNow(world, SBIN, 104);
  await world.until(() => told(client, "upstream_up").length > 0, 1_500);
  equal(prices(client).at(-1), 104);
  ok(inOrder(client, SBIN));
});

Deno.test("a frozen server: within 3 s stale and told; then nothing old is delivered, and the gap has its ends", async () => {
  await using world = new HubAndEdges();
  const edge = world.edge();
  const client = await watching(world, edge, SBIN);
  await world.pass(1_000);
  const frozenAt = world.clock.now();
  world.server.freeze();
  await world.until(() => told(client, "upstream_down").length > 0, 3_000);
  deepEqual(await freshness(world, client), ["stale"]);
  for (let i = 0; i < 5; i++) {
    tickNow(world, SBIN, 110 + i);
    await world.pass(1_000);
  }
  const before = client.ticks.length;
  world.server.thaw();
  await world.until(() => told(client, "upstream_up").length > 0);
  deepEqual(prices(client).slice(before), [114]);
  const [{ from, to }] = told(client, "upstream_up") as [Message];
  ok(from <= frozenAt && to >= frozenAt + 5_000, `${from - frozenAt} ${to - frozenAt}`);
  deepEqual(await freshness(world, client), ["live"]);
  equal(edge.upstream.status().state, "up");
});

Deno.test("a server that is killed and restarted: stale at once, and the last value when it is back", async () => {
  await using world = new HubAndEdges();
  const client = await watching(world, world.edge(), SBIN);
  world.server.kill();
  await world.until(() => told(client, "upstream_down").length > 0, 100);
  tickNow(world, SBIN, 111);
  await world.pass(3_000);
  deepEqual(await freshness(world, client), ["stale"]);
  world.server.restart();
  await world.until(() => told(client, "upstream_up").length > 0);
  equal(prices(client).at(-1), 111);
  // What was published while nobody could be reached was not kept for later.
  ok(!world.server.published.some(({ subject }, i) => subject.includes(".ticks.") && i > 1_000));
});

Deno.test("a hub that died: stale within 3 s; the next one's first values are not older than what was shown", async () => {
  await using world = new HubAndEdges();
  const client = await watching(world, world.edge(), SBIN);
  await world.pass(1_000);
  tickNow(world, SBIN, 120);
  await world.until(() => client.ticks.length > 1);
  const killing = world.killHub();
  await world.until(() => told(client, "upstream_down").length > 0, 3_000);
  await killing;
  deepEqual(await freshness(world, client), ["stale"]);
  world.startHub();
  await world.until(() => world.source.demand.wanted.has(SBIN));
  // The new hub's broker sends a value of before the one that was shown.
  tickNow(world, SBIN, 90, 60_000);
  await world.pass(1_500);
  deepEqual(await freshness(world, client), ["stale"]);
  tickNow(world, SBIN, 121);
  await world.until(() => told(client, "upstream_up").length > 0);
  deepEqual(prices(client), [100, 120, 121]);
  deepEqual(await freshness(world, client), ["live"]);
});

Deno.test("a hub that shuts down says so, and the edge does not wait", async () => {
  await using world = new HubAndEdges();
  const client = await watching(world, world.edge(), SBIN);
  world.service.stop();
  await world.until(() => told(client, "upstream_down").length > 0, 500);
  match(told(client, "upstream_down")[0]!.message, /shuts down/);
});

Deno.test("a hub says that there is another one: once, and not of beats that a server had held back", async () => {
  await using log = await logLines();
  await using world = new HubAndEdges();
  await world.pass(1_000);
  const other = world.server.connect();
  const beat = (epoch: number) =>
    other.publish("test.beat", new TextEncoder().encode(JSON.stringify({ ...lastBeat(world), epoch })));
  const said = () => log.lines.filter((line) => line.includes("another hub publishes"));
  // Its own, of a connection that has ended, and those of one that has died.
  for (let i = 0; i < 3; i++) {
    beat(lastBeat(world).epoch);
    beat(7);
  }
  await world.pass(2_000);
  beat(lastBeat(world).epoch);
  await world.pass(200);
  deepEqual(said(), []);
  for (let i = 0; i < 3; i++) {
    beat(8);
    await world.pass(1_000);
  }
  equal(said().length, 1);
});

Deno.test("an edge whose clock is minutes off has the same ticks, the same freshness and the same gaps", async () => {
  for (const offMs of [-180_000, 180_000]) {
    await using world = new HubAndEdges();
    const { clock } = world;
    const edge = world.edge("one", {
      now: () => clock.now() + offMs,
      // It was started at another time, too.
      elapsed: () => clock.elapsed() + 5_000_000,
      after: (ms, run) => clock.after(ms, run),
    });
    const client = await watching(world, edge, SBIN);
    tickNow(world, SBIN, 101);
    await world.until(() => client.ticks.length === 2);
    await world.pass(5_000);
    tickNow(world, SBIN, 102);
    await world.until(() => client.ticks.length === 3);
    deepEqual(prices(client), [100, 101, 102], `${offMs}`);
    deepEqual(await freshness(world, client), ["live"], `${offMs}`);
    equal(told(client, "upstream_down").length, 0, `${offMs}`);
    const frozenAt = clock.now();
    world.server.freeze();
    await world.until(() => told(client, "upstream_down").length > 0, 3_000);
    deepEqual(await freshness(world, client), ["stale"], `${offMs}`);
    world.server.thaw();
    await world.until(() => told(client, "upstream_up").length > 0);
    const [{ from, to }] = told(client, "upstream_up") as [Message];
    // In the edge's own time, like all else that it says.
    ok(from - offMs <= frozenAt && to - offMs > frozenAt, `${offMs}: ${from - frozenAt} ${to - frozenAt}`);
    deepEqual(await freshness(world, client), ["live"], `${offMs}`);
  }
});

Deno.test("of two hubs, an edge follows the later one, and keeps to it", async () => {
  await using world = new HubAndEdges();
  const edge = world.edge();
  const client = await watching(world, edge, SBIN);
  await world.until(() => edge.upstream.status().state === "up");
  world.server.connect().publish(
    "test.beat",
    new TextEncoder().encode(JSON.stringify({ ...lastBeat(world), epoch: 7, elapsed: 0 })),
  );
  await world.pass(500);
  equal(told(client, "upstream_down").length, 0);
});

Deno.test("a tick that comes too late is as good as lost, also where no beat after it is late", async () => {
  for (const ms of [2_400, 2_600]) {
    await using world = new HubAndEdges();
    const client = await watching(world, world.edge(), SBIN);
    await world.pass(1_000);
    world.server.freeze();
    tickNow(world, SBIN, 103);
    await world.pass(ms);
    world.server.thaw();
    await world.pass(1_000);
    deepEqual(prices(client), [100, 103], `${ms}`);
    deepEqual(await freshness(world, client), ["live"], `${ms}`);
    equal(told(client, "upstream_up").length, ms > 2_500 ? 1 : told(client, "upstream_down").length, `${ms}`);
  }
});

Deno.test("an edge does not take made-up prices for real ones", async () => {
  await using world = new HubAndEdges();
  const edge = world.edge();
  const client = await watching(world, edge, SBIN);
  const beat = { ...lastBeat(world), epoch: 1_000_000, source: "live" };
  world.server.connect().publish("test.beat", new TextEncoder().encode(JSON.stringify(beat)));
  await world.until(() => told(client, "upstream_down").length > 0, 500);
  match(told(client, "upstream_down")[0]!.message, /restart it/);
});

Deno.test("what is on its way for too long is stale, although it comes each second", async () => {
  await using world = new HubAndEdges();
  const client = await watching(world, world.edge(), SBIN);
  await world.pass(2_000);
  const late = world.server.delay(4_000);
  await world.until(() => told(client, "upstream_down").length > 0, 3_000);
  await world.pass(5_000);
  deepEqual(await freshness(world, client), ["stale"]);
  late.end();
  await world.until(() => told(client, "upstream_up").length > 0, 15_000);
});

Deno.test("an edge that died frees its places by itself, and another run of it counts as the same edge", async () => {
  await using world = new HubAndEdges();
  const first = world.edge("one");
  await watching(world, first, SBIN, RELIANCE);
  await first.bus.stop();
  const second = await world.connect(world.edge("one"));
  await subscribe(world, second, SBIN);
  deepEqual(world.service.edges(), { one: 2 });
  await world.pass(16_000, 250);
  deepEqual(world.service.edges(), { one: 1 });
  ok(!world.source.demand.wanted.has(RELIANCE) && world.source.demand.wanted.has(SBIN));
});

Deno.test("an edge has no more instruments than its budget, and its client is told which it does not get", async () => {
  await using world = new HubAndEdges({ perEdge: 2 });
  const edge = world.edge();
  const client = await watching(world, edge, SBIN);
  // The edge knew of more room when it began, so that a refusal is the hub's.
  client.send({
    command: "subscribe",
    exchange: "nse",
    tokens: ["2885", "99926000", "99926009"],
    mode: "ltp",
  });
  await world.until(() => told(client, "subscription_refused").length > 0 || client.answers.length > 1);
  await world.pass(6_000, 100);
  equal(world.service.edges().one, 2);
  equal(world.source.demand.wanted.size, 2);
  const before = client.answers.length;
  client.send({ command: "list_subscriptions" });
  await world.until(() => client.answers.length > before);
  const rows: Message[] = client.answers.at(-1)!.data;
  for (const row of rows.slice(2)) match(row.reason, /an edge may have 2 instruments/);
  equal(edge.upstream.status().capacity, 2);
});

Deno.test("what the hub refuses to one edge does not come to it with what another edge has", async () => {
  await using world = new HubAndEdges({ perEdge: 1 });
  const refused = await watching(world, world.edge("one"), SBIN);
  refused.send({ command: "subscribe", symbols: [RELIANCE], mode: "ltp" });
  await world.until(() => told(refused, "subscription_refused").length > 0 || refused.answers.length > 1);
  const other = await watching(world, world.edge("two"), RELIANCE);
  tickNow(world, RELIANCE, 101);
  tickNow(world, SBIN, 102);
  await world.until(() => other.ticks.length > 1 && refused.ticks.length > 1);
  deepEqual(prices(refused), [100, 102]);
  deepEqual(prices(other), [100, 101]);
});

Deno.test("each outage is told, also where an instrument has no price yet or is refused", async () => {
  await using world = new HubAndEdges({ perEdge: 2 });
  const client = await watching(world, world.edge(), SBIN);
  client.send({ command: "subscribe", symbols: [RELIANCE, "nse:99926000"], mode: "ltp" });
  await world.until(() => world.source.demand.wanted.has(RELIANCE));
  await world.pass(1_000);
  for (let times = 1; times <= 3; times++) {
    world.server.kill();
    await world.until(() => told(client, "upstream_down").length === times, 3_000);
    ok(told(client, "upstream_down").at(-1)!.instruments.includes(SBIN), `${times}`);
    await world.pass(1_000);
    world.server.restart();
    await world.until(() => told(client, "upstream_up").length === times, 3_000);
    deepEqual(told(client, "upstream_up").at(-1)!.instruments, [SBIN, RELIANCE], `${times}`);
    await world.pass(2_000);
  }
});

Deno.test("all edges and clients together have no more than the broker carries", async () => {
  await using world = new HubAndEdges({ capacity: 3, proxy: { watchlist: new Map() } });
  const [one, two] = [world.edge("one"), world.edge("two")];
  const a = await world.connect(one);
  const b = await world.connect(two);
  const both = ["3045", "2885", "99926000", "99926009"];
  a.send({ command: "subscribe", exchange: "nse", tokens: both.slice(0, 2) });
  b.send({ command: "subscribe", exchange: "nse", tokens: both.slice(1) });
  await world.pass(6_000, 100);
  equal(world.source.demand.wanted.size, 3);
  const refused = [one, two].flatMap(({ upstream }) =>
    both.flatMap((token) => upstream.refusalOf(`nse:${token}`) ?? [])
  );
  equal(refused.length, 1);
  match(refused[0]!.message, /all are in use/);
});

function lastBeat(world: HubAndEdges): Message {
  const { payload } = world.server.published.findLast(({ subject }) => subject === "test.beat")!;
  return JSON.parse(new TextDecoder().decode(payload));
}
