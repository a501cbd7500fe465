import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { Batch, Payload } from "../../../lib/clients/delivery/encoder.ts";
import { SendQueue } from "../../../lib/clients/delivery/send_queue.ts";

const PAYLOAD: Payload = { sendTo() {}, size: 0, marked: true };

function batch(name: string, payload?: Payload): Batch {
  return { keys: [], pieces: [name], conflated: 0, payload };
}

function queue() {
  const left: unknown[] = [];
  return { left, queue: new SendQueue(({ pieces }) => left.push(pieces[0])) };
}

Deno.test("drain() lets go what has its turn: a batch when it is made, an action after all before it", () => {
  const { left, queue: own } = queue();
  const slow = batch("slow");
  own.add(slow);
  own.add(() => left.push("action"));
  own.add(batch("made", PAYLOAD));
  own.drain();
  deepEqual(left, []);
  slow.payload = PAYLOAD;
  own.drain();
  deepEqual(left, ["slow", "action", "made"]);
  equal(own.isEmpty, true);
});

Deno.test("hold() keeps back what comes after it until it is released, and says when that is too much", () => {
  const { left, queue: own } = queue();
  own.add(batch("before", PAYLOAD));
  const release = own.hold();
  for (let i = 0; i < 2_000; i++) own.add(batch("after", PAYLOAD));
  equal(own.isOverfull, false);
  own.drain();
  deepEqual(left, ["before"]);
  own.add(batch("after", PAYLOAD));
  equal(own.isOverfull, true);
  release();
  equal(left.length, 2_002);
  equal(own.isOverfull, false);
});

Deno.test("addFirst() puts older batches before all, and close() lets nothing go any more", () => {
  const { left, queue: own } = queue();
  own.add(batch("new", PAYLOAD));
  own.addFirst([batch("old", PAYLOAD), batch("less old", PAYLOAD)]);
  own.add(() => own.close());
  own.add(batch("never", PAYLOAD));
  own.drain();
  deepEqual(left, ["old", "less old", "new"]);
  equal(own.isEmpty, true);
});
