import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { Histogram } from "../../lib/util/histogram.ts";

Deno.test("a value falls into the first bucket whose bound is not below it", () => {
  const buckets = new Histogram([1, 10]);
  for (const value of [0, 1, 1.5, 10, 11, 1_000]) buckets.observe(value);
  deepEqual(buckets.counts, [2, 2, 2]);
  deepEqual([buckets.count, buckets.sum], [6, 1_023.5]);
});
