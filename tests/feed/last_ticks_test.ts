import assert from "node:assert/strict";
import { LastTicks } from "../../lib/feed/last_ticks.ts";

Deno.test("get() gives the last value, and nothing of what never came", () => {
  const book = new LastTicks<string>();
  assert.equal(book.get("nse:1"), undefined);
  assert.equal(book.tickedAt("nse:1"), undefined);
  book.set("nse:1", "old", 5);
  book.set("nse:1", "new", 9);
  book.set("nfo:1", "other", 7);
  assert.equal(book.get("nse:1"), "new");
  assert.equal(book.tickedAt("nse:1"), 9);
  assert.equal(book.get("nfo:1"), "other");
});

Deno.test("keepOnly() forgets what is not wanted, and nothing else", () => {
  const book = new LastTicks<string>();
  book.set("nse:1", "a", 1);
  book.set("nse:2", "b", 2);
  book.suspect("nse:3", "crossed_book");
  book.keepOnly(new Map([["nse:2", "ltp"]]));
  assert.equal(book.get("nse:1"), undefined);
  assert.equal(book.tickedAt("nse:1"), undefined);
  assert.equal(book.get("nse:2"), "b");
  assert.equal(book.suspicion("nse:3"), undefined);
});

Deno.test("suspect() keeps the value and its time, and is news once for each reason", () => {
  const book = new LastTicks<string>();
  book.set("nse:1", "good", 5);
  assert.equal(book.suspect("nse:1", "crossed_book"), true);
  assert.equal(book.suspect("nse:1", "crossed_book"), false);
  assert.equal(book.suspect("nse:1", "time_ahead"), true);
  assert.equal(book.get("nse:1"), "good");
  assert.equal(book.tickedAt("nse:1"), 5);
  assert.equal(book.suspicion("nse:1"), "time_ahead");
});

Deno.test("set() ends a suspicion", () => {
  const book = new LastTicks<string>();
  book.suspect("nse:1", "crossed_book");
  assert.equal(book.get("nse:1"), undefined);
  assert.equal(book.tickedAt("nse:1"), undefined);
  book.set("nse:1", "good", 5);
  assert.equal(book.suspicion("nse:1"), undefined);
  assert.equal(book.suspect("nse:1", "crossed_book"), true);
});
