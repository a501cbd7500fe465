import assert from "node:assert/strict";
import fc from "fast-check";
import { gzipPayload, jsonPayload } from "../../../lib/clients/json/payload.ts";
import { readData } from "../fake_socket.ts";

/** Ticks that repeat each other, as real ones do. */
function similar(count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => JSON.stringify({ token: String(i), exchange: "nse", price: 100.5 }),
  );
}

/** Text without any pattern that gzip could use. */
function noise(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => String.fromCharCode(35 + byte % 57)).join("").replaceAll("\\", "/");
}

Deno.test("gzipPayload() makes the documented message of one tick, uncompressed as it is shorter so", async () => {
  const payload = await gzipPayload(['{"token":"1"}']);
  assert.equal(
    payload.frame(18),
    '{"type":"market_data","compressed":false,"seq":18,"data":[{"token":"1"}]}',
  );
});

Deno.test("gzipPayload() gzips what gets shorter by it, as a Base64 string", async () => {
  const texts = similar(100);
  const frame = (await gzipPayload(texts)).frame(17);
  assert.match(frame, /^\{"type":"market_data","compressed":true,"seq":17,"data":"H4sI[A-Za-z0-9+/=]+"\}$/);
  assert.ok(frame.length < texts.join().length / 3);
  assert.deepEqual(readData(frame).ticks, texts.map((text) => JSON.parse(text)));
});

Deno.test("gzipPayload() leaves alone what gzip and Base64 would make longer", async () => {
  const text = JSON.stringify({ noise: noise(700) });
  const message = readData((await gzipPayload([text])).frame(1));
  assert.equal(message.compressed, false);
  assert.deepEqual(message.ticks, [JSON.parse(text)]);
});

Deno.test("gzipPayload() never makes a message longer than the array itself", async () => {
  for (let count = 0; count <= 30; count++) {
    const json = `[${similar(count).join(",")}]`;
    const plain = `{"type":"market_data","compressed":false,"seq":1,"data":${json}}`;
    const frame = (await gzipPayload(similar(count))).frame(1);
    assert.ok(frame.length <= plain.length, `${frame.length} instead of ${plain.length} for ${count} ticks`);
  }
});

Deno.test("gzipPayload() puts its marks between seq and data, and none where there is nothing to say", async () => {
  const frame = async (marks: Parameters<typeof gzipPayload>[1]) =>
    (await gzipPayload(["{}"], marks)).frame(5);
  const head = '{"type":"market_data","compressed":false,"seq":5';
  assert.equal(await frame({ snapshot: true }), `${head},"snapshot":true,"data":[{}]}`);
  assert.equal(await frame({ conflated: 9 }), `${head},"conflated":9,"data":[{}]}`);
  assert.equal(await frame({ snapshot: false, conflated: 0 }), `${head},"data":[{}]}`);
});

Deno.test("frame() gives each client its own number, in any order", async () => {
  const payload = await gzipPayload(similar(50), { conflated: 3 });
  const numbers = [1, 7, 7, 1, 123_456, 7];
  const messages = numbers.map((seq) => readData(payload.frame(seq)));
  assert.deepEqual(messages.map(({ seq }) => seq), numbers);
  for (const { conflated, ticks } of messages) {
    assert.equal(conflated, 3);
    assert.equal(ticks.length, 50);
  }
});

Deno.test("gzipPayload() is undone by gunzip and JSON for any ticks, in any script", async () => {
  const tick = fc.record({
    symbol: fc.string({ unit: "grapheme", maxLength: 30 }),
    price: fc.integer(),
    more: fc.jsonValue(),
  }, { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(fc.array(tick, { maxLength: 60 }), fc.nat(), async (ticks, seq) => {
      const texts = ticks.map((tick) => JSON.stringify(tick));
      const message = readData((await gzipPayload(texts)).frame(seq));
      assert.equal(message.seq, seq);
      assert.deepEqual(message.ticks, texts.map((text) => JSON.parse(text)));
    }),
    { numRuns: 200 },
  );
});

Deno.test("jsonPayload() stays with the array, whatever its length", () => {
  const frame = jsonPayload(similar(100), { stale: true }).frame(3);
  assert.ok(frame.startsWith('{"type":"market_data","compressed":false,"seq":3,"stale":true,"data":[{'));
  assert.equal(readData(frame).ticks.length, 100);
});
