import fc from "fast-check";
import { strictEqual as equal } from "node:assert/strict";
import { ExchangeClock } from "../../lib/feed/exchange_clock.ts";
import { doubtOf, rejectionOf } from "../../lib/feed/guard.ts";
import type { InstrumentKind } from "../../lib/market/calendar_file.ts";
import { MODES, type SnapQuoteTick, type Tick } from "../../lib/market/market.ts";
import { hoursOfPhase } from "../hours.ts";
import { snapQuoteTick } from "../ticks.ts";

const NOW = Date.parse("2026-11-20T10:00:00+05:30");

const TICK: SnapQuoteTick = snapQuoteTick("nse:3045", 100, {
  exchangeTime: NOW,
  receivedAt: NOW,
  lastTradeTime: NOW,
  volume: 1_000,
  high: 108,
  low: 95,
  upperCircuit: 110,
  lowerCircuit: 90,
  bids: [{ price: 99.95, quantity: 1, orders: 1 }],
  asks: [{ price: 100.05, quantity: 1, orders: 1 }],
});

const OPEN = { ...hoursOfPhase("open"), kind: "closing_auction_stock" as InstrumentKind };
const crossed = { bids: [{ price: 101, quantity: 1, orders: 1 }] };
const before = (ms: number, more: Partial<Tick> = {}) =>
  ({ ...TICK, exchangeTime: NOW + ms, receivedAt: NOW + Math.min(0, ms), ...more }) as Tick;

const OF_OPTION = { previous: before(0), hours: { ...OPEN, kind: "option" as InstrumentKind } };

/** A tick before it with another number. */
const numbered = (ms: number, sequence = 9) => before(ms, { sequence });

for (
  const [what, tick, hours, reason] of [
    ["an ordinary tick", {}, {}, undefined],
    ["a price at its upper circuit", { lastPrice: 110, high: 110 }, {}, undefined],
    ["a price above its upper circuit", { lastPrice: 110.05, high: 111 }, {}, "outside_circuits"],
    ["a price below its lower circuit", { lastPrice: 89.95, low: 89 }, {}, "outside_circuits"],
    ["a price above the day's high", { lastPrice: 109.5 }, {}, "outside_day_range"],
    ["a price above the high of a moment ago", { lastPrice: 108.5 }, {}, undefined],
    ["a price of paise", { lastPrice: 1 }, {}, "outside_day_range"],
    ["a price out of an earlier day's range before the opening", { lastPrice: 109.5 }, {
      continuous: false,
    }, undefined],
    [
      "a trade of an earlier day outside today's circuits",
      {
        lastPrice: 500,
        lastTradeTime: NOW - 259_200_000,
        high: undefined,
      },
      {},
      undefined,
    ],
    [
      "what was never traded outside today's circuits",
      {
        lastPrice: 500,
        lastTradeTime: undefined,
        volume: 0,
        high: undefined,
      },
      {},
      undefined,
    ],
    ["no circuits", { lastPrice: 500, high: undefined, upperCircuit: undefined }, {}, undefined],
    [
      "a negative price where circuits allow it",
      { lastPrice: -5, low: -6, lowerCircuit: -10 },
      {},
      undefined,
    ],
    ["no price but a book", { lastPrice: undefined }, {}, undefined],
    ["a number that is no price", { lastPrice: undefined, priceFault: "no_price" }, {}, "no_price"],
    ["a locked book", { bids: TICK.asks }, {}, undefined],
    ["a crossed book", crossed, {}, "crossed_book"],
    ["a book that is crossed in an auction", crossed, { uncrossed: false }, undefined],
    ["a book with one side", { ...crossed, asks: [] }, {}, undefined],
  ] as const
) {
  Deno.test(`doubtOf() ${what} is ${reason ?? "nothing"}`, () => {
    equal(doubtOf({ ...TICK, ...tick } as Tick, { hours: { ...OPEN, ...hours } })?.reason, reason);
  });
}

