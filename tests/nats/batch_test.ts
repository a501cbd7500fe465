import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { BatchWriter, readBatch } from "../../lib/nats/batch.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { anyTick } from "../ticks.ts";

const HEAD = { epoch: 1_838_000_000_000_123, sequence: 7, elapsed: 1_234.5, wall: 1_795_149_000_123 };

Deno.test("what is written into a batch is read out of it, in its order", () => {
  const entry = fc.record({
    tick: anyTick(),
    cameAt: fc.double({ min: 0, max: 1e9, noNaN: true }),
    reason: fc.option(fc.stringMatching(/^[a-z_]{1,30}$/), { nil: undefined }),
  });
  const writer = new BatchWriter();
  fc.assert(fc.property(fc.array(entry, { maxLength: 30 }), (entries) => {
    for (const { tick, cameAt, reason } of entries) {
      if (reason === undefined) writer.add(encodePacket(tick), cameAt);
      else writer.addRejected(encodePacket(tick), cameAt, tick.key, reason);
    }
    const { entries: read, ...head } = readBatch(writer.take(HEAD))!;
    deepEqual(head, HEAD);
    equal(writer.isEmpty, true);
    equal(read.length, entries.length);
    for (const [i, { tick, cameAt, reason }] of entries.entries()) {
      deepEqual([...read[i]!.packet], [...encodePacket(tick)]);
      equal(read[i]!.cameAt, cameAt);
      deepEqual(read[i]!.rejected, reason === undefined ? undefined : { key: tick.key, reason });
    }
  }));
});

Deno.test("any bytes give a batch or nothing, and a batch that was cut gives no more than it has", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void readBatch(bytes)));
  const writer = new BatchWriter();
  for (let i = 0; i < 5; i++) writer.add(new Uint8Array(51).fill(i), i);
  const whole = writer.take(HEAD);
  for (let length = 0; length < whole.length; length++) {
    const read = readBatch(whole.subarray(0, length));
    if (read !== undefined) equal((length - 32) % 63, 0);
  }
});
