import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { SeenCandles } from "../../lib/candles/seen_candles.ts";
import { DAY_MS } from "../../lib/market/ist.ts";
import type { Phase } from "../../lib/market/calendar.ts";
import { type InstrumentKey, keyOf, type QuoteTick, type SnapQuoteTick } from "../../lib/market/market.ts";
import { FakeClock } from "../fakes.ts";
import { hoursOfPhase } from "../hours.ts";
import { ltpTick, quoteTick, snapQuoteTick } from "../ticks.ts";

const KEY = keyOf("nse", "3045");

function at(time: string): number {
  return Date.parse(`2026-11-20T${time}+05:30`);
}

/** Candles of one share on a day with the usual hours, fed by hand. */
function stage() {
  const clock = new FakeClock(at("09:00:00"));
  const phases: readonly [Phase, string, string][] = [
    ["pre_open", "09:00:00", "09:15:00"],
    ["open", "09:15:00", "15:30:00"],
    ["transition", "15:30:00", "15:40:00"],
    ["post_close", "15:40:00", "16:00:00"],
  ];
  const seen = new SeenCandles({
    clock,
    hours(_key, time) {
      const found = phases.find(([, from, to]) => at(from) <= time && time < at(to));
      return found === undefined
        ? hoursOfPhase("closed", time, time + 1)
        : hoursOfPhase(found[0], at(found[1]), at(found[2]));
    },
  });
  const moment = (exchangeTime: string, came?: number) => {
    const receivedAt = came ?? at(exchangeTime);
    clock.advance(Math.max(0, receivedAt - clock.now()));
    return { exchangeTime: at(exchangeTime), receivedAt };
  };
  return {
    clock,
    seen,
    quote(
      time: string,
      price: number,
      volume: number,
      more: Partial<QuoteTick> = {},
      old = false,
      came?: number,
    ) {
      seen.tick(quoteTick(KEY, price, { ...moment(time, came), volume, lastQuantity: 1, ...more }), old);
    },
    snap(time: string, price: number, volume: number, more: Partial<SnapQuoteTick> = {}) {
      seen.tick(snapQuoteTick(KEY, price, { ...moment(time), volume, lastQuantity: 1, ...more }), false);
    },
    ltp(time: string, price: number, key: InstrumentKey = KEY) {
      seen.tick(ltpTick(key, price, moment(time)), false);
    },
    /** Time of day, open, high, low, close, volume. */
    rows(base: "1s" | "1m" = "1m", key: InstrumentKey = KEY) {
      return seen.bars(key, base, 0, Infinity).map(({ time, open, high, low, close, volume }) => [
        new Date(time + 5.5 * 3_600_000).toISOString().slice(11, base === "1m" ? 16 : 19),
        open,
        high,
        low,
        close,
        volume,
      ]);
    },
  };
}

Deno.test("the exchange's time decides the minute, whenever the tick comes", () => {
  const { quote, rows } = stage();
  quote("09:20:00", 100, 1_000);
  quote("09:20:30", 101, 1_010);
  // The exchange's clock is four seconds behind: its minute goes on.
  quote("09:20:59", 103, 1_030, {}, false, at("09:21:03"));
  quote("09:21:00", 102, 1_035, {}, false, at("09:21:04"));
  deepEqual(rows(), [["09:20", 101, 103, 101, 103, 30], ["09:21", 102, 102, 102, 102, 5]]);
});

Deno.test("a late tick mends the candle it belongs to, and takes its volume out of the next one", () => {
  const { quote, rows, seen } = stage();
  seen.keepSeconds(KEY);
  quote("09:20:00", 100, 1_000);
  quote("09:20:58", 101, 1_010);
  quote("09:21:00", 102, 1_050);
  quote("09:20:59", 99, 1_030);
  quote("09:21:00", 103, 1_060);
  deepEqual(rows(), [["09:20", 101, 101, 99, 99, 30], ["09:21", 102, 103, 102, 103, 30]]);
  deepEqual(rows("1s").map(([time, , , , , volume]) => [time, volume]), [["09:20:58", 10], ["09:21:00", 50]]);
});

Deno.test("a trade that a packet of later tells of belongs to its own minute", () => {
  const { snap, rows } = stage();
  snap("09:20:30", 100, 1_000);
  snap("09:21:00", 101, 1_007, { lastTradeTime: at("09:20:59"), openInterest: 70 });
  snap("09:21:02", 102, 1_009, { lastTradeTime: at("09:21:02"), openInterest: 71 });
  deepEqual(rows(), [["09:20", 101, 101, 101, 101, 7], ["09:21", 102, 102, 102, 102, 2]]);
});

Deno.test("a packet that repeats what was said tells of no trade", () => {
  const { quote, rows } = stage();
  quote("09:20:00", 100, 1_000);
  quote("09:20:01", 101, 1_010);
  quote("09:21:30", 101, 1_010, { totalBuyQuantity: 5 });
  quote("09:22:10", 101, 1_011);
  deepEqual(rows().map(([time]) => time), ["09:20", "09:22"]);
});

