import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { ANYONE } from "../../lib/access/entitlement.ts";
import type { Opening } from "../../lib/clients/protocol.ts";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { World } from "../broker_answers/world.ts";
import { FakeSocket } from "../clients/fake_socket.ts";
import { Listener } from "../clients/http/event_listener.ts";
import { ListInHand } from "../instruments/list_in_hand.ts";
import { contractRow, fileRow, tableOfRows } from "../instruments/master.ts";

const DAY = 24 * 3_600_000;

const option = (token: string, symbol: string, expiry: string, strike: number, more = {}) =>
  contractRow({
    token,
    symbol,
    expiry,
    strike: `${strike * 100}.000000`,
    instrumenttype: "OPTIDX",
    ...more,
  });

const SBIN = fileRow({ token: "3045", symbol: "SBIN-EQ", name: "SBIN" });
const ZOMATO = fileRow({ token: "5097", symbol: "ZOMATO-EQ", name: "ZOMATO" });
const ETERNAL = fileRow({ token: "5097", symbol: "ETERNAL-EQ", name: "ETERNAL" });
const CALL = option("40001", "NIFTY24NOV2623500CE", "24NOV2026", 23_500);
const BANK_PUT = option("40001", "BANKNIFTY29DEC2651000PE", "29DEC2026", 51_000, { name: "BANKNIFTY" });
const PUT = option("40002", "NIFTY24NOV2623500PE", "24NOV2026", 23_500);
const LATER = option("40003", "NIFTY29DEC2623500CE", "29DEC2026", 23_500);
const LATER_AS_PUT = option("40003", "NIFTY29DEC2623500PE", "29DEC2026", 23_500);

const WATCH: readonly InstrumentKey[] = ["nse:3045", "nse:5097", "nfo:40001", "nfo:40002", "nfo:40003"];

Deno.test("a week in which two numbers change their contract: none is delivered under its old subscription", async () => {
  const monday = [SBIN, ZOMATO, CALL, PUT, LATER];
  const list = new ListInHand(await tableOfRows(monday));
  const world = new World({ start: "2026-11-23T10:00:00+05:30", watch: WATCH, instruments: list });
  await world.start();
  const binary = await world.join("encoding=binary", [{ command: "subscribe", exchange: "nfo" }]);
  await world.pass(5_000);
  equal(new Set(world.json.ticks().map(({ symbol }) => symbol)).size, 5);

  // Wednesday: one number is a put on banks now, another one means nothing any more, and a share has its new name.
  world.clock.setWall(2 * DAY);
  await world.pass(2_000);
  const before = {
    json: world.json.frames.length,
    raw: binary.frames.length,
    smart: world.smart.frames.length,
  };
  await world.pass(30_000);
  list.adopt(await tableOfRows([SBIN, ETERNAL, BANK_PUT, LATER]));
  await world.pass(5_000);
  const events = world.events.filter(({ changes }) => changes !== undefined);
  deepEqual(events.map(({ status, instruments, changes }) => [status, instruments, changes]), [
    ["expired", ["nfo:40001", "nfo:40002"], [
      { instrument: "nfo:40001", from: "NIFTY24NOV2623500CE" },
      { instrument: "nfo:40002", from: "NIFTY24NOV2623500PE" },
    ]],
    ["renamed", ["nse:5097"], [{ instrument: "nse:5097", from: "ZOMATO-EQ", to: "ETERNAL-EQ" }]],
  ]);
  const later = world.json.frames.slice(before.json).filter((frame) => frame.includes("market_data"));
  ok(later.length > 0 && later.every((frame) => !frame.includes("BANKNIFTY")));
  const told = binary.frames.filter((frame) => typeof frame === "string").map((frame) =>
    JSON.parse(frame).status
  );
  ok(told.includes("expired"));
  for (const frame of [...binary.frames.slice(before.raw), ...world.smart.frames.slice(before.smart)]) {
    const text = typeof frame === "string" ? frame : new TextDecoder().decode(frame as never);
    if (typeof frame !== "string") {
      ok(!/4000[12]/.test(text), "a packet of a number that means something else");
    }
  }
  const rows = await world.subscriptions();
  deepEqual(rows.map(({ symbol, state, reason }) => [symbol, state, reason]), [
    ["SBIN-EQ", "live", undefined],
    ["ETERNAL-EQ", "live", undefined],
    ["NIFTY29DEC2623500CE", "live", undefined],
    ["NIFTY24NOV2623500CE", "expired", "its last day is over, or no list has its number any more"],
    ["NIFTY24NOV2623500PE", "expired", "its last day is over, or no list has its number any more"],
  ]);
  equal(world.pipeline.marketData.demand.wanted.size, 3, "their places are free");
  await world.pass(40_000);
  deepEqual([...world.broker.open[0]!.held.keys()].sort(), ["nfo:40003", "nse:3045", "nse:5097"]);

  // Thursday: a call has become a put. Who asks for the number again has asked for what it means now.
  list.adopt(await tableOfRows([SBIN, ETERNAL, BANK_PUT, LATER_AS_PUT]));
  await world.pass(2_000);
  const [{ changes }] = world.events.filter(({ status }) => status === "replaced") as [{ changes: unknown }];
  deepEqual(changes, [{ instrument: "nfo:40003", from: "NIFTY29DEC2623500CE", to: "NIFTY29DEC2623500PE" }]);
  equal(JSON.parse(binary.frames.findLast((frame) => typeof frame === "string")!).status, "replaced");
  world.ask({ command: "subscribe", exchange: "nfo", tokens: ["40003"] });
  await world.pass(2_000);
  const [row] = (await world.subscriptions()).filter(({ instrument }) => instrument === "nfo:40003");
  deepEqual([row!.symbol, row!.state], ["NIFTY29DEC2623500PE", "live"]);
  await world.stop();
});

