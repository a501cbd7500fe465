import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { SharedTimers } from "../../../lib/clients/delivery/shared_timers.ts";
import { FakeClock, settle } from "../../fakes.ts";

Deno.test("what falls due in the same millisecond shares a timer, and runs in the order of the asking", () => {
  const clock = new FakeClock();
  const timers = new SharedTimers(clock);
  const run: string[] = [];
  timers.after(10, () => run.push("a"));
  clock.advance(3);
  timers.after(7, () => run.push("b"));
  timers.after(8, () => run.push("c"));
  equal(clock.pending, 2);
  clock.advance(6);
  deepEqual(run, []);
  clock.advance(1);
  deepEqual(run, ["a", "b"]);
  clock.advance(1);
  deepEqual(run, ["a", "b", "c"]);
  equal(clock.pending, 0);
});

Deno.test("what is asked for while others run gets a timer of its own", () => {
  const clock = new FakeClock();
  const timers = new SharedTimers(clock);
  let rounds = 0;
  const again = () => {
    rounds++;
    timers.after(5, again);
  };
  timers.after(5, again);
  clock.advance(50);
  equal(rounds, 10);
});

Deno.test("what is to be done at the end of a turn shares its end and the clock's time, and adds to the next one", async () => {
  const clock = new FakeClock();
  const timers = new SharedTimers(clock);
  clock.advance(7);
  const run: string[] = [];
  timers.soon((now) => {
    run.push(`a ${now}`);
    timers.soon((now) => run.push(`c ${now}`));
  });
  timers.soon((now) => run.push(`b ${now}`));
  deepEqual(run, []);
  await settle();
  deepEqual(run, ["a 7", "b 7", "c 7"]);
  equal(clock.pending, 0);
});
