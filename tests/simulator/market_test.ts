import { deepStrictEqual as deepEqual, ok, strictEqual as equal, throws } from "node:assert/strict";
import { EXCHANGE_TYPES, isIndexToken, keyOf, type SnapQuoteTick } from "../../lib/market/market.ts";
import { PACKET_BYTES } from "../../lib/smartapi/endpoints.ts";
import { createPacketDecoder, type Depth20 } from "../../lib/smartapi/packet.ts";
import { manyInstruments } from "../../lib/simulator/instruments.ts";
import { SIMULATED_INSTRUMENTS } from "./simulated.ts";
import { SimulatedMarket } from "../../lib/simulator/market.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { FakeClock, seededRandom } from "../fakes.ts";

const NOW = new FakeClock().now();

for (const instrument of SIMULATED_INSTRUMENTS) {
  const { exchange, token, symbol, lotSize } = instrument;
  Deno.test(`${exchange} ${symbol}: twenty thousand moves keep every figure true to the others`, () => {
    const market = new SimulatedMarket(
      [{ ...instrument, band: Math.min(instrument.band, 0.02) }],
      seededRandom(5),
    );
    const key = keyOf(exchange, token);
    const decode = createPacketDecoder();
    let before: SnapQuoteTick | undefined;
    for (let i = 0; i < 20_000; i++) {
      market.move(key, NOW + i * 50);
      if (i % 10 !== 0) continue;
      const tick = decode(market.packet(key, "snapquote", NOW + i * 50)!, 0) as SnapQuoteTick;
      equal(tick.mode, "snapquote");
      check(tick, lotSize);
      if (before !== undefined && !isIndexToken(token)) {
        ok(tick.volume! >= before.volume! && tick.sequence > before.sequence);
      }
      before = tick;
    }
  });
}

function check(tick: SnapQuoteTick, lotSize: number): void {
  const { lastPrice = NaN, open, high, low, averagePrice, upperCircuit, lowerCircuit, bids, asks } = tick;
  const shown = JSON.stringify(tick);
  ok(high! >= lastPrice && low! <= lastPrice && high! >= open! && low! <= open!, shown);
  ok(tick.week52High! >= high! && tick.week52Low! <= low!, shown);
  if (isIndexToken(tick.token)) return deepEqual([bids, asks, tick.volume], [[], [], undefined]);
  // Rounded to what the wire can carry.
  ok(averagePrice === undefined || (averagePrice >= low! - 0.01 && averagePrice <= high! + 0.01), shown);
  for (const { price, quantity } of [...bids, ...asks]) {
    ok(price >= lowerCircuit! && price <= upperCircuit! && quantity % lotSize === 0, shown);
  }
  ok(lastPrice >= lowerCircuit! && lastPrice <= upperCircuit!, shown);
  if (bids.length > 0 && asks.length > 0) ok(bids[0]!.price < asks[0]!.price, shown);
  const sum = (levels: typeof bids) => levels.reduce((all, { quantity }) => all + quantity, 0);
  ok(tick.totalBuyQuantity! >= sum(bids) && tick.totalSellQuantity! >= sum(asks), shown);
}

Deno.test("a currency's average price lies between its low and its high", () => {
  const usdinr = SIMULATED_INSTRUMENTS.filter(({ exchange }) => exchange === "cds");
  const market = new SimulatedMarket(usdinr, seededRandom(2));
  const key = keyOf("cds", usdinr[0]!.token);
  const decode = createPacketDecoder();
  for (let i = 0; i < 2_000; i++) {
    market.move(key, NOW);
    const { averagePrice, low, high } = decode(market.packet(key, "snapquote", NOW)!, 0) as SnapQuoteTick;
    ok(averagePrice === undefined || (averagePrice >= low! - 0.0025 && averagePrice <= high! + 0.0025));
  }
});

