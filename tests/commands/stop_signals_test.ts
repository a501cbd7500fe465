import assert from "node:assert/strict";
import { StopSignals } from "../../lib/commands/stop_signals.ts";
import { FakeClock } from "../fakes.ts";

/** @returns What signals at these times mean, ms after the first. */
async function meanings(...times: number[]): Promise<string[]> {
  const clock = new FakeClock();
  const signals = new StopSignals(clock);
  const meanings: string[] = [];
  let now = 0;
  for (const time of times) {
    await clock.advance(time - now);
    now = time;
    meanings.push(signals.received());
  }
  return meanings;
}

Deno.test("one press of Ctrl-C stops in order, however many processes pass it on", async () => {
  assert.deepEqual(await meanings(0), ["stop"]);
  assert.deepEqual(await meanings(0, 0, 1, 3, 8, 150), ["stop", ...Array(5).fill("nothing_new")]);
});

Deno.test("a press a second later stops at once", async () => {
  assert.deepEqual(await meanings(0, 2, 1_000), ["stop", "nothing_new", "stop_at_once"]);
});

Deno.test("the third of three quick presses stops at once, the second does not", async () => {
  assert.deepEqual(await meanings(0, 300, 600), ["stop", "nothing_new", "stop_at_once"]);
  assert.deepEqual(
    await meanings(0, 1, 300, 301, 600),
    ["stop", "nothing_new", "nothing_new", "nothing_new", "stop_at_once"],
  );
});
