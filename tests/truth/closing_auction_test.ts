import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { World } from "../broker_answers/world.ts";
import { ListInHand } from "../instruments/list_in_hand.ts";
import { contractRow, fileRow, tableOfRows } from "../instruments/master.ts";
import { builtInCalendar } from "../hours.ts";

const WITH_DERIVATIVES: InstrumentKey = "nse:3045";
const WITHOUT: InstrumentKey = "nse:77";

const MINUTE = 60_000;

const LIST = new ListInHand(
  await tableOfRows([
    fileRow({ token: "3045", symbol: "SBIN-EQ", name: "SBIN" }),
    fileRow({ token: "77", symbol: "SMALLCAP-EQ", name: "SMALLCAP" }),
    contractRow({
      token: "1",
      name: "SBIN",
      symbol: "SBIN29DEC26FUT",
      expiry: "29DEC2026",
      instrumenttype: "FUTSTK",
    }),
  ]),
);

/** A book as it is while orders are collected. */
const CROSSED = {
  bids: [{ price: 801, quantity: 75, orders: 1 }],
  asks: [{ price: 799, quantity: 75, orders: 1 }],
};

const worldAt = (time: string, watch: readonly InstrumentKey[]) =>
  new World({
    start: `2026-11-20T${time}:00+05:30`,
    calendar: builtInCalendar(),
    watch,
    instruments: LIST,
  });

Deno.test("the closing auction minute by minute: a stock with derivatives beside one without, each with a crossed book", async () => {
  const world = worldAt("15:12", [WITH_DERIVATIVES, WITHOUT]);
  world.broker.ticks = () => false;
  await world.start();
  const rich = await world.join("encoding=json", [
    { command: "subscribe", exchange: "nse", mode: "snapquote" },
  ]);
  await world.pass(MINUTE - 1_001);
  const changes: Record<InstrumentKey, string[]> = { [WITH_DERIVATIVES]: [], [WITHOUT]: [] };
  for (let minute = 13; minute < 63; minute++) {
    for (const key of world.watch) world.broker.tick(key, 800, CROSSED);
    await world.pass(1_000);
    const told = rich.ticks().slice(-2);
    for (const row of await world.subscriptions()) {
      const tick = told.find(({ symbol }) => symbol === row.symbol)!;
      const now = `${row.market}: ${tick.freshness ?? "live"}`;
      const before = changes[row.instrument as InstrumentKey]!;
      const time = `${15 + Math.floor(minute / 60)}:${String(minute % 60).padStart(2, "0")}`;
      if (!before.at(-1)?.endsWith(` ${now}`)) before.push(`${time} ${now}`);
    }
    await world.pass(MINUTE - 1_010, 20_000);
  }
  deepEqual(changes[WITH_DERIVATIVES], [
    "15:13 open: suspect",
    "15:15 closing_auction: live",
    "15:35 transition: live",
    "15:50 post_close: live",
    "16:00 closed: closed",
  ]);
  deepEqual(changes[WITHOUT], [
    "15:13 open: live",
    "15:30 closed: closed",
    "15:50 post_close: live",
    "16:00 closed: closed",
  ]);
  deepEqual(world.events.map(({ state }) => state), [
    "closing_auction",
    "transition",
    "post_close",
    "closed",
  ]);
  await world.stop();
});

for (
  const [what, key, minutes] of [
    ["with derivatives is silent in the auction", WITH_DERIVATIVES, { "15:16": 0, "15:36": 0 }],
    ["without is watched until half past three, and not after it", WITHOUT, { "15:16": 1, "15:31": 0 }],
  ] as const
) {
  Deno.test(`a stock ${what}: reconnects where it must tick alone`, async () => {
    for (const [time, reconnects] of Object.entries(minutes)) {
      const world = worldAt("15:00", [key]);
      await world.start();
      const [hour, minute] = time.split(":").map(Number) as [number, number];
      await world.pass(((hour - 15) * 60 + minute) * MINUTE, 5_000);
      equal(world.broker.dials.length, 1);
      world.broker.ticks = () => false;
      world.broker.frozenAt = world.clock.now();
      await world.pass(4 * MINUTE, 5_000);
      equal(world.broker.dials.length - 1, reconnects, time);
      equal(world.told.includes("upstream_down"), false);
      await world.stop();
    }
  });
}
