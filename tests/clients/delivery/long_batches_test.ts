import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import type { Batch, Payload } from "../../../lib/clients/delivery/encoder.ts";
import { makeInTurns, partsOf } from "../../../lib/clients/delivery/long_batches.ts";
import { WorkQueue } from "../../../lib/clients/work_queue.ts";
import type { InstrumentKey } from "../../../lib/market/market.ts";
import { TurnClock } from "../turn_clock.ts";

const MOST_PIECES = 500;
const MOST_LENGTH = 128 * 1024;

/** Length of ticks that may be made into messages in one turn: a whole turn's, and the message that fills it. */
const MOST_A_TURN = 100 * 1_600 + MOST_LENGTH;

function batchOf(lengths: readonly number[], more: Partial<Batch> = {}): Batch {
  return {
    keys: lengths.map((_, i): InstrumentKey => `nse:${i}`),
    pieces: lengths.map((length) => "x".repeat(length)),
    conflated: 0,
    payload: undefined,
    ...more,
  };
}

const lengthOf = ({ pieces }: Batch) => pieces.reduce((sum, { length }) => sum + length, 0);

Deno.test("partsOf() cuts what is long, keeps all of it in its order, and counts what was replaced once", () => {
  const lengths = fc.oneof(
    fc.array(fc.integer({ min: 1, max: 90_000 }), { maxLength: 30 }),
    fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 300, maxLength: 1_200, size: "max" }),
  );
  fc.assert(fc.property(lengths, fc.nat(9), fc.boolean(), (lengths, conflated, stale) => {
    const batch = batchOf(lengths, { conflated, stale });
    const parts = partsOf(batch);
    const isLong = lengths.length > MOST_PIECES || lengthOf(batch) > MOST_LENGTH;
    equal(parts !== undefined, isLong);
    if (parts === undefined) return;
    deepEqual(parts.flatMap(({ keys }) => keys), batch.keys);
    deepEqual(parts.flatMap(({ pieces }) => pieces), batch.pieces);
    deepEqual(
      parts.map(({ conflated }) => conflated),
      parts.map((_, i) => i < parts.length - 1 ? 0 : conflated),
    );
    for (const part of parts) {
      equal(part.keys.length, part.pieces.length);
      equal(part.stale, stale);
      ok(part.pieces.length <= MOST_PIECES);
      ok(part.pieces.length === 1 || lengthOf(part) <= MOST_LENGTH);
    }
  }));
});

Deno.test("one piece that is longer than a message may be is a message of its own", () => {
  const [long, ...others] = partsOf(batchOf([MOST_LENGTH + 1, 5, 5]))!;
  deepEqual([long!.keys, ...others.map(({ keys }) => keys)], [["nse:0"], ["nse:1", "nse:2"]]);
});

Deno.test("makeInTurns() makes a bounded length in each turn of the event loop, in order", () => {
  const clock = new TurnClock();
  const parts = partsOf(batchOf(Array(3_000).fill(1_000)))!;
  const made: Batch[] = [];
  const payload: Payload = { marked: true, size: 1, sendTo: () => {} };
  makeInTurns(parts, {
    work: new WorkQueue(clock),
    lane: "any",
    encode: () => payload,
    made: (part) => made.push(part),
  });
  for (let turns = 0, before = 0; made.length < parts.length; turns++) {
    ok(turns < parts.length, "it does not go on");
    ok(made.slice(before).reduce((sum, part) => sum + lengthOf(part), 0) <= MOST_A_TURN);
    before = made.length;
    clock.turn();
  }
  deepEqual(made, parts);
  ok(parts.every((part) => part.payload === payload));
});

Deno.test("what turns out to be empty is made, and says nothing", () => {
  const [empty, next] = [batchOf([]), batchOf([1])];
  const encoded: Batch[] = [];
  makeInTurns([empty, next], {
    work: new WorkQueue(new TurnClock()),
    lane: "any",
    encode(part) {
      encoded.push(part);
      return { marked: false, size: 1, sendTo: () => {} };
    },
    made: () => {},
  });
  deepEqual(encoded, [next]);
  equal(empty.payload?.size, 0);
});
