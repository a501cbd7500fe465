import { strictEqual as equal } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { gzipBase64 } from "../../../lib/clients/json/gzip.ts";

Deno.test("gzipBase64() is undone by Base64 and gunzip, for texts of any length and script", async () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.tuple(fc.string(), fc.nat(2_000)).map(([each, times]) => each.repeat(times)),
  );
  await fc.assert(
    fc.asyncProperty(text, async (text) => {
      equal(gunzipSync(Buffer.from(await gzipBase64(text), "base64")).toString(), text.toWellFormed());
    }),
    { numRuns: 100 },
  );
});
