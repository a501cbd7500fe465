import { strictEqual as equal } from "node:assert/strict";
import { type Freshness, type FreshnessFacts, freshnessOf, isOldTick } from "../../lib/feed/freshness.ts";

const NOW = Date.parse("2026-11-20T10:00:00+05:30");
const ELAPSED = 1_000_000;
const FRESH: FreshnessFacts = {
  now: NOW,
  elapsed: ELAPSED,
  closed: false,
  feedUpSince: ELAPSED - 500_000,
  lastTickAt: ELAPSED - 1_000,
  suspect: false,
};

const ROWS: readonly (readonly [string, Partial<FreshnessFacts>, Freshness])[] = [
  ["a tick a second ago", {}, "live"],
  ["a tick a minute ago", { lastTickAt: ELAPSED - 60_000 }, "live"],
  ["no tick for more than a minute", { lastTickAt: ELAPSED - 60_001 }, "quiet"],
  ["a tick a second ago with a price of three days ago", { exchangeTime: NOW - 259_200_000 }, "quiet"],
  ["a tick a second ago with a price of today", { exchangeTime: NOW - 3_600_000 }, "live"],
  ["a last value that has just come", { old: true }, "quiet"],
  ["no tick yet", { lastTickAt: undefined }, "quiet"],
  ["a feed that is down", { feedUpSince: undefined }, "stale"],
  ["a feed that came back after the last tick", { feedUpSince: ELAPSED - 500 }, "stale"],
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

for (
  const [what, age, leadMs, old] of [
    ["of this moment", 0, 0, false],
    ["a little ahead", -4_000, 0, false],
    ["a minute ago", 60_000, 0, false],
    ["from a clock that stands still, or one that comes late", 60_001, 0, true],
    ["by a machine that is an hour behind", -3_600_000, 3_600_000, false],
    ["ten minutes ago by the same", -3_000_000, 3_600_000, true],
    ["by a machine that is an hour ahead", 3_600_000, -3_600_000, false],
    ["never", NOW, 0, true],
  ] as const
) {
  Deno.test(`isOldTick() of a tick made ${what} is ${old}`, () => {
    const tick = { exchangeTime: NOW - age, receivedAt: NOW };
    equal(isOldTick(tick, leadMs), old);
  });
}
