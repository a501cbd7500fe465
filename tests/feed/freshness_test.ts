import assert from "node:assert/strict";
import { type Freshness, type FreshnessFacts, freshnessOf } from "../../lib/feed/freshness.ts";

const T = 1_000_000;

const GOOD: FreshnessFacts = {
  now: T,
  closed: false,
  feedUpSince: T - 500_000,
  lastTickAt: T,
  suspect: false,
};

const ROWS: [name: string, facts: Partial<FreshnessFacts>, expected: Freshness][] = [
  ["live after a tick a moment ago", {}, "live"],
  ["live for a minute without a tick", { lastTickAt: T - 60_000 }, "live"],
  ["quiet after more than a minute without a tick", { lastTickAt: T - 60_001 }, "quiet"],
  ["quiet when nothing has ticked yet", { lastTickAt: undefined }, "quiet"],
  ["stale while the feed is down", { feedUpSince: undefined }, "stale"],
  [
    "stale while the feed is down and nothing ticked",
    { feedUpSince: undefined, lastTickAt: undefined },
    "stale",
  ],
  ["stale after a gap, until the first tick", { feedUpSince: T - 10, lastTickAt: T - 11 }, "stale"],
  ["live with the first tick after a gap", { feedUpSince: T - 10, lastTickAt: T - 10 }, "live"],
  ["closed while the market is closed", { closed: true }, "closed"],
  ["closed, though the feed is down", { closed: true, feedUpSince: undefined }, "closed"],
  ["suspect after a tick that was not believed", { suspect: true }, "suspect"],
  ["suspect even while the market is closed", { suspect: true, closed: true }, "suspect"],
];

for (const [name, facts, expected] of ROWS) {
  Deno.test(`freshnessOf() is ${name}`, () => assert.equal(freshnessOf({ ...GOOD, ...facts }), expected));
}
