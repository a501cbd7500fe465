import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { World } from "../broker_answers/world.ts";
import { builtInCalendar } from "../hours.ts";

const NIFTY: InstrumentKey = "nse:99926000";

const HOUR = 3_600_000;

function worldAt(start: string, watch: readonly InstrumentKey[] = [NIFTY, "nse:3045"]): World {
  return new World({
    start: `${start}:00+05:30`,
    calendar: builtInCalendar(),
    watch,
  });
}

/** Last values come, by default of the evening before, and nothing else. */
function standStill({ broker, clock }: World, lastAt = clock.now() - 18 * HOUR): void {
  broker.ticks = () => false;
  broker.frozenAt = lastAt;
}

function goOn({ broker }: World): void {
  broker.ticks = () => true;
  broker.frozenAt = undefined;
}

Deno.test("26 January 2027, a holiday nobody told the calendar: no reconnect, no alarm, one honest sentence", async () => {
  const world = worldAt("2027-01-26T08:55");
  standStill(world);
  await world.start();
  await world.pass(20_000);
  await world.pass(8 * HOUR, 60_000);
  equal(world.broker.dials.length, 1);
  deepEqual(world.told, ["market", "market"]);
  const [unknown, closed] = world.events;
  deepEqual([unknown!.state, closed!.state], ["unknown", "closed"]);
  match(String(unknown!.message), /it is not known whether it trades now/);
  match(world.pipeline.status.current().calendarWarning!, /2027/);
  equal(world.readiness.ready, true);
  await world.stop();
});

Deno.test("last values that carry the time of their sending open no market: not in another mode, nor on a new connection", async () => {
  const world = worldAt("2027-01-26T10:00");
  world.broker.ticks = () => false;
  await world.start();
  await world.pass(60_000);
  const rich = await world.join("encoding=json", [
    { command: "subscribe", exchange: "nse", mode: "snapquote" },
  ]);
  await world.pass(60_000);
  world.broker.drop();
  await world.pass(HOUR, 10_000);
  const rows = await world.subscriptions();
  deepEqual(rows.map(({ market, freshness }) => [market, freshness]), [["unknown", "quiet"], [
    "unknown",
    "quiet",
  ]]);
  ok([...world.json.ticks(), ...rich.ticks()].every(({ freshness }) => freshness === "quiet"));
  equal(world.broker.dials.length, 2);
  // The second packet of an instrument is the first real one.
  goOn(world);
  await world.pass(1_000);
  equal((await world.subscriptions())[0]!.market, "open");
  equal(world.freshness(), "live");
  await world.stop();
});

Deno.test("a usual day of a year without holidays becomes one with its first tick", async () => {
  const world = worldAt("2027-01-25T09:14");
  standStill(world);
  await world.start();
  await world.pass(60_000);
  equal((await world.subscriptions())[0]!.market, "unknown");
  ok(!["live", "closed"].includes(world.freshness()));
  goOn(world);
  await world.pass(2_000);
  equal((await world.subscriptions())[0]!.market, "open");
  equal(world.freshness(), "live");
  equal(world.events.at(-1)!.state, "open");
  await world.stop();
});

Deno.test("a halt of two hours makes four reconnects, no upstream_down, and ends with the first real tick", async () => {
  const world = worldAt("2026-11-20T10:00");
  await world.start();
  await world.pass(10 * 60_000, 5_000);
  standStill(world, world.clock.now());
  const began = world.clock.now();
  // Minutes pass in one step, but for the moments in which a login may be under way.
  for (let minutes = 0; minutes < 120; minutes++) await world.pass(60_000, 5_000);
  equal(world.broker.dials.length, 1 + 4);
  equal(world.broker.logins.length, 2, "the second silent socket casts doubt on the token");
  deepEqual(world.told, ["upstream_silent", "stale"]);
  equal(world.freshness(), "stale");
  goOn(world);
  await world.pass(1_000);
  await world.pass(1_000);
  deepEqual(world.told, ["upstream_silent", "stale", "upstream_up", "fresh"]);
  const [silent, , up] = world.events;
  deepEqual(up!.instruments, [NIFTY, "nse:3045"]);
  equal(up!.from, silent!.since);
  ok(Math.abs(Number(up!.from) - began) <= 1_000 && Number(up!.to) - began > 2 * HOUR - 1_000);
  equal(world.freshness(), "live");
  equal(world.broker.dials.length, 1 + 4);
  await world.stop();
});

Deno.test("a whole day's standstill on a covered day makes five reconnects, and is forgotten at the close", async () => {
  const world = worldAt("2026-11-20T09:14");
  standStill(world);
  await world.start();
  for (let minutes = 0; minutes < 400; minutes++) await world.pass(60_000, 10_000);
  equal(world.broker.dials.length, 1 + 5);
  deepEqual(world.told.filter((status) => status.startsWith("upstream")), ["upstream_silent"]);
  ok(world.readiness.ready);
  await world.stop();
});

Deno.test("a halt that lasts to the close is over with it, and nobody is told that the feed is up again", async () => {
  const world = worldAt("2026-11-20T14:00", ["nfo:1"]);
  await world.start();
  await world.pass(10 * 60_000, 5_000);
  standStill(world, world.clock.now());
  for (let minutes = 0; minutes < 120; minutes++) await world.pass(60_000, 5_000);
  deepEqual(world.told, ["upstream_silent", "stale", "market", "fresh"]);
  const fresh = world.events.find(({ status }) => status === "fresh")!;
  equal(fresh.message, "nfo: no price is expected now, whether the feed is up again or not");
  equal(world.freshness(), "closed");
  await world.stop();
});

Deno.test("a Saturday's mock session, and a special day without hours, alarm nobody", async () => {
  for (const start of ["2026-11-21T10:00", "2026-11-08T13:30"]) {
    const world = worldAt(start);
    await world.start();
    await world.pass(30 * 60_000, 10_000);
    standStill(world, world.clock.now());
    await world.pass(3 * HOUR, 60_000);
    equal(world.broker.dials.length, 1, start);
    deepEqual(world.told, [], start);
    await world.stop();
  }
});
