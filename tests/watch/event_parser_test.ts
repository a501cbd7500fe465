import { deepStrictEqual as deepEqual, rejects } from "node:assert/strict";
import fc from "fast-check";
import { eventsOf, type ServerEvent } from "../../lib/watch/event_parser.ts";

const STREAM = [
  ": a comment",
  "",
  "retry: 3000",
  "event: info",
  "id: a/1",
  'data: {"ü":1}',
  "",
  "data: one",
  "data:two",
  "data",
  "",
  "event: nothing in it",
  "",
  "id: a/2",
  "data:  x: y",
  "unknown: z",
  "",
  "data: cut off",
];

const EVENTS: ServerEvent[] = [
  { name: "info", id: "a/1", data: '{"ü":1}' },
  { name: "message", id: "a/1", data: "one\ntwo\n" },
  { name: "message", id: "a/2", data: " x: y" },
];

async function read(pieces: readonly Uint8Array[]): Promise<ServerEvent[]> {
  return await Array.fromAsync(eventsOf(ReadableStream.from(pieces)));
}

Deno.test("eventsOf() reads a stream however it is cut, and whatever ends its lines", async () => {
  await fc.assert(fc.asyncProperty(
    fc.constantFrom("\n", "\r\n", "\r"),
    fc.array(fc.nat({ max: 250 }), { maxLength: 20 }),
    async (end, cuts) => {
      const bytes = new TextEncoder().encode(STREAM.map((line) => line + end).join(""));
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const pieces = places.slice(1).map((place, i) => bytes.subarray(places[i], place));
      deepEqual(await read(pieces), EVENTS);
    },
  ));
});

Deno.test("eventsOf() gives up an event that does not end", async () => {
  const piece = new TextEncoder().encode("x".repeat(8 * 1024 * 1024));
  await rejects(read([piece, piece, piece, piece, piece]), /does not end/);
});
