import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { ClientConnection } from "../../lib/clients/client_connection.ts";
import { CLOSE } from "../../lib/clients/close_codes.ts";
import { RequestQueue } from "../../lib/clients/request_queue.ts";
import { WorkQueue } from "../../lib/clients/work_queue.ts";
import { FakeClock, settle } from "../fakes.ts";

/** A queue that takes frames, and what became of them. */
function open(units = 0) {
  const clock = new FakeClock();
  const work = new WorkQueue(clock);
  const closes: unknown[] = [];
  const taken: (string | ArrayBuffer)[] = [];
  const connection = { isOpen: true, close: (why: unknown) => closes.push(why) };
  const queue = new RequestQueue({
    connection: connection as unknown as ClientConnection,
    work,
    frameBytes: 65_536,
    waitingLength: 200_000,
    take: (frame) => (taken.push(frame), units),
  });
  return { clock, closes, connection, queue, taken, work };
}

Deno.test("reading a long frame counts as work, whatever comes of it", () => {
  const { clock, queue, taken, work, connection } = open(0);
  for (let i = 0; i < 3; i++) queue.add("x".repeat(60_000));
  equal(taken.length, 1);
  equal(work.waiting(connection), 2);
  clock.advance(0);
  equal(taken.length > 1, true);
});

Deno.test("a frame that is too large, too many of them, and too long ones together end the connection", () => {
  const large = open();
  large.queue.add("x".repeat(65_537));
  large.queue.add("é".repeat(40_000));
  large.queue.add(new ArrayBuffer(65_537));
  // What fits to the byte is taken, whatever its letters.
  for (
    const fits of ["é".repeat(32_768), "x".repeat(65_536), `${"₹".repeat(21_845)}x`, "\ud800".repeat(21_845)]
  ) {
    const { closes, queue } = open();
    queue.add(fits);
    deepEqual(closes, []);
  }
  for (const over of [`${"é".repeat(32_768)}x`, `${"₹".repeat(21_845)}é`, `${"\ud800".repeat(21_845)}xx`]) {
    const { closes, queue } = open();
    queue.add(over);
    deepEqual(closes, [CLOSE.tooLarge]);
  }
  deepEqual(large.closes, [CLOSE.tooLarge, CLOSE.tooLarge, CLOSE.tooLarge]);
  deepEqual(large.taken, []);

  const long = open(100);
  for (let i = 0; i < 5; i++) long.queue.add("x".repeat(60_000));
  deepEqual(long.closes, [CLOSE.tooMany]);

  const many = open(100);
  for (let i = 0; i < 5_002; i++) many.queue.add("x");
  deepEqual(many.closes, [CLOSE.tooMany]);
});

Deno.test("what waits for a client that has left is not followed", () => {
  const { clock, connection, queue, taken } = open(100);
  for (const frame of ["a", "b"]) queue.add(frame);
  connection.isOpen = false;
  clock.advance(10);
  deepEqual(taken, ["a"]);
});

Deno.test("a long request is followed in pieces, and the next one when it is done", async () => {
  const clock = new FakeClock();
  const work = new WorkQueue(clock);
  const done: string[] = [];
  const connection = { isOpen: true, close: () => {} };
  function* inPieces(name: string, pieces: number) {
    for (let i = 1; i < pieces; i++) {
      done.push(`${name}${i}`);
      yield 60;
    }
    done.push(`${name}${pieces}`);
    return 60;
  }
  const queue = new RequestQueue({
    connection: connection as unknown as ClientConnection,
    work,
    frameBytes: 65_536,
    waitingLength: 200_000,
    take: (frame) => frame === "short" ? (done.push("short"), 1) : inPieces(String(frame), 3),
  });
  for (const frame of ["a", "short", "b"]) queue.add(frame);
  deepEqual(done, ["a1", "a2"]);
  const turn = async () => {
    await settle();
    clock.advance(0);
    await settle();
    return done.splice(0);
  };
  done.length = 0;
  deepEqual(await turn(), ["a3", "short", "b1"]);
  deepEqual([...await turn(), ...await turn()], ["b2", "b3"]);

  queue.add("c");
  queue.drop();
  done.length = 0;
  deepEqual(await turn(), []);
});
