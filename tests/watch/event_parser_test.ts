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
  ": heartbeat",
  "id: a/3",
  "",
  "id: a/4",
  "data: cut off",
];

/** The events of the stream, and the ids as they are given. */
const EVENTS: (ServerEvent | string)[] = [
  "a/1",
  { name: "info", data: '{"ü":1}' },
  { name: "message", data: "one\ntwo\n" },
  "a/2",
  { name: "message", data: " x: y" },
  "a/3",
];

async function read(pieces: readonly Uint8Array[]): Promise<(ServerEvent | string)[]> {
  const found: (ServerEvent | string)[] = [];
  for await (const event of eventsOf(ReadableStream.from(pieces), (id) => found.push(id))) found.push(event);
  return found;
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
