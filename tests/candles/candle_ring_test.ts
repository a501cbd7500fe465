import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { CANDLE_BYTES, CandleRing } from "../../lib/candles/candle_ring.ts";

const MINUTE = 60_000;

function memory(bytes = Infinity) {
  let used = 0;
  return {
    get used() {
      return used;
    },
    take(more: number) {
      if (used + more > bytes) return false;
      used += more;
      return true;
    },
    give(back: number) {
      used -= back;
    },
  };
}

Deno.test("a candle takes 48 bytes at most", () => ok(CANDLE_BYTES <= 48));

Deno.test("a ring has the newest candles, whatever came and however often it grew", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 100 }),
    fc.array(
      fc.record({ gap: fc.integer({ min: 1, max: 5 }), price: fc.nat(1_000), units: fc.nat(2 ** 35) }),
      {
        maxLength: 300,
      },
    ),
    fc.nat(1_500),
    fc.nat(1_500),
    (most, trades, from, to) => {
      const ring = new CandleRing(most, memory());
      let minute = 0;
      const all = trades.map(({ gap, price, units }) => {
        minute += gap;
        const place = ring.begin(minute * MINUTE, price)!;
        ring.trade(place, price + 2, false);
        ring.trade(place, price + 1, true);
        ring.addVolume(place, units);
        ring.setInterest(place, units + 1);
        return {
          time: minute * MINUTE,
          open: price,
          high: price + 2,
          low: price,
          close: price + 1,
          volume: units,
          openInterest: units + 1,
        };
      });
      const kept = all.slice(-most);
      deepEqual([...ring.between(0, Infinity)], kept);
      deepEqual(
        [...ring.between(from * MINUTE, to * MINUTE)],
        kept.filter(({ time }) => from * MINUTE <= time && time < to * MINUTE),
      );
      deepEqual([ring.oldestTime, ring.newestTime], [kept[0]?.time, kept.at(-1)?.time]);
    },
  ));
});

Deno.test("a ring for which there is no memory keeps what it has room for, and gives its memory back", () => {
  const shared = memory(40 * CANDLE_BYTES);
  const ring = new CandleRing(1_000, shared);
  for (let i = 1; i <= 100; i++) ring.begin(i * MINUTE, i);
  deepEqual(
    [...ring.between(0, Infinity)].map(({ open }) => open),
    Array.from({ length: 32 }, (_, i) => 69 + i),
  );
  const other = new CandleRing(1_000, shared);
  equal(other.begin(MINUTE, 1), undefined);
  equal(shared.used, 32 * CANDLE_BYTES);
  ring.clear();
  equal(shared.used, 0);
  ok(other.begin(MINUTE, 1) !== undefined);
});
