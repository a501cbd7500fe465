import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { InstrumentKey, Mode } from "../../lib/market/market.ts";
import { FakeSocket } from "../clients/fake_socket.ts";
import { World } from "../broker_answers/world.ts";
import { builtInCalendar } from "../hours.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const BOOK = {
  bids: [{ price: 20, quantity: 75, orders: 1 }],
  asks: [{ price: 21, quantity: 75, orders: 1 }],
};

const CROSSED = { bids: BOOK.asks, asks: BOOK.bids };

/** A world in which one client has asked for `ltp`, and others join with what they want. */
async function worldOf(watch: readonly InstrumentKey[], start = "2026-11-20T10:00"): Promise<World> {
  const calendar = builtInCalendar();
  const world = new World({ watch, start: `${start}:00+05:30`, calendar });
  world.broker.ticks = () => false;
  world.broker.snapshots = () => false;
  await world.start();
  await world.pass(1_000);
  return world;
}

/** One more client, subscribed to what the world watches. */
function join(world: World, mode: Mode, query = "encoding=json"): Promise<FakeSocket> {
  const exchanges = new Set(world.watch.map((key) => key.split(":")[0]));
  return world.join(query, [...exchanges].map((exchange) => ({ command: "subscribe", exchange, mode })));
}

const news = (socket: FakeSocket) =>
  socket.messages().filter(({ type }) => type === "system").map(({ status }) => status);

Deno.test("250 options that never traded, in snapquote, beside a client of ltp: books, and no invented price", async () => {
  const options = Array.from({ length: 250 }, (_, i): InstrumentKey => `nfo:${40_000 + i}`);
  const world = await worldOf(options);
  const rich = await join(world, "snapquote");
  for (let i = 0; i < 3; i++) {
    for (const key of options) world.broker.tick(key, 0, { ...BOOK, exchangeTime: 0, volume: 0 });
    await world.pass(1_000);
  }
  const ticks = rich.ticks();
  equal(ticks.length, 750);
  for (const tick of ticks) {
    deepEqual([tick.last_traded_price, tick.exchange_timestamp, tick.freshness], [
      undefined,
      undefined,
      "quiet",
    ]);
    deepEqual([tick.bids, tick.asks], [BOOK.bids, BOOK.asks]);
  }
  deepEqual([world.json.ticks(), news(rich), world.told], [[], [], []]);
  const [row] = await world.subscriptions();
  equal(row!.reason, "it has not been traded yet, so there is no price");
  equal(row!.freshness, undefined);
  // The first trade reaches both, each in its turn.
  world.broker.tick(options[0]!, 20.5, { ...BOOK, lastTradeTime: world.clock.now(), volume: 75 });
  await world.pass(1_000);
  deepEqual(world.prices, [20.5]);
  deepEqual([rich.ticks().at(-1)!.last_traded_price, rich.ticks().at(-1)!.freshness], [20.5, undefined]);
  await world.stop();
});

Deno.test("what one client's snapquote tells never changes what another client's ltp shows", async () => {
  const key: InstrumentKey = "nfo:40000";
  const packets: readonly (readonly [number, Record<string, unknown>])[] = [
    [100, { ...BOOK, lastTradeTime: 0 }],
    [101, CROSSED],
    [102, { upperCircuit: 60, lowerCircuit: 0.05, volume: 5 }],
    [103, { high: 60, low: 50 }],
    [104, { lastTradeTime: Date.parse("2026-11-17T15:00:00+05:30") }],
    [0, BOOK],
    [105, BOOK],
  ];
  const shown: unknown[] = [];
  for (const beside of ["ltp", "quote", "snapquote"] as const) {
    const world = await worldOf([key]);
    await join(world, beside);
    for (const [price, more] of packets) {
      world.broker.tick(key, price, more);
      await world.pass(1_000);
    }
    shown.push([
      world.json.ticks().map(({ sequence_number: _, ...tick }) => tick),
      world.told,
      world.freshness(),
    ]);
    await world.stop();
  }
  deepEqual(shown[1], shown[0]);
  deepEqual(shown[2], shown[0]);
  const [ticks] = shown[0] as [unknown[]];
  equal(ticks.length, 6);
});

