import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { parityForward } from "../../lib/chain/forward.ts";
import { OpenInterestOfDay } from "../../lib/chain/open_interest.ts";
import { currentPrice } from "../../lib/chain/option_price.ts";
import { endOf, yearsTo } from "../../lib/market/option_end.ts";
import type { Freshness } from "../../lib/feed/freshness.ts";
import { MarketTick, type TickMarks } from "../../lib/feed/market_tick.ts";
import type { SnapQuoteTick } from "../../lib/market/market.ts";
import { snapQuoteTick, TEN_O_CLOCK } from "../ticks.ts";

interface Case {
  readonly price?: number;
  readonly bid?: number;
  readonly ask?: number;
  readonly tradedAgoMs?: number;
  readonly heardAgoMs?: number;
  readonly freshness?: Freshness;
}

function look({ price, bid, ask, tradedAgoMs = 0, heardAgoMs = 0, freshness = "live" }: Case): string {
  const level = (at: number | undefined) => at === undefined ? [] : [{ price: at, quantity: 1, orders: 1 }];
  const { lastPrice: _, ...unpriced } = snapQuoteTick("nfo:1", 0, {
    lastTradeTime: TEN_O_CLOCK - tradedAgoMs,
    bids: level(bid),
    asks: level(ask),
  });
  const tick: SnapQuoteTick = price === undefined ? unpriced : { ...unpriced, lastPrice: price };
  const marks: TickMarks = { elapsed: 1_000_000 - heardAgoMs };
  const last = new MarketTick(tick, new Uint8Array(), marks);
  const found = currentPrice({ last, freshness, at: TEN_O_CLOCK, elapsed: 1_000_000 });
  return found.kind === "none" ? found.reason : `${found.price} ${found.from}`;
}

Deno.test("a price of now is the middle of bid and ask, or else a trade of the last minute; what is neither says why", () => {
  const table: readonly (readonly [Case, string])[] = [
    [{ price: 101, bid: 99, ask: 101 }, "100 book"],
    [{ bid: 99, ask: 101 }, "100 book"],
    [{ price: 101, bid: 99, ask: 101, tradedAgoMs: 3_600_000, freshness: "quiet" }, "100 book"],
    [{ price: 101 }, "101 trade"],
    [{ price: 101, bid: 99 }, "101 trade"],
    [{ price: 101, tradedAgoMs: 59_000 }, "101 trade"],
    [{ price: 101, tradedAgoMs: 61_000 }, "old_price"],
    [{ price: 101, bid: 99, ask: 101, heardAgoMs: 61_000, freshness: "quiet" }, "old_price"],
    [{ price: 0.1, bid: 0.05, ask: 0.25 }, "0.15 book"],
    [{ price: 60, bid: 20, ask: 100 }, "60 trade"],
    [{ price: 60, bid: 20, ask: 100, tradedAgoMs: 61_000 }, "wide_spread"],
    [{ price: 150, bid: 20, ask: 100 }, "wide_spread"],
    [{ bid: 20, ask: 100 }, "wide_spread"],
    [{ price: 101, bid: 99, ask: 101, freshness: "stale" }, "stale"],
    [{ price: 101, bid: 99, ask: 101, freshness: "suspect" }, "suspect"],
    [{ price: 101, bid: 99, ask: 101, heardAgoMs: 3_600_000, freshness: "closed" }, "100 book"],
    [{ price: 101, heardAgoMs: 3_600_000, freshness: "closed" }, "101 trade"],
    [{ price: 101, tradedAgoMs: 3_600_000, freshness: "closed" }, "old_price"],
    [{}, "no_price"],
    [{ price: 0 }, "no_price"],
  ];
  for (const [given, expected] of table) deepEqual(look(given), expected, JSON.stringify(given));
  const nothing = { last: undefined, at: TEN_O_CLOCK, elapsed: 1 };
  deepEqual(currentPrice({ ...nothing, freshness: "quiet" }), { kind: "none", reason: "no_price" });
  deepEqual(currentPrice({ ...nothing, freshness: "stale" }), { kind: "none", reason: "stale" });
});

Deno.test("parity implies the forward; one odd strike does not change it, and one-sided ones are passed over", () => {
  const at = (price: number) => ({ kind: "price", price, from: "book" } as const);
  const missing = { kind: "none", reason: "no_price" } as const;
  const pair = (strike: number, call: number, put: number) => ({ strike, call: at(call), put: at(put) });
  deepEqual(parityForward([pair(100, 7, 5)], 0.5), { from: "parity", strike: 100, price: 104 });
  const pairs = [
    { strike: 100, call: missing, put: at(3) },
    pair(105, 3, 4),
    pair(95, 60, 1),
    pair(110, 2, 8.5),
  ];
  deepEqual(parityForward(pairs, 1), { from: "parity", strike: 105, price: 104 });
  deepEqual(parityForward([{ strike: 100, call: at(3), put: missing }], 1), undefined);
  deepEqual(parityForward([], 1), undefined);
});

Deno.test("options end at the hour of their exchange; a year has 365 days", () => {
  const text = (ms: number) => new Date(ms).toISOString();
  deepEqual(text(endOf("nfo", "2026-12-29")), "2026-12-29T10:00:00.000Z");
  deepEqual(text(endOf("mcx", "2026-12-16")), "2026-12-16T18:00:00.000Z");
  deepEqual(text(endOf("cds", "2026-12-29")), "2026-12-29T07:00:00.000Z");
  deepEqual(yearsTo("bfo", "2026-12-03", endOf("bfo", "2026-12-03") - 73 * 86_400_000), 0.2);
});

Deno.test("the change of the open interest counts from when it was first asked for on a day", () => {
  const interests = new OpenInterestOfDay();
  deepEqual(interests.changeOf("nfo:1", 1_000, TEN_O_CLOCK), { change: 0, since: TEN_O_CLOCK });
  deepEqual(interests.changeOf("nfo:1", 900, TEN_O_CLOCK + 5), { change: -100, since: TEN_O_CLOCK });
  const tomorrow = TEN_O_CLOCK + 86_400_000;
  deepEqual(interests.changeOf("nfo:1", 950, tomorrow), { change: 0, since: tomorrow });
});
