import { equal } from "node:assert/strict";
import fc from "fast-check";
import type { Doubt } from "../../lib/feed/guard.ts";
import { encodingSlot, MarketTick } from "../../lib/feed/market_tick.ts";
import { MODES } from "../../lib/market/market.ts";
import { anyTick, ltpTick } from "../ticks.ts";

const PACKET = new Uint8Array(0);

const DOUBTS: readonly (Doubt | undefined)[] = [
  undefined,
  { reason: "no_price", part: "price", mode: "ltp" },
  { reason: "outside_day_range", part: "price", mode: "quote" },
  { reason: "crossed_book", part: "book", mode: "snapquote" },
  { reason: "price_jump", part: "tick", mode: "ltp" },
];

Deno.test("an ordinary tick is shown in every mode, and of this moment", () => {
  let ordinary = 0;
  fc.assert(
    fc.property(
      anyTick(),
      fc.constantFrom(...DOUBTS),
      fc.boolean(),
      fc.boolean(),
      (tick, doubt, closed, old) => {
        const marked = new MarketTick(tick, PACKET, { elapsed: 0, closed, old, doubt });
        if (!marked.ordinary) return;
        ordinary++;
        for (const mode of MODES) {
          equal(marked.isShown(mode), true);
          equal(marked.freshness(mode), undefined);
        }
      },
    ),
    // Few of them are ordinary.
    { numRuns: 1_000 },
  );
  equal(new MarketTick(ltpTick("nse:1", 7), PACKET).ordinary, true);
  equal(ordinary > 0, true);
});

Deno.test("each encoding of a tick is made once, however many there are", () => {
  const tick = new MarketTick(ltpTick("nse:1", 7), PACKET);
  let made = 0;
  const slots = Array.from({ length: 4 }, (_, i) =>
    encodingSlot(() => {
      made++;
      return i;
    }));
  // One of them makes use of another.
  const nested = encodingSlot((each) => each.encoded(slots[0]!) + 10);
  for (let round = 0; round < 3; round++) {
    equal(tick.encoded(nested), 10);
    for (const [i, slot] of slots.entries()) equal(tick.encoded(slot), i);
  }
  equal(made, slots.length);
});
