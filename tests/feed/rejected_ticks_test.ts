import assert from "node:assert/strict";
import { RejectedTicks } from "../../lib/feed/rejected_ticks.ts";

Deno.test("note() counts packets by reason", () => {
  const log = new RejectedTicks();
  for (let i = 0; i < 5; i++) log.note("no_price", new Uint8Array(51));
  log.note("crossed_book", new Uint8Array(379));
  assert.deepEqual([...log.counts], [["no_price", 5], ["crossed_book", 1]]);
});

Deno.test("note() keeps its memory small when a hostile feed invents reasons", () => {
  const log = new RejectedTicks();
  for (let i = 0; i < 10_000; i++) log.note(`reason ${i}`, new Uint8Array(0));
  assert.ok(log.counts.size <= 100, `${log.counts.size} reasons`);
  assert.equal([...log.counts.values()].reduce((sum, count) => sum + count), 10_000);
});
