import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { MemoryCandleStore } from "../../../lib/upstream/data/memory_store.ts";

Deno.test("in memory, days are kept while there is room; those that were not asked for the longest go first", async () => {
  const store = new MemoryCandleStore(3 * 1_040);
  const series = { name: "nse-3045-SBIN", interval: "ONE_MINUTE" } as const;
  const days = ["2026-11-16", "2026-11-17", "2026-11-18"];
  const rows = "r".repeat(1_000);
  await store.save(series, new Map(days.map((day) => [day, rows])));
  deepEqual([...(await store.load(series, days)).keys()], days);
  await store.load(series, ["2026-11-16"]);
  await store.save(series, new Map([["2026-11-19", rows]]));
  deepEqual([...(await store.load(series, [...days, "2026-11-19"])).keys()], [
    "2026-11-16",
    "2026-11-18",
    "2026-11-19",
  ]);
  deepEqual((await store.load({ ...series, interval: "ONE_DAY" }, days)).size, 0);
});
