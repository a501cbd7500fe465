/** Hub and edges over a real server that is stopped, killed and started again; time is in the hand. */
import { deepStrictEqual as deepEqual, ok, rejects, strictEqual as equal } from "node:assert/strict";
import type { Bus } from "../../lib/nats/bus.ts";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { toJson } from "../../lib/nats/messages.ts";
import { HubRequests } from "../../lib/upstream/nats/hub_requests.ts";
import { Secret } from "../../lib/util/secret.ts";
import { ltpTick } from "../ticks.ts";
import { HubAndEdges, SUBJECTS } from "./hub_and_edges.ts";
import { becomes, NatsServer, natsTest } from "./nats_server.ts";

const SBIN: InstrumentKey = "nse:3045";

/** The same, with its buses on a real server. */
async function overServer(server: NatsServer, ...names: string[]) {
  const buses = new Map<string, Bus>();
  const waits = { pingInterval: 60_000, reconnectTimeWait: 10, reconnectJitter: 0 };
  for (const name of ["hub", ...names]) buses.set(`_INBOX_${name}`, await server.connect(name, { waits }));
  const world = new HubAndEdges({ connect: (inbox) => buses.get(inbox)! });
  const client = await world.connect(world.edge(names[0]));
  client.send({ command: "subscribe", symbols: [SBIN], mode: "ltp" });
  await world.until(() => world.source.demand.wanted.has(SBIN));
  const tick = (price: number) =>
    world.source.tick(
      ltpTick(SBIN, price, { exchangeTime: world.clock.now(), receivedAt: world.clock.now() }),
    );
  tick(100);
  await world.until(() => client.ticks.length > 0);
  await world.pass(1_000);
  return {
    world,
    client,
    tick,
    prices: () => client.ticks.map(({ last_traded_price }) => last_traded_price),
    /** The server's end of the connections takes real time, which the clock in the hand must not outrun. */
    become: (connected: boolean) => Promise.all([...buses.values()].map((bus) => becomes(bus, connected))),
    told: (status: string) => client.news.filter((each) => each.status === status),
    async stop() {
      await world[Symbol.asyncDispose]();
      await Promise.all([...buses.values()].map((bus) => bus.stop()));
    },
  };
}

natsTest(
  "a real server that stands still: stale within 3 s; the last value, and nothing before it, when it goes on",
  async () => {
    await using server = await NatsServer.start();
    const { world, client, tick, prices, told, stop } = await overServer(server, "one");
    const frozenAt = world.clock.now();
    server.freeze();
    await world.until(() => told("upstream_down").length > 0, 3_000);
    for (const price of [101, 102, 103]) {
      tick(price);
      await world.pass(500);
    }
    const before = client.ticks.length;
    server.thaw();
    await world.until(() => told("upstream_up").length > 0);
    deepEqual(prices().slice(before), [103]);
    const [{ from, to }] = told("upstream_up") as [Record<string, number>];
    ok(from! <= frozenAt && to! > frozenAt + 3_000);
    await stop();
  },
);

natsTest("a real server that is killed: stale at once; found again, with the last value", async () => {
  await using server = await NatsServer.start();
  const { world, become, client, tick, prices, told, stop } = await overServer(server, "one");
  await server.kill();
  await become(false);
  await world.until(() => told("upstream_down").length > 0, 3_000);
  tick(105);
  tick(106);
  await world.pass(200);
  const before = client.ticks.length;
  await server.restart();
  await become(true);
  await world.until(() => told("upstream_up").length > 0);
  deepEqual(prices().slice(before), [106]);
  await stop();
});

/** The example of the docs, for the prefix of the tests. */
const CONFIG = Deno.readTextFileSync(new URL("../../docs/examples/edges/nats.conf", import.meta.url))
  .replaceAll("smartapi.", "test.").replace("port: 4222", "")
  .replaceAll(/\$(\w+)_PASSWORD/g, (_, who: string) => `"${who.toLowerCase()}-s3cret"`);

natsTest("with the permissions of the docs hub and edges work, and an edge can do nothing else", async () => {
  await using server = await NatsServer.start(CONFIG);
  const connect = (user: string, name = user) =>
    server.connect(name, { user, password: new Secret(`${user}-s3cret`) });
  const buses = new Map([["_INBOX_hub", await connect("hub")], ["_INBOX_edge1", await connect("edge1")]]);
  const world = new HubAndEdges({ connect: (inbox) => buses.get(inbox)! });
  const edge = world.edge("edge1");
  const client = await world.connect(edge);
  client.send({ command: "subscribe", symbols: [SBIN], mode: "ltp" });
  await world.until(() => world.source.demand.wanted.has(SBIN));
  world.source.tick(ltpTick(SBIN, 100, { exchangeTime: world.clock.now(), receivedAt: world.clock.now() }));
  await world.until(() => client.ticks.length > 0);
  equal((await edge.requests.ask("candles", {})).kind, "failed");

  // A thief has the second edge's credentials.
  const thief = await connect("edge2");
  const heard: string[] = [];
  const honest = buses.get("_INBOX_edge1")!;
  honest.subscribe(SUBJECTS.beat, () => {});
  for (const subject of [SUBJECTS.asks, "_INBOX_edge1.>", "_INBOX_hub.>", ">"]) {
    thief.subscribe(subject, ({ subject }) => heard.push(subject));
  }
  for (const subject of [SUBJECTS.beat, SUBJECTS.news, SUBJECTS.ticks("nse.1"), "_INBOX_edge1.x.y"]) {
    thief.publish(subject, new TextEncoder().encode("{}"));
  }
  const asEdge1 = new HubRequests({ bus: thief, subjects: SUBJECTS, edge: "edge1" });
  await rejects(asEdge1.lease(new Map()), /does not let this program publish at test\.ask\.edge1\.lease/);
  const asItself = new HubRequests({ bus: thief, subjects: SUBJECTS, edge: "edge2" });
  equal((await asItself.lease(new Map([[SBIN, "ltp"]]))).source, "simulated");
  // It asks without end, under ever new names of its run.
  const answers = await Promise.all(Array.from({ length: 1_000 }, (_, i) => {
    const flood = { version: 1, run: `${i}`, wanted: [[SBIN, "ltp"]] };
    return thief.request(SUBJECTS.ask("edge2", "lease"), toJson(flood), 10_000);
  }));
  const text = answers.map((bytes) => new TextDecoder().decode(bytes));
  ok(text.filter((answer) => answer.includes("too many requests")).length >= 700);
  deepEqual(world.service.edges(), { edge1: 1, edge2: 1 });
  equal((await edge.requests.lease(new Map([[SBIN, "ltp"]]))).refused.length, 0);
  await world.pass(1_500);
  deepEqual(heard, []);
  equal(edge.upstream.status().state, "up");
  await world[Symbol.asyncDispose]();
  await Promise.all([...buses.values(), thief].map((bus) => bus.stop()));
});
