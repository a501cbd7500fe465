import assert from "node:assert/strict";
import { istDate, istMidnight, istTimestamp } from "../../lib/market/ist.ts";

Deno.test("istTimestamp() is five and a half hours ahead of UTC, in summer and winter", () => {
  assert.equal(istTimestamp(Date.parse("2026-11-20T04:45:32Z")), "2026-11-20 10:15:32");
  assert.equal(istTimestamp(Date.parse("2026-06-30T23:59:59.999Z")), "2026-07-01 05:29:59");
});

Deno.test("istDate() changes at midnight in India", () => {
  const midnight = Date.parse("2026-11-21T00:00:00+05:30");
  assert.equal(istDate(midnight - 1), "2026-11-20");
  assert.equal(istDate(midnight), "2026-11-21");
});

Deno.test("istMidnight() is the beginning of the day in India", () => {
  const midnight = Date.parse("2026-11-21T00:00:00+05:30");
  for (const ms of [0, 1, 5 * 3_600_000, 86_399_999]) assert.equal(istMidnight(midnight + ms), midnight);
  assert.equal(istMidnight(midnight - 1), midnight - 86_400_000);
});
