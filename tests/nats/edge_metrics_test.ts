/** What /metrics of a hub and of an edge says of their way to each other. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { toJson } from "../../lib/nats/messages.ts";
import type { Proxy } from "../../lib/proxy.ts";
import { readExposition } from "../proxy/promql.ts";
import { ltpTick } from "../ticks.ts";
import { HubAndEdges } from "./hub_and_edges.ts";

const NAMES = /^smartapi_proxy_((?:hub|edges?)_?\w*)$/;

/** The series of the way between hub and edge, as `name{label} value`. */
async function scrape({ port }: Proxy): Promise<Record<string, number>> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  const series = readExposition(await response.text()).filter(({ name }) => NAMES.test(name));
  return Object.fromEntries(series.map(({ name, labels, value }) => {
    const words = Object.values(labels).join(",");
    return [NAMES.exec(name)![1] + (words === "" ? "" : `{${words}}`), value];
  }));
}

Deno.test("/metrics of a hub counts edges, leases, refusals, requests and batches", async () => {
  await using world = new HubAndEdges({ perEdge: 1 });
  const edge = world.edge("one");
  const client = await world.connect(edge);
  client.send({ command: "subscribe", symbols: ["nse:3045"], mode: "ltp" });
  await world.until(() => world.source.demand.wanted.size > 0);
  world.source.tick(ltpTick("nse:3045", 100, { exchangeTime: world.clock.now() }));
  await world.until(() => client.ticks.length > 0);
  // More than it may have.
  let answered = false;
  edge.requests.lease(new Map([["nse:3045", "ltp"], ["nse:2885", "ltp"]])).then(() => answered = true);
  await world.until(() => answered);
  world.server.carry({ subject: "test.ask.one.login", payload: toJson({}), reply: "_INBOX_one.1" });
  world.server.carry({ subject: "test.ask.one.data", payload: toJson({}), reply: "test.news" });
  await world.turn(10);
  const { edge_batch_bytes_total: bytes, "edge_requests_total{lease,answered}": leases, ...others } =
    await scrape(world.hub);
  ok(bytes! > 51 && leases! >= 1);
  const { "edge_requests_total{snapshot,answered}": snapshots, ...rest } = others;
  ok(snapshots! >= 1);
  deepEqual(rest, {
    edges: 1,
    "edge_instruments{one}": 1,
    "edge_instruments_refused{one}": 1,
    "edge_requests_total{lease,limited}": 0,
    "edge_requests_total{lease,ignored}": 0,
    "edge_requests_total{snapshot,limited}": 0,
    "edge_requests_total{snapshot,ignored}": 0,
    "edge_requests_total{data,answered}": 0,
    "edge_requests_total{data,limited}": 0,
    "edge_requests_total{data,ignored}": 1,
    "edge_requests_total{other,answered}": 0,
    "edge_requests_total{other,limited}": 0,
    "edge_requests_total{other,ignored}": 1,
    edge_batches_total: 1,
    edge_batches_unsent_total: 0,
  });
  world.server.kill();
  world.source.tick(ltpTick("nse:3045", 101, { exchangeTime: world.clock.now() }));
  await world.pass(100);
  equal((await scrape(world.hub)).edge_batches_unsent_total, 1);
});

Deno.test("/metrics of an edge says whether the hub is followed, and counts what it missed of it", async () => {
  await using world = new HubAndEdges();
  const edge = world.edge();
  const client = await world.connect(edge);
  client.send({ command: "subscribe", symbols: ["nse:3045"], mode: "ltp" });
  await world.until(() => world.source.demand.wanted.size > 0);
  const tick = (price: number) =>
    world.source.tick(ltpTick("nse:3045", price, { exchangeTime: world.clock.now() }));
  tick(100);
  await world.until(() => client.ticks.length > 0);
  await world.pass(1_000);
  world.server.loses = ({ subject }) => subject.includes(".ticks.");
  for (const price of [101, 102, 103]) {
    tick(price);
    await world.turn(10);
  }
  world.server.loses = () => false;
  await world.until(() => client.news.some(({ status }) => status === "upstream_up"));
  const { hub_beat_age_seconds: age, hub_late_seconds: late, ...counts } = await scrape(edge.proxy);
  ok(age! <= 1.1 && late! < 0.1, `${age} ${late}`);
  deepEqual(counts, { hub_followed: 1, hub_missing_messages_total: 3, "hub_gaps_total{lost}": 1 });
  world.server.freeze();
  await world.pass(4_000);
  const away = await scrape(edge.proxy);
  ok(away.hub_beat_age_seconds! > 3);
  equal(away.hub_followed, 0);
  equal(away["hub_gaps_total{silent}"], 1);
  equal((await scrape(world.hub)).hub_followed, undefined);
});

Deno.test("one process without edges has no such series", async () => {
  const { Rig } = await import("../proxy/rig.ts");
  await using rig = await Rig.start();
  deepEqual(await scrape(rig.proxy), {});
});
