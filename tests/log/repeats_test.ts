import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import { limitRepeats, MAX_ALIKE } from "../../lib/log/repeats.ts";
import { FakeClock } from "../fakes.ts";

function record(template: string, category = "clients", level: LogRecord["level"] = "info"): LogRecord {
  return {
    category: [category],
    level,
    message: [template],
    rawMessage: template,
    timestamp: 0,
    properties: {},
  };
}

function setting() {
  const clock = new FakeClock();
  const lines: string[] = [];
  const limited = limitRepeats((each) => lines.push(each.message.join("")), clock);
  const log = (count: number, ...[template, category, level]: Parameters<typeof record>) => {
    for (let i = 0; i < count; i++) limited.sink(record(template, category, level));
  };
  return { clock, lines, log, close: limited.close };
}

Deno.test("the first lines of a kind are written, the rest of the minute is one line", () => {
  const { clock, lines, log } = setting();
  log(MAX_ALIKE + 37, "client {number} left");
  equal(lines.length, MAX_ALIKE);
  clock.advance(59_999);
  equal(lines.length, MAX_ALIKE);
  clock.advance(1);
  deepEqual(lines.slice(MAX_ALIKE), ["… 37 more like this in the last minute: client {number} left"]);
  log(1, "client {number} left");
  equal(lines.length, MAX_ALIKE + 2);
  clock.advance(60_000);
  equal(lines.length, MAX_ALIKE + 2);
  equal(clock.pending, 0);
});

Deno.test("other lines are not held back by it", () => {
  const { lines, log } = setting();
  log(100, "a");
  log(1, "b");
  log(1, "a", "broker");
  log(1, "a", "clients", "error");
  deepEqual(lines.slice(MAX_ALIKE), ["b", "a", "a"]);
});

Deno.test("what was held back is said at the end", () => {
  const { clock, lines, log, close } = setting();
  log(MAX_ALIKE + 1, "a");
  close();
  deepEqual(lines.slice(MAX_ALIKE), ["… 1 more like this in the last minute: a"]);
  equal(clock.pending, 0);
});
