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
  queue.add("victim", job("victim", 5), 5);
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

Deno.test("a job that takes longer than it says counts for its time: the turn is over, and the next one comes as much later", () => {
  const clock = new FakeClock();
  const queue = new WorkQueue(clock);
  const order: string[] = [];
  // A unit is 50 µs: this one has a turn and more for itself.
  queue.add("slow", () => (clock.advance(6), 1));
  for (const client of ["slow", "other"]) queue.add(client, () => order.push(client) && 5, 5);
  deepEqual(order, []);
  clock.advance(5);
  deepEqual(order, [], "as long as it took, sockets and ticks have the time");
  clock.advance(1);
  deepEqual(order, ["other", "slow"], "who has had less comes first");
});

Deno.test("a short job goes before long ones, of however many clients, and of those that have just come", () => {
  const clock = new TurnClock();
  const queue = new WorkQueue(clock);
  let came = 0;
  const waits: number[] = [];
  for (let turn = 0; turn < 30; turn++) {
    // Twenty that have never been seen, each with a list to subscribe; they go when they have it.
    for (let i = 0; i < 20; i++) queue.add(`new ${came++}`, () => 50, 50);
    const pinged = turn;
    queue.add("pinging", () => (waits.push(turn - pinged), 1));
    clock.turn();
  }
  equal(waits.length, 30);
  ok(waits.every((wait) => wait === 0), `pongs waited ${waits} turns`);
});

Deno.test("who has had much waits for those who have had little, and nobody waits for ever", () => {
  const clock = new TurnClock();
  const queue = new WorkQueue(clock);
  let long = 0;
  queue.add("long", () => (long++, 400), 400);
  queue.add("long", () => (long++, 400), 400);
  for (let turn = 0; turn < 100; turn++) {
    for (let i = 0; i < 10; i++) queue.add(`short ${i}`, () => 10, 10);
    clock.turn();
  }
  equal(long, 2);
});

Deno.test("clients with long jobs get one after the other, each client its own in order", () => {
  const clock = new FakeClock();
  const queue = new WorkQueue(clock);
  const order: string[] = [];
  queue.add("busy", () => 100);
  for (let i = 0; i < 3; i++) {
    for (const client of ["a", "b"]) queue.add(client, () => order.push(`${client}${i}`) && 20, 20);
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
  for (const client of ["gone", "here"]) queue.add(client, () => order.push(client), 5);
  queue.drop("gone");
  clock.advance(10);
  deepEqual(order, ["here"]);
});

Deno.test("a short job of who has had little is done between two turns, and not many of them", () => {
  const clock = new FakeClock();
  const queue = new WorkQueue(clock);
  const order: string[] = [];
  // The next turn is as far away as this one took.
  queue.add("busy", () => (clock.advance(50), 1));
  queue.add("busy", () => (clock.advance(50), 1), 50);
  queue.add("pinging", () => order.push("pong"));
  deepEqual(order, ["pong"]);
  queue.add("busy", () => order.push("of who has had much"));
  queue.add("long", () => order.push("long"), 50);
  deepEqual(order, ["pong"]);
  for (let i = 0; i < 100; i++) queue.add(`new ${i}`, () => order.push(`new ${i}`) && 1);
  ok(order.length <= 21, `${order.length} between two turns`);
  clock.advance(200);
  equal(order.length, 103);
});