Deno.test("who comes back asks by name and number alike, and gets no value of the contract before", async () => {
  const list = new ListInHand(await tableOfRows([SBIN, CALL]));
  const world = new World({ watch: ["nfo:40001"], instruments: list });
  await world.start();
  await world.pass(3_000);
  world.broker.ticks = () => false;
  list.adopt(await tableOfRows([SBIN, BANK_PUT]));
  await world.pass(1_000);
  const late = await world.join("encoding=json", [{ command: "subscribe", exchange: "nfo" }]);
  deepEqual(late.ticks(), []);
  await world.stop();
});

Deno.test("every interface: the old subscription ends and says so, and nothing of the contract before is shown under the new name", async () => {
  const list = new ListInHand(await tableOfRows([SBIN, CALL]));
  const world = new World({ watch: ["nfo:40001"], instruments: list });
  await world.start();
  const get = (path: string, query: string) =>
    world.pipeline.api.answer({
      method: "GET",
      path,
      query: new URLSearchParams(`exchange=nfo&tokens=40001&${query}`),
      headers: new Headers(),
      entitlement: ANYONE,
      peer: "127.0.0.1",
      from: "127.0.0.1:1",
      acquirePlace: () => () => {},
    });
  const events = new Listener((await get("/events", "")).body!);
  const openAlgo = await world.join("", [
    { action: "subscribe", symbol: "NIFTY24NOV2623500CE", exchange: "NFO", mode: 1 },
  ]);
  const [before] = (await (await get("/quotes", "mode=ltp&wait=0")).json()).data;
  deepEqual([before.symbol, before.last_traded_price], ["NIFTY24NOV2623500CE", 800]);
  await world.pass(70_000);
  ok((await (await get("/candles", "interval=1m")).json()).data.length > 0);
  ok(events.named("message").length > 0 && openAlgo.data().length > 0);

  // From here on the number has another price.
  world.broker.prices.set("nfo:40001", 90);
  world.broker.ticks = () => false;
  const next = await tableOfRows([SBIN, BANK_PUT]);
  const counts = [events.events.length, openAlgo.frames.length];
  list.adopt(next);
  world.broker.tick("nfo:40001");
  await world.pass(2_000);
  const told = [
    events.events.slice(counts[0]).map(({ data }) => data.status),
    openAlgo.frames.slice(counts[1]).map((frame) => JSON.parse(frame).status),
  ];
  deepEqual(told, [["replaced"], ["replaced"]]);
  const [after] = (await (await get("/quotes", "mode=ltp&wait=0")).json()).data;
  equal(after.symbol, "BANKNIFTY29DEC2651000PE");
  ok(after.last_traded_price !== 800, JSON.stringify(after));
  const candles = await (await get("/candles", "interval=1m")).json();
  ok(!JSON.stringify(candles.data ?? []).includes("800"), JSON.stringify(candles));
  await events.leave();
  await world.stop();
});

