import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { parts } from "./parts.ts";

/** A multiple of a minute, in seconds. */
const AT = 1_795_149_900;

function setUp() {
  const candles = parts.createCandles();
  return {
    candles,
    add: (seconds: number, price: number, dayVolume?: number) =>
      candles.add({ time: (AT + seconds) * 1000, price, dayVolume }),
    /** Candles as [second, open, high, low, close, volume]. */
    of: (seconds: number) =>
      // deno-lint-ignore no-explicit-any
      Array.from(candles.of(seconds), (c: any) => [c.time - AT, c.open, c.high, c.low, c.close, c.volume]),
    // deno-lint-ignore no-explicit-any
    places: (seconds: number, from?: number): any[] =>
      JSON.parse(JSON.stringify(candles.places(seconds, from))),
  };
}

Deno.test("ticks of one bucket are one candle, in each interval", () => {
  const { add, of } = setUp();
  add(0, 100, 1_000);
  add(0.4, 103, 1_010);
  add(0.9, 99, 1_010);
  add(1, 101, 1_030);
  add(5, 102, 1_031);
  deepEqual(of(1), [[0, 100, 103, 99, 99, 10], [1, 101, 101, 101, 101, 20], [5, 102, 102, 102, 102, 1]]);
  deepEqual(of(5), [[0, 100, 103, 99, 101, 30], [5, 102, 102, 102, 102, 1]]);
  deepEqual(of(15), [[0, 100, 103, 99, 102, 31]]);
  deepEqual(of(60), [[0, 100, 103, 99, 102, 31]]);
});

Deno.test("volume is what was traded between two ticks, and unknown before the second", () => {
  const { add, of } = setUp();
  add(0, 100, 5_000);
  add(1, 100, 5_004);
  add(2, 100);
  add(3, 100, 5_010);
  add(4, 100, 5_012);
  add(5, 100, 3);
  add(6, 100, 4);
  deepEqual(of(1).map((candle) => candle[5]), [undefined, 4, undefined, undefined, 2, undefined, 1]);
});

Deno.test("an outage leaves a hole, and its volume counts for no candle", () => {
  const { candles, add, of, places } = setUp();
  add(0, 100, 1_000);
  add(1, 101, 1_010);
  candles.cut();
  add(4, 90, 900_000);
  add(6, 91, 900_005);
  deepEqual(of(1), [
    [0, 100, 100, 100, 100, undefined],
    [1, 101, 101, 101, 101, 10],
    [4, 90, 90, 90, 90, undefined],
    [6, 91, 91, 91, 91, 5],
  ]);
  deepEqual(places(1).map(({ time, close, outage }) => [time - AT, close ?? outage]), [
    [0, 100],
    [1, 101],
    [2, true],
    [3, true],
    [4, 90],
    [5, undefined],
    [6, 91],
  ]);
  equal(candles.of(60)[0].holed, true, "a candle with an outage within says so");
  equal(candles.of(60)[0].volume, 15);
});

Deno.test("a late tick changes nothing that is finished", () => {
  const { add, of } = setUp();
  add(10, 100);
  add(7, 500);
  deepEqual(of(1), [[10, 100, 100, 100, 100, undefined]]);
});

Deno.test("only so many candles are kept, and a long silence is not drawn place by place", () => {
  const { candles, add, places } = setUp();
  for (let i = 0; i < 1_000; i++) add(i, i);
  deepEqual([candles.of(1).length, candles.of(1)[0].time - AT], [300, 700]);
  add(100_000, 7);
  const all = places(1);
  deepEqual([all.length, all[0].close, all.at(-1).close], [300, undefined, 7]);
  deepEqual(places(1, AT + 99_999).length, 2);
});

Deno.test("a thousand instruments that trade each second all day hold less than 60 MB of candles", () => {
  const { candles, add } = setUp();
  for (let i = 0; i < 375 * 60; i++) add(i, 1_234_567.85, i * 1_000);
  ok(candles.bytes * 1_000 < 60e6, `${candles.bytes} bytes each`);
  deepEqual([candles.count(1), candles.count(5), candles.count(15), candles.count(60)], [300, 360, 300, 375]);
  equal(candles.last(60).close, 1_234_567.85);
  equal(candles.last(60).volume, 60_000);
  equal(candles.at(60, AT + 600).time - AT, 600);
  equal(candles.at(60, AT + 601), undefined);
  // One that traded once needs next to nothing.
  const quiet = setUp();
  quiet.add(0, 5);
  ok(quiet.candles.bytes < 4_000);
});