for (
  const [what, tick, context, rejection] of [
    ["the first tick", {}, {}, undefined],
    ["a tick after one that ran ahead", {}, { previous: before(290_000, { receivedAt: NOW }) }, undefined],
    ["a tick as old as the last one", {}, { previous: before(0) }, undefined],
    [
      "a tick a little older than the last one",
      { exchangeTime: NOW - 5_000 },
      { previous: before(0) },
      undefined,
    ],
    ["a tick much older than the last one", { exchangeTime: NOW - 5_001 }, {
      previous: before(0),
    }, "time_backwards"],
    ["a tick without a time", { exchangeTime: 0, lastPrice: undefined }, { previous: before(0) }, undefined],
    ["a tick ahead of the exchange's clock", {}, { ahead: true }, "time_ahead"],
    ["a price a quarter higher", { lastPrice: 125 }, { previous: before(0) }, undefined],
    ["a price more than a quarter higher", { lastPrice: 125.05 }, { previous: before(0) }, "price_jump"],
    ["a hundredth of the price", { lastPrice: 1 }, { previous: before(0) }, "price_jump"],
    [
      "a jump that the next tick confirms",
      { lastPrice: 1 },
      { previous: before(0), unconfirmed: 1.1 },
      undefined,
    ],
    ["a jump to elsewhere", { lastPrice: 1 }, { previous: before(0), unconfirmed: 300 }, "price_jump"],
    ["a jump since the day before", { lastPrice: 50 }, { previous: before(-86_400_000) }, undefined],
    ["an option that doubles", { lastPrice: 2 * TICK.lastPrice! }, OF_OPTION, undefined],
    ["the price of another instrument for an option", { lastPrice: 24_500 }, OF_OPTION, "price_jump"],
    ["a penny for an option", { lastPrice: 0.05 }, OF_OPTION, "price_jump"],
    ["a jump of what is not known", { lastPrice: 1 }, {
      previous: before(0),
      hours: { ...OPEN, kind: undefined },
    }, undefined],
    [
      "a packet that was overtaken by a second",
      { sequence: 8 },
      { previous: numbered(1_000) },
      "out_of_order",
    ],
    ["one that was overtaken in its own second", { sequence: 8 }, { previous: numbered(0) }, "out_of_order"],
    [
      "one of a minute ago with its own number",
      { sequence: 8 },
      { previous: numbered(60_000) },
      "out_of_order",
    ],
    ["a restart of the numbers, a second later", { sequence: 1 }, { previous: numbered(-1_000) }, undefined],
    ["the same packet again", { sequence: 9 }, { previous: numbered(0) }, undefined],
    ["a higher number of a second before", { sequence: 10 }, { previous: numbered(1_000) }, undefined],
    [
      "a higher number of a minute before",
      { sequence: 10, exchangeTime: NOW - 60_000 },
      { previous: numbered(0) },
      "time_backwards",
    ],
    [
      "an index that was overtaken",
      { sequence: 0, exchangeTime: NOW - 1_000 },
      { previous: numbered(0, 0) },
      "out_of_order",
    ],
    ["a price below zero after one above", { lastPrice: -37 }, { previous: before(0) }, undefined],
  ] as const
) {
  Deno.test(`rejectionOf() ${what} is ${rejection ?? "nothing"}`, () => {
    equal(rejectionOf({ ...TICK, ...tick } as Tick, { ahead: false, hours: OPEN, ...context }), rejection);
  });
}

Deno.test("no doubt is told by a mode that does not hold what it is about", () => {
  const price = fc.integer({ min: 1, max: 300 });
  const tick = fc.record({
    lastPrice: price,
    high: price,
    low: price,
    upperCircuit: price,
    lowerCircuit: price,
  });
  fc.assert(fc.property(tick, fc.boolean(), (fields, cross) => {
    const whole = { ...TICK, ...fields, ...cross ? crossed : {} };
    const found = doubtOf(whole, { hours: OPEN });
    for (const mode of MODES) {
      const cut = doubtOf({ ...whole, mode } as Tick, { hours: OPEN });
      const seen = found !== undefined && MODES.indexOf(found.mode) <= MODES.indexOf(mode);
      equal(cut?.reason, seen ? found.reason : undefined, mode);
    }
  }));
});

