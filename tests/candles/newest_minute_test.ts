import { deepStrictEqual as deepEqual } from "node:assert/strict";
import fc from "fast-check";
import { InstrumentCandles } from "../../lib/candles/instrument_candles.ts";
import type { Tick } from "../../lib/market/market.ts";
import { ltpTick, quoteTick, snapQuoteTick } from "../ticks.ts";

const BEGIN = Date.parse("2026-11-20T10:00:00+05:30");
const PLENTY = { take: () => true, give: () => {} };
const HOURS = { phase: "open", trading: true, until: Infinity } as const;

/** What the next packet of an instrument tells: it may be late, of a poorer mode, or repeat what was. */
const step = fc.record({
  mode: fc.constantFrom("ltp", "quote", "snapquote"),
  afterMs: fc.integer({ min: -90_000, max: 40_000 }),
  price: fc.integer({ min: 1, max: 40 }),
  units: fc.integer({ min: -3, max: 20 }),
  told: fc.boolean(),
});

function ticksOf(steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[]): Tick[] {
  let time = BEGIN;
  let volume = 1_000;
  return steps.map(({ mode, afterMs, price, units, told }) => {
    time = Math.max(BEGIN, time + afterMs);
    volume = Math.max(0, volume + units);
    const base = { exchangeTime: time, receivedAt: time };
    if (mode === "ltp") return ltpTick("nse:3045", price, base);
    const more = { ...base, lastQuantity: units, ...told ? { volume } : {} };
    if (mode === "quote") return quoteTick("nse:3045", price, more);
    return snapQuoteTick("nse:3045", price, { ...more, lastTradeTime: time, openInterest: volume * 2 });
  });
}

Deno.test("candles are the same, whether they are read after each tick or at the end", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const [often, once] = [new InstrumentCandles("3045", PLENTY), new InstrumentCandles("3045", PLENTY)];
      const bars = ({ minutes }: InstrumentCandles) => [...minutes.between(0, Infinity)];
      for (const tick of ticksOf(steps)) {
        for (const candles of [often, once]) candles.take(tick, { old: false, hours: HOURS });
        bars(often);
      }
      deepEqual(bars(once), bars(often));
      deepEqual(once.version, often.version);
    }),
    { numRuns: 300 },
  );
});

Deno.test("what was noted of a minute is in its candle: prices, volume and open interest", () => {
  const candles = new InstrumentCandles("3045", PLENTY);
  const tick = (second: number, price: number, volume: number) =>
    snapQuoteTick("nse:3045", price, {
      exchangeTime: BEGIN + second * 1_000,
      receivedAt: BEGIN + second * 1_000,
      lastTradeTime: BEGIN + second * 1_000,
      volume,
      openInterest: volume + 7,
    });
  for (
    const each of [
      tick(0, 90, 100),
      tick(1, 100, 110),
      tick(5, 104, 125),
      tick(9, 97, 126),
      tick(12, 101, 130),
    ]
  ) candles.take(each, { old: false, hours: HOURS });
  deepEqual([...candles.minutes.between(0, Infinity)], [
    { time: BEGIN, open: 100, high: 104, low: 97, close: 101, volume: 30, openInterest: 137 },
  ]);
});