Deno.test("a doubtful price costs the price, a doubtful book the belief in it, and neither the instrument", async () => {
  const key: InstrumentKey = "nfo:40000";
  const world = await worldOf([key]);
  const rich = await join(world, "snapquote");
  const raw = await join(world, "snapquote", "encoding=binary");
  const send = async (price: number, more: Record<string, unknown>) => {
    world.broker.tick(key, price, { ...BOOK, volume: 5, lastTradeTime: world.clock.now(), ...more });
    await world.pass(2_000);
  };
  await send(20.5, {});
  await send(90, { upperCircuit: 60, lowerCircuit: 0.05 });
  await send(-5, {});
  await send(20.6, {});
  deepEqual(rich.ticks().map((tick) => [tick.last_traded_price, tick.freshness, tick.bids]), [
    [20.5, undefined, BOOK.bids],
    [undefined, "suspect", BOOK.bids],
    [undefined, "suspect", BOOK.bids],
    [20.6, undefined, BOOK.bids],
  ]);
  deepEqual(news(rich), ["suspect", "suspect", "fresh"]);
  equal(raw.frames.filter((frame) => typeof frame !== "string").length, 2, "raw packets have no mark");
  deepEqual(Object.fromEntries(world.pipeline.marketData.rejected.counts), {
    outside_circuits: 1,
    no_price: 1,
  });
  await world.stop();
});

Deno.test("the first trading day of a share: crossed books of its call auction pass, and then its first trade", async () => {
  const key: InstrumentKey = "nse:99001";
  const world = await worldOf([key], "2026-11-20T09:16");
  const rich = await join(world, "snapquote");
  for (let minute = 0; minute < 30; minute++) {
    world.broker.tick(key, 0, { ...CROSSED, exchangeTime: world.clock.now(), volume: 0 });
    await world.pass(60_000, 20_000);
  }
  world.broker.tick(key, 1_000, { ...BOOK, volume: 10, lastTradeTime: world.clock.now() });
  await world.pass(1_000);
  equal(rich.ticks().length, 31);
  ok(rich.ticks().every(({ freshness }) => freshness !== "suspect"));
  deepEqual([news(rich), world.told, world.prices], [[], [], [1_000]]);
  await world.stop();
});

Deno.test("one packet from the future, however little, is not shown, and silences nothing", async () => {
  for (const lead of [10_000, 290_000, DAY]) {
    const world = await worldOf(["nse:99926000"]);
    const tick = async (price: number, ahead = 0) => {
      world.broker.tick("nse:99926000", price, { exchangeTime: world.clock.now() + ahead });
      await world.pass(1_000);
    };
    for (let i = 0; i < 5; i++) await tick(24_000 + i);
    await tick(24_100, lead);
    for (let i = 0; i < 5; i++) await tick(24_200 + i);
    equal(world.prices.length, 10);
    ok(!world.prices.includes(24_100));
    equal(world.freshness(), "live");
    await world.stop();
  }
});

Deno.test("a price whose exchange time is of before is not live: days, hours, or a clock that stands still", async () => {
  for (const age of [3 * DAY, 3 * HOUR, 301_000]) {
    const world = await worldOf(["nse:3045"]);
    world.broker.tick("nse:3045", 800, { exchangeTime: world.clock.now() - age });
    await world.pass(1_000);
    deepEqual(world.json.ticks().map(({ freshness }) => freshness), ["quiet"]);
    equal(world.freshness(), "quiet");
    equal((await world.subscriptions())[0]!.freshness, "quiet");
    world.broker.tick("nse:3045", 801);
    await world.pass(1_000);
    equal(world.json.ticks().at(-1)!.freshness, undefined);
    equal(world.freshness(), "live");
    await world.stop();
  }
});

Deno.test("a price of paise reaches nobody in any mode; a jump that is real does with its second tick", async () => {
  const world = await worldOf(["nse:99926000"]);
  for (const price of [24_800, 248, 24_801, 18_000, 18_010, 18_020]) {
    world.broker.tick("nse:99926000", price);
    await world.pass(500);
  }
  deepEqual(world.prices, [24_800, 24_801, 18_010, 18_020]);
  await world.stop();
});

Deno.test("a packet that has grown at its end is read, and handed on as long as it was", async () => {
  const world = await worldOf(["nse:3045"]);
  const raw = await join(world, "ltp", "encoding=binary");
  const packet = world.broker.packet("nse:3045", "ltp", 812.5);
  const grown = new Uint8Array(packet.length + 8).fill(7);
  grown.set(packet);
  world.broker.send(grown);
  await world.pass(1_000);
  deepEqual(world.prices, [812.5]);
  const frame = raw.frames.find((each) => typeof each !== "string") as unknown as Uint8Array;
  deepEqual([...frame.subarray(2)], [...packet]);
  await world.stop();
});
