import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { RateLimit } from "../../lib/util/rate_limit.ts";
import { FakeClock } from "../fakes.ts";

function taken(limit: RateLimit, tries: number): number {
  return Array.from({ length: tries }, () => limit.take()).filter((each) => each).length;
}

Deno.test("a rate limit gives its burst at once, and its rate from then on", () => {
  const clock = new FakeClock();
  const limit = new RateLimit(clock, 10, 50);
  equal(taken(limit, 80), 50);
  equal(limit.isFull, false);
  const perSecond = Array.from({ length: 5 }, () => {
    clock.advance(1_000);
    return taken(limit, 80);
  });
  deepEqual(perSecond, [10, 10, 10, 10, 10]);
  clock.advance(60_000);
  equal(limit.isFull, true);
  equal(taken(limit, 80), 50, "rest is not saved beyond the burst");
});
