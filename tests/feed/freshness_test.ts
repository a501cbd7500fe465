import { strictEqual as equal } from "node:assert/strict";
import { type Freshness, type FreshnessFacts, freshnessOf } from "../../lib/feed/freshness.ts";

const NOW = 1_000_000;
const FRESH: FreshnessFacts = {
  now: NOW,
  closed: false,
  feedUpSince: NOW - 500_000,
  lastTickAt: NOW - 1_000,
  suspect: false,
};

const ROWS: readonly (readonly [string, Partial<FreshnessFacts>, Freshness])[] = [
  ["a tick a second ago", {}, "live"],
  ["a tick a minute ago", { lastTickAt: NOW - 60_000 }, "live"],
  ["no tick for more than a minute", { lastTickAt: NOW - 60_001 }, "quiet"],
  ["a tick of the future, after the clock was set back", { lastTickAt: NOW + 60_001 }, "quiet"],
  ["a tick a second ago with a price of three days ago", { pricedAt: NOW - 259_200_000 }, "quiet"],
  ["a tick a second ago with a price of today", { pricedAt: NOW - 3_600_000 }, "live"],
  ["no tick yet", { lastTickAt: undefined }, "quiet"],
  ["a feed that is down", { feedUpSince: undefined }, "stale"],
  ["a feed that came back after the last tick", { feedUpSince: NOW - 500 }, "stale"],
  ["a closed market", { closed: true }, "closed"],
  ["a closed market and a feed that is down", { closed: true, feedUpSince: undefined }, "closed"],
  ["a tick that was not believed", { suspect: true }, "suspect"],
  ["a tick that was not believed, and a closed market", { suspect: true, closed: true }, "suspect"],
];

for (const [what, facts, freshness] of ROWS) {
  Deno.test(`freshnessOf() ${what} is ${freshness}`, () => {
    equal(freshnessOf({ ...FRESH, ...facts }), freshness);
  });
}
