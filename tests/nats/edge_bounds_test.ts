/** Edges at their bounds: small messages, many instruments, a program that stood still, a day that no calendar knows. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import builtIn from "../../lib/market/calendar.json" with { type: "json" };
import { MarketCalendar } from "../../lib/market/calendar.ts";
import { checkCalendar } from "../../lib/market/calendar_file.ts";
import type { Exchange, InstrumentKey } from "../../lib/market/market.ts";
import { logLines } from "../log/lines.ts";
import { builtInCatalog } from "../instruments/catalog_of.ts";
import type { Message, TestClient } from "../proxy/test_client.ts";
import { ltpTick } from "../ticks.ts";
import type { FakeBus } from "./fake_bus.ts";
import { HubAndEdges } from "./hub_and_edges.ts";

const SBIN: InstrumentKey = "nse:3045";

function tickNow(world: HubAndEdges, key: InstrumentKey, price: number): void {
  const now = world.clock.now();
  world.source.tick(ltpTick(key, price, { exchangeTime: now, receivedAt: now }));
}

const prices = ({ ticks }: TestClient) => ticks.map(({ last_traded_price }) => last_traded_price);
const told = ({ news }: TestClient, status: string) => news.filter((each) => each.status === status);

/** So many instruments of each of some exchanges, subscribed by one client of an edge. */
async function withMany(world: HubAndEdges, exchanges: readonly Exchange[], each: number) {
  const edge = world.edge();
  const client = await world.connect(edge);
  const keys: InstrumentKey[] = [];
  for (const exchange of exchanges) {
    const tokens = Array.from({ length: each }, (_, i) => String(10_000 + i));
    client.send({ command: "subscribe", exchange, tokens, mode: "ltp" });
    keys.push(...tokens.map((token) => `${exchange}:${token}` as const));
  }
  await world.until(() => keys.every((key) => world.source.demand.wanted.has(key)));
  return { client, edge, keys };
}

const MANY = {
  perEdge: 3_000,
  capacity: 3_000,
  proxy: { instruments: builtInCatalog([]), watchlist: new Map() },
};

/** All last values of before and after an outage, once each and nothing missing. */
async function comesThrough(world: HubAndEdges, client: TestClient, keys: readonly InstrumentKey[]) {
  for (const key of keys) tickNow(world, key, 100);
  await world.until(() => client.ticks.length === keys.length);
  await world.pass(2_000);
  deepEqual(told(client, "upstream_down"), []);
  world.server.kill();
  await world.until(() => told(client, "upstream_down").length > 0);
  for (const key of keys) tickNow(world, key, 101);
  await world.pass(100);
  world.server.restart();
  const up = () => new Set(told(client, "upstream_up").flatMap(({ instruments }) => instruments));
  await world.until(() => up().size === keys.length);
  await world.until(() => client.ticks.length === 2 * keys.length);
  const last = new Map(
    client.ticks.map((tick: Message) => [tick.instrument ?? `${tick.exchange}:${tick.token}`, tick]),
  );
  ok([...last.values()].every(({ last_traded_price }) => last_traded_price === 101));
}

Deno.test("1,200 instruments of four exchanges: all of their subjects, and their last values page by page", async () => {
  await using world = new HubAndEdges(MANY);
  const { client, keys } = await withMany(world, ["nse", "nfo", "bse", "mcx"], 300);
  await comesThrough(world, client, keys);
  const subjects = new Set(
    world.server.published.map(({ subject }) => subject).filter((s) => s.includes(".ticks.")),
  );
  equal(subjects.size, 4 * 16);
});

Deno.test("a server that takes small messages: batches and last values are divided, and nothing is lost", async () => {
  await using world = new HubAndEdges(MANY);
  world.server.maxBytes = 12 * 1024;
  const { client, edge, keys } = await withMany(world, ["nse"], 250);
  await comesThrough(world, client, keys);
  // A burst of one instrument, within one moment: every packet of it comes.
  const before = world.server.published.length;
  const { packets } = edge.upstream.status().traffic;
  for (let i = 0; i < 500; i++) tickNow(world, keys[0]!, 102 + i * 0.05);
  await world.pass(1_500);
  const batches = world.server.published.slice(before).filter(({ subject }) => subject.includes(".ticks."));
  ok(batches.length >= 3, `${batches.length} batches`);
  ok(world.server.published.every(({ payload }) => payload.length <= world.server.maxBytes));
  equal(edge.upstream.status().traffic.packets, packets + batches.length);
  deepEqual(told(client, "upstream_down").length, 1);
});

