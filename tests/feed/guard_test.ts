import assert from "node:assert/strict";
import { suspicionOf } from "../../lib/feed/guard.ts";
import { ltpTick, snapQuoteTick, TEN_O_CLOCK } from "../ticks.ts";

const continuous = { continuous: true };

function level(price: number) {
  return [{ price, quantity: 1, orders: 1 }];
}

Deno.test("suspicionOf() believes an ordinary tick of any mode", () => {
  assert.equal(suspicionOf(ltpTick("nse:1", 1), continuous), undefined);
  const tick = snapQuoteTick("nse:1", 100, {
    lowerCircuit: 90,
    upperCircuit: 110,
    bids: level(99.95),
    asks: level(100.05),
  });
  assert.equal(suspicionOf(tick, continuous), undefined);
});

Deno.test("suspicionOf() doubts a price beyond the band in its own packet, and believes one at its edge", () => {
  const band = { lowerCircuit: 90, upperCircuit: 110 };
  for (const price of [90, 110]) {
    assert.equal(suspicionOf(snapQuoteTick("nse:1", price, band), continuous), undefined);
  }
  for (const price of [89.95, 110.05]) {
    assert.equal(suspicionOf(snapQuoteTick("nse:1", price, band), continuous), "outside_circuits");
  }
  assert.equal(suspicionOf(snapQuoteTick("nse:1", 1e6, { lowerCircuit: 90 }), continuous), undefined);
});

Deno.test("suspicionOf() doubts a crossed book while trading is continuous, and only then", () => {
  const crossed = snapQuoteTick("nse:1", 100, { bids: level(101), asks: level(100) });
  assert.equal(suspicionOf(crossed, continuous), "crossed_book");
  assert.equal(suspicionOf(crossed, { continuous: false }), undefined);
  const locked = snapQuoteTick("nse:1", 100, { bids: level(100), asks: level(100) });
  assert.equal(suspicionOf(locked, continuous), undefined);
  assert.equal(suspicionOf(snapQuoteTick("nse:1", 100, { bids: level(101) }), continuous), undefined);
});

Deno.test("suspicionOf() doubts a tick much older than the one before it", () => {
  const previous = ltpTick("nse:1", 1, { exchangeTime: TEN_O_CLOCK });
  const at = (exchangeTime: number) =>
    suspicionOf(ltpTick("nse:1", 1, { exchangeTime, receivedAt: TEN_O_CLOCK }), {
      previous,
      continuous: true,
    });
  assert.equal(at(TEN_O_CLOCK), undefined);
  assert.equal(at(TEN_O_CLOCK - 1_000), undefined);
  assert.equal(at(TEN_O_CLOCK - 60_000), "time_backwards");
});

Deno.test("suspicionOf() doubts a tick from the future, and believes clocks that differ a little", () => {
  const at = (ms: number) =>
    suspicionOf(ltpTick("nse:1", 1, { exchangeTime: TEN_O_CLOCK + ms, receivedAt: TEN_O_CLOCK }), continuous);
  assert.equal(at(60_000), undefined);
  assert.equal(at(3_600_000), "time_ahead");
});