Deno.test("rejectionOf() drops no tick on time, however far the believed one before it ran ahead", () => {
  const time = fc.integer({ min: -5_000, max: 300_000 });
  fc.assert(fc.property(fc.array(time, { minLength: 1, maxLength: 20 }), (leads) => {
    let previous: Tick | undefined;
    leads.forEach((lead, i) => {
      const receivedAt = NOW + i * 5_000;
      const tick = { ...TICK, receivedAt, exchangeTime: receivedAt + lead };
      equal(rejectionOf(tick, { ahead: false, hours: OPEN, previous }), undefined);
      previous = tick;
    });
  }));
});

Deno.test("a packet that is ahead alone is ahead, by however little beyond the tolerance", () => {
  for (const lead of [5_001, 60_000, 290_000, 86_400_000]) {
    const clock = new ExchangeClock();
    for (let i = 0; i < 10; i++) equal(clock.isAhead(NOW + i * 1_000, NOW + i * 1_000), false);
    equal(clock.isAhead(NOW + lead, NOW), true);
    equal(clock.isAhead(NOW, NOW), false);
    equal(clock.leadMs, 0);
  }
});

Deno.test("when all packets are ahead, this machine is behind, until it is put right", () => {
  const clock = new ExchangeClock();
  const hour = 3_600_000;
  const ahead = (lead: number, count: number) =>
    Array.from({ length: count }, (_, i) => clock.isAhead(NOW + i * 1_000 + lead, NOW + i * 1_000));
  equal(ahead(hour, 20).filter(Boolean).length, 4);
  equal(clock.leadMs, hour);
  // Last values of hours ago say nothing about any clock.
  equal(ahead(-5 * hour, 20).filter(Boolean).length, 0);
  equal(clock.leadMs, hour);
  equal(ahead(0, 20).filter(Boolean).length, 0);
  equal(clock.leadMs, 0);
  equal(clock.isAhead(NOW + hour, NOW), true);
});

Deno.test("a machine whose login has told that it is behind drops nothing", () => {
  const clock = new ExchangeClock(40_000);
  for (let i = 0; i < 20; i++) equal(clock.isAhead(NOW + 40_000 + i, NOW + i), false);
});

Deno.test("a clock that is set ahead is told from a feed that is late, by the timers, and from a machine that slept", () => {
  const step = 120_000;
  const clockOf = () => {
    const clock = new ExchangeClock();
    clock.isAhead(NOW, NOW, 0);
    return clock;
  };
  const set = clockOf();
  for (let i = 1; i <= 5; i++) equal(set.isAhead(NOW + i * 1_000, NOW + i * 1_000 + step, i * 1_000), false);
  equal(set.leadMs, -step);
  equal(set.isAhead(NOW + 6_000, NOW + 6_000, 6_000), false, "and put right");
  equal(set.leadMs, 0);
  const late = clockOf();
  for (let i = 1; i <= 20; i++) late.isAhead(NOW + i * 1_000 - step, NOW + i * 1_000, i * 1_000);
  equal(late.leadMs, 0);
  // The timers have not counted the sleep; what comes first is a last value of before it, and then all is of now.
  const slept = clockOf();
  equal(slept.isAhead(NOW + 1_000, NOW + 1_000 + step, 1_000), false);
  for (let i = 2; i <= 20; i++) {
    equal(slept.isAhead(NOW + step + i * 1_000, NOW + step + i * 1_000, i * 1_000), false);
  }
  equal(slept.leadMs, 0);
});