Deno.test("a missed tick costs no volume, and what came during a break belongs to no candle", () => {
  const { quote, rows, seen } = stage();
  quote("09:20:00", 100, 1_000);
  quote("09:20:10", 100, 1_010);
  quote("09:20:50", 100, 1_500);
  seen.lost([KEY], at("09:20:55"));
  quote("09:30:20", 110, 9_000);
  quote("09:30:30", 111, 9_005);
  deepEqual(rows(), [["09:20", 100, 100, 100, 100, 500], ["09:30", 111, 111, 111, 111, 5]]);
  const spans = seen.spans(KEY)!;
  ok(!spans.covers({ from: at("09:20:00"), to: at("09:21:00") }));
  ok(!spans.covers({ from: at("09:30:00"), to: at("09:31:00") }));
  ok(spans.covers({ from: at("09:31:00"), to: at("09:32:00") }));
  const missing = spans.missing({ from: at("09:21:00"), to: at("09:40:00") });
  deepEqual(missing, [{ from: at("09:21:00"), to: at("09:30:20") + 1 }]);
});

Deno.test("the auction before the opening belongs to the first minute; its indications do not", () => {
  const { quote, rows } = stage();
  quote("09:01:00", 95, 0, { lastQuantity: 0 });
  quote("09:06:00", 97, 0, { lastQuantity: 0 });
  quote("09:08:00", 98, 500);
  quote("09:15:00", 99, 510);
  quote("09:15:59", 97.5, 520);
  deepEqual(rows(), [["09:15", 98, 99, 97.5, 97.5, 520]]);
});

Deno.test("last values, and trades after the close, make no candle", () => {
  const { quote, rows } = stage();
  quote("09:15:00", 99, 7_000, { exchangeTime: at("15:29:59") - DAY_MS }, true);
  quote("15:29:58", 100, 7_100);
  quote("15:29:59", 101, 7_200, {}, false, at("15:30:01"));
  quote("15:50:00", 100.5, 8_000);
  deepEqual(rows(), [["15:29", 100, 101, 100, 101, 7_200]]);
});

Deno.test("the volume begins anew with the day", () => {
  const { quote, rows } = stage();
  quote("15:20:00", 100, 7_000, { exchangeTime: at("15:20:00") - DAY_MS }, true);
  quote("09:15:01", 101, 30);
  deepEqual(rows(), [["09:15", 101, 101, 101, 101, 30]]);
});

Deno.test("without totals there is no volume; an index has none", () => {
  const { ltp, rows } = stage();
  ltp("09:20:00", 100);
  ltp("09:20:30", 101);
  deepEqual(rows(), [["09:20", 100, 101, 100, 101, undefined]]);
  const index = keyOf("nse", "99926000");
  ltp("09:20:40", 24_000, index);
  deepEqual(rows("1m", index), [["09:20", 24_000, 24_000, 24_000, 24_000, 0]]);
});

Deno.test("seconds are kept from when they are asked for, and for an hour", () => {
  const { quote, rows, seen, clock } = stage();
  quote("09:20:00", 100, 1_000);
  deepEqual(rows("1s"), []);
  seen.keepSeconds(KEY);
  quote("09:20:10", 101, 1_010);
  quote("09:20:11", 102, 1_020);
  deepEqual(rows("1s"), [["09:20:10", 101, 101, 101, 101, 10], ["09:20:11", 102, 102, 102, 102, 10]]);
  clock.advance(3_600_001);
  quote("10:20:12", 103, 1_030);
  deepEqual(rows("1s"), []);
  equal(rows().length, 2);
});

Deno.test("a candle is over when the exchange's clock has passed it by a second, or a silent one by some", () => {
  const { quote, seen, clock } = stage();
  quote("09:20:00", 100, 1_000);
  quote("09:21:00", 101, 1_010, {}, false, at("09:21:03"));
  const end = at("09:21:00");
  ok(!seen.isPast("nse", end));
  quote("09:21:01", 101, 1_020, {}, false, at("09:21:04"));
  ok(seen.isPast("nse", end));
  ok(!seen.isPast("nse", at("09:22:00")));
  clock.advance(at("09:22:08") - clock.now());
  ok(seen.isPast("nse", at("09:22:00")));
});

Deno.test("memory is bounded: what nobody watches any more goes first, and then nothing grows", () => {
  const clock = new FakeClock(at("09:15:00"));
  const seen = new SeenCandles({ clock, hours: () => hoursOfPhase("open"), maxBytes: 3 * 32 * 48 });
  const keys = [1, 2, 3, 4].map((token) => keyOf("nse", String(token)));
  const tick = (key: InstrumentKey) =>
    seen.tick(ltpTick(key, 100, { exchangeTime: clock.now(), receivedAt: clock.now() }), false);
  for (const key of keys.slice(0, 3)) tick(key);
  seen.subscribed(new Map(keys.slice(1).map((key) => [key, "ltp"])));
  tick(keys[3]!);
  deepEqual(keys.map((key) => seen.bars(key, "1m", 0, Infinity).length), [0, 1, 1, 1]);
  for (let i = 0; i < 100; i++) {
    clock.advance(60_000);
    tick(keys[1]!);
  }
  equal(seen.bars(keys[1]!, "1m", 0, Infinity).length, 32);
});
