import assert from "node:assert/strict";
import { TickRates } from "../../../lib/upstream/broker/tick_rates.ts";

Deno.test("ticksOften() is true of an index from the start", () => {
  assert.equal(new TickRates().ticksOften("nse:99926000"), true);
  assert.equal(new TickRates().ticksOften("bse:99919000"), true);
});

Deno.test("ticksOften() is true of what has ticked often, and only after some while", () => {
  const tickRates = new TickRates();
  for (let i = 0; i < 5; i++) tickRates.noteTick("nse:1", i * 500, 1);
  assert.equal(tickRates.ticksOften("nse:1"), false);
  for (let i = 5; i < 40; i++) tickRates.noteTick("nse:1", i * 500, 1);
  assert.equal(tickRates.ticksOften("nse:1"), false, "a burst is no habit");
  for (let i = 40; i < 601; i++) tickRates.noteTick("nse:1", i * 500, 1);
  assert.equal(tickRates.ticksOften("nse:1"), true);
});

Deno.test("ticksOften() is false of what ticks once a minute, however long", () => {
  const tickRates = new TickRates();
  for (let i = 0; i < 500; i++) tickRates.noteTick("mcx:1", i * 60_000, 1);
  assert.equal(tickRates.ticksOften("mcx:1"), false);
});

Deno.test("ticksOften() notices that something liquid has dried up", () => {
  const tickRates = new TickRates();
  for (let i = 0; i < 100; i++) tickRates.noteTick("nse:1", i * 500, 1);
  for (let i = 0; i < 30; i++) tickRates.noteTick("nse:1", 50_000 + i * 60_000, 1);
  assert.equal(tickRates.ticksOften("nse:1"), false);
});

Deno.test("keepOnly() forgets the habits of what is no longer carried", () => {
  const tickRates = new TickRates();
  for (let i = 0; i < 100; i++) {
    tickRates.noteTick("nse:1", i * 5_000, 1);
    tickRates.noteTick("nse:2", i * 5_000, 1);
  }
  tickRates.keepOnly(new Map([["nse:2", "ltp"]]));
  assert.equal(tickRates.ticksOften("nse:1"), false);
  assert.equal(tickRates.ticksOften("nse:2"), true);
});

Deno.test("noteTick() tells whether time goes on at the exchange", () => {
  const tickRates = new TickRates();
  const goesOn = [0, 1_000, 1_000, 2_000, 1_000, 0, 0].map((time, i) => tickRates.noteTick("nse:1", i, time));
  assert.deepEqual(goesOn, [true, true, false, true, true, true, true]);
});