/** An edge whose program stands still for a while, as by SIGSTOP: its timers wait, and what comes is not read. */
async function sleeps(ms: number, wake: "timers first" | "messages first"): Promise<void> {
  await using world = new HubAndEdges();
  const { clock } = world;
  let waiting: (() => void)[] | undefined;
  const edge = world.edge("one", {
    now: () => clock.now(),
    elapsed: () => clock.elapsed(),
    after(due, run) {
      let done = false;
      const disarm = clock.after(due, () => {
        if (waiting === undefined) return run();
        waiting.push(() => {
          if (!done) run();
        });
      });
      return () => {
        done = true;
        disarm();
      };
    },
  });
  const client = await world.connect(edge);
  client.send({ command: "subscribe", symbols: [SBIN], mode: "ltp" });
  await world.until(() => world.source.demand.wanted.has(SBIN));
  tickNow(world, SBIN, 100);
  await world.until(() => client.ticks.length === 1);
  await world.pass(1_000);
  const sleptAt = clock.now();
  const bus = edge.bus as FakeBus;
  waiting = [];
  bus.sleep();
  const seconds = ms / 1_000;
  for (let i = 1; i <= seconds; i++) {
    tickNow(world, SBIN, 100 + i / 10);
    await world.pass(1_000);
  }
  // Its places are free after a while; nobody else is disturbed.
  equal(world.source.demand.wanted.has(SBIN), ms < 15_000);
  const due = waiting;
  waiting = undefined;
  const steps = [() => due.forEach((run) => run()), () => bus.wake()];
  for (const step of wake === "timers first" ? steps : steps.toReversed()) step();
  await world.until(() => told(client, "upstream_down").length > 0, 3_000);
  await world.until(() => world.source.demand.wanted.has(SBIN));
  tickNow(world, SBIN, 99);
  await world.until(() => told(client, "upstream_up").length > 0);
  // Of what was sent meanwhile, the last value at most.
  const shown = prices(client).filter((price) => price !== 100 && price !== 99);
  ok(shown.every((price) => price === 100 + seconds / 10), `${shown}`);
  await world.until(() => prices(client).at(-1) === 99);
  const [{ from, to }] = told(client, "upstream_up") as [Message];
  ok(from <= sleptAt && to >= sleptAt + ms, `${from - sleptAt} ${to - sleptAt}`);
}

for (const seconds of [10, 60]) {
  for (const wake of ["timers first", "messages first"] as const) {
    Deno.test(`an edge that stood still for ${seconds} s, ${wake}: a gap, and no price of meanwhile called live`, () =>
      sleeps(seconds * 1_000, wake));
  }
}

Deno.test("calendars of hub and edge that differ are told in the log, once, and not for a moment's difference", async () => {
  await using log = await logLines();
  const holiday = new MarketCalendar(checkCalendar({ ...builtIn, without_holidays: true }));
  await using world = new HubAndEdges();
  // The hub's simulated market never closes, and this edge goes by the hours of the exchanges, which have all begun but one.
  world.edge("one", world.clock, { calendar: holiday });
  const said = () => log.lines.filter((line) => line.includes("MARKET_CALENDAR"));
  world.clock.setWall(10 * 3_600_000);
  await world.pass(50_000, 500);
  deepEqual(said(), []);
  await world.pass(20_000, 500);
  const once = said();
  ok(
    once.some((line) => /by the hub's calendar NSE is open now, by this edge's closed/.test(line)),
    once.join("\n"),
  );
  await world.pass(70_000, 500);
  deepEqual(said(), once);
});

Deno.test("on a day that no calendar knows, an edge takes the hub's last values for trades no more than the hub does", async () => {
  const unknown = () => new MarketCalendar(checkCalendar({ ...builtIn, years: {} }));
  const [ofHub, ofEdge] = [unknown(), unknown()];
  await using world = new HubAndEdges({ hub: { calendar: ofHub } });
  const edge = world.edge("one", world.clock, { calendar: ofEdge });
  const phases = () => [ofHub, ofEdge].map((calendar) => calendar.state("nse", world.clock.now()).phase);
  const client = await world.connect(edge);
  client.send({ command: "subscribe", symbols: [SBIN], mode: "ltp" });
  await world.until(() => world.source.demand.wanted.has(SBIN));
  tickNow(world, SBIN, 100);
  await world.until(() => client.ticks.length === 1);
  deepEqual(phases(), ["unknown", "unknown"]);
  // The hub's socket was changed for another one, whose first answer is here before anyone is told of it.
  world.source.up = world.clock.elapsed();
  tickNow(world, SBIN, 100);
  await world.until(() => client.ticks.length === 2);
  deepEqual(phases(), ["unknown", "unknown"]);
  // Nor is a last value a trade that comes by asking, after messages were lost.
  world.server.loses = ({ subject }) => subject.includes(".ticks.");
  world.source.up = world.clock.elapsed();
  tickNow(world, SBIN, 100);
  await world.pass(20);
  world.server.loses = () => false;
  await world.until(() => told(client, "upstream_up").length > 0);
  deepEqual(phases(), ["unknown", "unknown"]);
  // A trade opens the day for both.
  tickNow(world, SBIN, 101);
  await world.until(() => prices(client).at(-1) === 101);
  deepEqual(phases(), ["open", "open"]);
});
