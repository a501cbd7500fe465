import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { WorkQueue } from "../../lib/clients/work_queue.ts";
import { FakeClock } from "../fakes.ts";

Deno.test("work is done at once while a turn has room", () => {
  const queue = new WorkQueue(new FakeClock());
  const done: number[] = [];
  for (let i = 0; i < 100; i++) queue.add("one", () => done.push(i) && 1);
  equal(done.length, 100);
});

/** A clock whose timers run one turn of the event loop at a time. */
class TurnClock extends FakeClock {
  #due: (() => void)[] = [];

  override after(_ms: number, run: () => void): () => void {
    this.#due.push(run);
    return () => {};
  }

  turn(): void {
    for (const run of this.#due.splice(0)) run();
  }
}

Deno.test("a flood of one client delays another's job by no more than the rest of a turn", () => {
  const clock = new TurnClock();
  const queue = new WorkQueue(clock);
  const order: string[] = [];
  const job = (name: string, units: number) => () => {
    order.push(name);
    return units;
  };
  for (let i = 0; i < 1_000; i++) queue.add("flood", job("flood", 10));
  queue.add("victim", job("victim", 1));
  const before = order.length;
  equal(before, 10);
  clock.turn();
  const at = order.indexOf("victim");
  ok(at >= before && at <= before + 2, `after ${at - before} jobs of the flood`);
  ok(order.length <= before + 11, `${order.length - before} jobs in one turn`);
});

Deno.test("who sends many short jobs does not fall behind beside clients with long ones", () => {
  const clock = new TurnClock();
  const queue = new WorkQueue(clock);
  let pongs = 0;
  for (let client = 0; client < 8; client++) for (let i = 0; i < 500; i++) queue.add(client, () => 25);
  for (let turn = 0; turn < 40; turn++) {
    // Two pings come in each turn.
    for (let i = 0; i < 2; i++) queue.add("pinging", () => (pongs++, 1));
    clock.turn();
    ok(queue.waiting("pinging") <= 8, `${queue.waiting("pinging")} wait in turn ${turn}`);
  }
  ok(pongs >= 72, `${pongs} of 80`);
});

Deno.test("clients with long jobs get one after the other, each client its own in order", () => {
  const clock = new FakeClock();
  const queue = new WorkQueue(clock);
  const order: string[] = [];
  queue.add("busy", () => 100);
  for (let i = 0; i < 3; i++) {
    for (const client of ["a", "b"]) queue.add(client, () => order.push(`${client}${i}`) && 20);
  }
  equal(queue.waiting("a"), 3);
  clock.advance(0);
  deepEqual(order, ["a0", "b0", "a1", "b1", "a2", "b2"]);
  equal(queue.waiting("a"), 0);
  equal(clock.pending, 0);
});

Deno.test("drop() forgets what a client still waits for", () => {
  const clock = new FakeClock();
  const queue = new WorkQueue(clock);
  const order: string[] = [];
  queue.add("busy", () => 100);
  queue.add("gone", () => order.push("gone"));
  queue.add("here", () => order.push("here"));
  queue.drop("gone");
  clock.advance(10);
  deepEqual(order, ["here"]);
});