Deno.test("no wire goes on delivering a number that means something else, whatever it has words for", async () => {
  const list = new ListInHand(await tableOfRows([CALL]));
  const world = new World({ watch: ["nfo:40001"], instruments: list });
  await world.start();
  const { gateway, groups, protocols } = world.pipeline;
  // A wire that has been told of nothing.
  const deaf: Opening = {
    ...protocols[0]!.open({ query: new URLSearchParams(), headers: new Headers() }) as Opening,
    start(connection) {
      connection.setSubscription("nfo:40001", "ltp", { now: 0, elapsed: 0 });
      groups.change(connection, connection.delivery, new Map([["nfo:40001", "ltp"]]));
      return { received() {}, event() {}, ended() {} };
    },
  };
  gateway.connect(new FakeSocket(), { from: "127.0.0.1:3", opening: deaf, entitlement: ANYONE });
  await world.pass(1_000);
  equal(world.pipeline.marketData.demand.wanted.size, 1);
  list.adopt(await tableOfRows([BANK_PUT]));
  equal(world.pipeline.marketData.demand.wanted.size, 0);
  await world.stop();
});

Deno.test("a contract whose last day is over has expired, also where the list still has it", async () => {
  const list = new ListInHand(await tableOfRows([CALL, LATER]));
  const world = new World({
    start: "2026-11-24T23:00:00+05:30",
    watch: ["nfo:40001", "nfo:40003"],
    instruments: list,
  });
  await world.start();
  list.adopt(await tableOfRows([CALL, LATER]));
  deepEqual(world.told.filter((status) => status === "expired"), []);
  world.clock.setWall(2 * 3_600_000);
  list.adopt(await tableOfRows([CALL, LATER]));
  await world.pass(1_000);
  const expired = world.events.filter(({ status }) => status === "expired");
  deepEqual(expired.map(({ instruments }) => instruments), [["nfo:40001"]]);
  await world.stop();
});

Deno.test("a morning without a new list: what expired yesterday ends at midnight, before its number is given to another", async () => {
  const list = new ListInHand(await tableOfRows([SBIN, CALL, LATER]));
  const world = new World({
    start: "2026-11-24T23:58:00+05:30",
    watch: ["nse:3045", "nfo:40001", "nfo:40003"],
    instruments: list,
  });
  await world.start();
  await world.pass(60_000);
  equal(world.pipeline.marketData.demand.wanted.size, 3);
  await world.pass(120_000);
  deepEqual(world.events.map(({ status, instruments }) => [status, instruments]), [["expired", [
    "nfo:40001",
  ]]]);
  equal(world.pipeline.marketData.demand.wanted.size, 2);
  const before = world.json.frames.length;
  world.broker.tick("nfo:40001", 25_692.9);
  await world.pass(1_000);
  ok(world.json.frames.slice(before).every((frame) => !frame.includes("25692.9")));
  const rows = await world.subscriptions();
  const state = rows.find(({ instrument }) => instrument === "nfo:40001")!;
  deepEqual([state.state, state.reason], [
    "expired",
    "its last day is over, or no list has its number any more",
  ]);
  await world.stop();
});

Deno.test("a number that changes its contract in the moment after it was subscribed is noticed as well", async () => {
  const list = new ListInHand(await tableOfRows([SBIN, CALL]));
  const world = new World({ watch: ["nfo:40001"], instruments: list });
  await world.start();
  list.adopt(await tableOfRows([SBIN, BANK_PUT]));
  await world.pass(1_000);
  deepEqual(world.events.filter(({ status }) => status === "replaced").length, 1);
  deepEqual(world.json.ticks(), []);
  equal(world.pipeline.marketData.demand.wanted.size, 0);
  await world.stop();
});
