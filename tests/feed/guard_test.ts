import fc from "fast-check";
import { strictEqual as equal } from "node:assert/strict";
import { suspicionOf } from "../../lib/feed/guard.ts";
import type { SnapQuoteTick, Tick } from "../../lib/market/market.ts";

const NOW = Date.parse("2026-11-20T10:00:00+05:30");

const TICK: SnapQuoteTick = {
  mode: "snapquote",
  key: "nse:3045",
  exchange: "nse",
  token: "3045",
  sequence: 1,
  exchangeTime: NOW,
  receivedAt: NOW,
  lastPrice: 100,
  upperCircuit: 110,
  lowerCircuit: 90,
  bids: [{ price: 99.95, quantity: 1, orders: 1 }],
  asks: [{ price: 100.05, quantity: 1, orders: 1 }],
};

const crossed = { bids: [{ price: 101, quantity: 1, orders: 1 }] };
const before = (ms: number): Tick => ({ ...TICK, exchangeTime: NOW + ms });

for (
  const [what, tick, context, suspicion] of [
    ["an ordinary tick", {}, {}, undefined],
    ["a price at its upper circuit", { lastPrice: 110 }, {}, undefined],
    ["a price above its upper circuit", { lastPrice: 110.05 }, {}, "outside_circuits"],
    ["a price below its lower circuit", { lastPrice: 89.95 }, {}, "outside_circuits"],
    [
      "a trade of an earlier day outside today's circuits",
      { lastPrice: 500, lastTradeTime: NOW - 259_200_000 },
      {},
      undefined,
    ],
    ["a trade of today outside its circuits", { lastPrice: 500, lastTradeTime: NOW }, {}, "outside_circuits"],
    ["a locked book", { bids: TICK.asks }, {}, undefined],
    ["a tick after one that ran ahead", {}, { previous: before(290_000) }, undefined],
    ["no circuits", { lastPrice: 500, upperCircuit: undefined, lowerCircuit: undefined }, {}, undefined],
    ["a crossed book", crossed, {}, "crossed_book"],
    ["a book that is crossed in an auction", crossed, { continuous: false }, undefined],
    ["a book with one side", { ...crossed, asks: [] }, {}, undefined],
    ["a tick as old as the last one", {}, { previous: before(0) }, undefined],
    ["a tick a little older than the last one", {}, { previous: before(5_000) }, undefined],
    ["a tick much older than the last one", {}, {
      previous: { ...TICK, exchangeTime: NOW + 5_001, receivedAt: NOW + 5_001 },
    }, "time_backwards"],
    ["a tick of the near future", { exchangeTime: NOW + 300_000 }, {}, undefined],
    ["a tick of the far future", { exchangeTime: NOW + 300_001 }, {}, "time_ahead"],
  ] as const
) {
  Deno.test(`suspicionOf() ${what} is ${suspicion ?? "nothing"}`, () => {
    equal(suspicionOf({ ...TICK, ...tick } as Tick, { continuous: true, ...context }), suspicion);
  });
}

Deno.test("suspicionOf() drops no tick on time, however far the believed one before it ran ahead", () => {
  const time = fc.integer({ min: -5_000, max: 300_000 });
  fc.assert(fc.property(fc.array(time, { minLength: 1, maxLength: 20 }), (leads) => {
    let previous: Tick | undefined;
    leads.forEach((lead, i) => {
      const receivedAt = NOW + i * 5_000;
      const tick = { ...TICK, receivedAt, exchangeTime: receivedAt + lead };
      equal(
        suspicionOf(tick, { continuous: true, ...previous === undefined ? {} : { previous } }),
        undefined,
      );
      previous = tick;
    });
  }));
});
