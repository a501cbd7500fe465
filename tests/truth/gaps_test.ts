import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { World } from "../broker_answers/world.ts";

const WATCH: readonly InstrumentKey[] = ["nse:99926000", "nse:3045", "nse:2885"];

Deno.test("a gap lasts until the data of each instrument, and not until the socket is open", async () => {
  const world = new World({ watch: WATCH });
  const { broker } = world;
  await world.start();
  await world.pass(5_000);
  const lost = world.clock.now();
  // The broker answers the second one after ten seconds, and the third one never.
  const muted = new Set<InstrumentKey>(["nse:3045", "nse:2885"]);
  broker.snapshots = (key) => !muted.has(key);
  broker.ticks = (key) => !muted.has(key);
  broker.drop();
  await world.pass(10_000);
  muted.delete("nse:3045");
  const back = world.clock.now();
  await world.pass(30_000);
  const ups = world.events.filter(({ status }) => status === "upstream_up");
  deepEqual(ups.map(({ instruments }) => instruments), [["nse:99926000"], ["nse:3045"]]);
  for (const { from } of ups) ok(lost - Number(from) <= 1_000);
  ok(Number(ups[0]!.to) > lost && Number(ups[0]!.to) < back);
  ok(Number(ups[1]!.to) >= back);
  const rows = await world.subscriptions();
  deepEqual(rows.map(({ freshness }) => freshness), ["live", "live", "stale"]);
  await world.stop();
});

Deno.test("an instrument whose data never came is in the record of the next loss from the first one on", async () => {
  const world = new World({ watch: WATCH });
  const { broker } = world;
  await world.start();
  await world.pass(5_000);
  broker.snapshots = (key) => key !== "nse:2885";
  broker.ticks = (key) => key !== "nse:2885";
  broker.drop();
  await world.pass(20_000);
  broker.drop();
  await world.pass(20_000);
  const downs = world.events.filter(({ status }) => status === "upstream_down");
  equal(downs.length, 2);
  broker.ticks = () => true;
  await world.pass(3_000);
  const last = world.events.findLast(({ status }) => status === "upstream_up")!;
  deepEqual(last.instruments, ["nse:2885"]);
  equal(last.from, downs[0]!.since);
  await world.stop();
});

Deno.test("a connection that breaks before any data is the same outage", async () => {
  const world = new World({ watch: WATCH });
  const { broker } = world;
  await world.start();
  await world.pass(5_000);
  broker.snapshots = () => false;
  broker.ticks = () => false;
  broker.drop();
  await world.pass(5_000);
  broker.drop();
  await world.pass(5_000);
  broker.ticks = () => true;
  await world.pass(5_000);
  const told = world.told.filter((status) => status.startsWith("upstream"));
  deepEqual(told, ["upstream_down", "upstream_up"]);
  await world.stop();
});
