import { deepStrictEqual as deepEqual, notStrictEqual, ok } from "node:assert/strict";
import { PacketCopies } from "../../../lib/upstream/broker/packet_copies.ts";

Deno.test("copy() keeps the bytes when those they came with change, copy after copy", () => {
  const copies = new PacketCopies();
  const read = new Uint8Array(1_000);
  const kept: Uint8Array[] = [];
  for (let i = 0; i < 2_000; i++) {
    read.fill(i % 251);
    kept.push(copies.copy(read.subarray(7, 7 + [51, 123, 379, 0][i % 4]!)));
  }
  for (const [i, copy] of kept.entries()) {
    deepEqual(copy, new Uint8Array([51, 123, 379, 0][i % 4]!).fill(i % 251));
    notStrictEqual(copy.buffer, read.buffer);
  }
});

Deno.test("copy() lets a packet hold no more than a small piece of memory, and takes one of any length", () => {
  const copies = new PacketCopies();
  for (let i = 0; i < 500; i++) ok(copies.copy(new Uint8Array(379)).buffer.byteLength <= 8_192);
  deepEqual(copies.copy(new Uint8Array(65_536).fill(1)), new Uint8Array(65_536).fill(1));
});