Deno.test("the flags of a thin book stand by position, and every slot of an index holds -1", () => {
  const market = new SimulatedMarket(SIMULATED_INSTRUMENTS, seededRandom(1));
  const flags = (bytes: Uint8Array) => {
    const view = new DataView(bytes.buffer);
    return Array.from({ length: 10 }, (_, i) => view.getInt16(147 + 20 * i, true));
  };
  deepEqual(flags(market.packet("bse:3045", "snapquote", NOW)!), [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]);
  const index = market.packet("nse:99926000", "snapquote", NOW)!;
  ok(index.subarray(147, 347).every((byte) => byte === 255));
});

Deno.test("one counter numbers the packets of a segment, and begins anew with the day", () => {
  const market = new SimulatedMarket(SIMULATED_INSTRUMENTS, seededRandom(1));
  const decode = createPacketDecoder();
  const read = (key: "nse:3045" | "nse:2885" | "bse:500325") =>
    decode(market.packet(key, "snapquote", NOW)!, 0) as SnapQuoteTick;
  deepEqual([read("nse:3045"), read("nse:2885"), read("bse:500325")].map(({ sequence }) => sequence), [
    1,
    2,
    1,
  ]);
  for (let i = 0; i < 500; i++) market.move("nse:3045", NOW);
  const evening = read("nse:3045");
  market.newDay();
  const morning = read("nse:3045");
  equal(morning.sequence, 1);
  deepEqual([morning.close, morning.open, morning.high, morning.low], Array(4).fill(evening.lastPrice));
  equal(morning.volume, 0);
  ok(Math.abs(morning.upperCircuit! / evening.lastPrice! - 1.1) < 0.001);
});

Deno.test("a packet of the withdrawn mode 4 has 443 bytes and twenty levels of each side", () => {
  const market = new SimulatedMarket(SIMULATED_INSTRUMENTS, seededRandom(1));
  const bytes = market.packet("nse:3045", "depth20", NOW + 123)!;
  equal(bytes.length, PACKET_BYTES[4]);
  equal(new DataView(bytes.buffer).getBigInt64(35, true), 0n);
  const depth = createPacketDecoder()(bytes, 0) as Depth20;
  deepEqual([depth.mode, depth.key, depth.exchangeTime], ["depth20", "nse:3045", NOW + 123]);
  deepEqual([depth.bids.length, depth.asks.length], [20, 20]);
  ok(depth.bids[0]!.price < depth.asks[0]!.price);
});

Deno.test("the instruments are told apart by exchange and token, and lie on their ticks", () => {
  const keys = SIMULATED_INSTRUMENTS.map(({ exchange, token }) => keyOf(exchange, token));
  equal(new Set(keys).size, keys.length);
  const tokens = SIMULATED_INSTRUMENTS.map(({ token }) => token);
  ok(new Set(tokens).size < tokens.length, "one number stands in two segments");
  ok(SIMULATED_INSTRUMENTS.some(({ exchange, price }) => exchange === "mcx" && price * 100 > 2 ** 31));
  for (const exchange of ["nse", "bse", "nfo", "bfo", "mcx", "cds"] as const) {
    ok(SIMULATED_INSTRUMENTS.some((each) => each.exchange === exchange), `${EXCHANGE_TYPES[exchange]}`);
  }
  const many = manyInstruments(5_000);
  deepEqual([many[0]!.token, many[4_999]!.token], ["100001", "105000"]);
});

for (const rate of [0, 1, NaN, 30_001]) {
  Deno.test(`a rate of ${rate} is refused before anything is opened`, async () => {
    const clock = new FakeClock();
    const message = await startSimulator({ clock, random: Math.random, rate }).then(
      () => "",
      (error) => error.message,
    );
    equal(message, `rate is ${rate}; it must be 2 to 30000 events per second`);
    equal(clock.pending, 0);
  });
}

Deno.test("a token longer than its field is refused", () => {
  const long = { ...SIMULATED_INSTRUMENTS[0]!, token: "9".repeat(26) };
  const market = new SimulatedMarket([long], seededRandom(1));
  throws(() => market.packet(keyOf("nse", long.token), "ltp", NOW), RangeError);
});
