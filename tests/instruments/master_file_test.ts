import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { type MasterReading, readMaster } from "../../lib/instruments/master_file.ts";
import { HUGE_ROWS, masterText } from "../../lib/simulator/master.ts";
import { SIMULATED_INSTRUMENTS } from "../simulator/simulated.ts";
import { fileChunks } from "../../lib/instruments/master_file.ts";
import { fileRow, meaningOf, piecesOf, TODAY } from "./master.ts";

const rows = Array.from({ length: 50 }, (_, i) => fileRow({ token: String(i + 1), symbol: `É{S},}${i}-EQ` }));

Deno.test("readMaster() reads the same whatever the pieces it comes in", async () => {
  for (const text of [JSON.stringify(rows), `\ufeff\n ${JSON.stringify(rows, undefined, 2)} \n`]) {
    for (const size of [1, 7, 100, 1_000, 1_000_000]) {
      const { table, report } = await readMaster(piecesOf(text, size));
      deepEqual([table.rows, report.leftOut], [50, 0]);
      equal(table.get("nse:50")?.symbol, "É{S},}49-EQ");
    }
  }
});

/** What it is, its text, and what is said of it. */
const BAD: readonly (readonly [string, string, RegExp])[] = [
  ["nothing", " \n", /^empty$/],
  ["a page", "<!DOCTYPE html><html></html>", /^an HTML page$/],
  ["an error in JSON", '{"status":false}', /^not a JSON array$/],
  ["one cut off within a row", JSON.stringify(rows).slice(0, -40), /cut off/],
  ["one cut off between rows", JSON.stringify(rows.slice(0, 9)).slice(0, -1), /cut off/],
  ["one that goes on", `${JSON.stringify(rows)}[]`, /cut off, or not JSON/],
  ["one with a hole", JSON.stringify(rows).replace('"token":"20"', '"token":'), /not JSON/],
  ["an endless one", `[{"token":"${"1".repeat(3_000_000)}`, /not JSON, or not rows/],
];

for (const [what, text, message] of BAD) {
  Deno.test(`readMaster() refuses ${what}`, async () => {
    await rejects(readMaster(piecesOf(text)), { message });
  });
}

Deno.test("readMaster() stops when it is told to", async () => {
  const abort = new AbortController();
  const reading = readMaster(piecesOf(JSON.stringify(rows)), abort.signal);
  abort.abort(new Error("enough"));
  await rejects(reading, { message: "enough" });
});

Deno.test("readMaster() reads a file of full size in pieces, letting others work in between", async () => {
  const path = await Deno.makeTempFile();
  try {
    using file = await Deno.open(path, { write: true });
    for (const text of masterText(SIMULATED_INSTRUMENTS, HUGE_ROWS)) {
      await file.write(new TextEncoder().encode(text));
    }
    const bytes = (await file.stat()).size;
    ok(bytes > 30e6, `${bytes} bytes`);
    let turns = 0;
    const beat = setInterval(() => turns++, 0);
    let reading: MasterReading;
    try {
      reading = await readMaster(fileChunks(path));
    } finally {
      clearInterval(beat);
    }
    const { table, slices, report } = reading;
    equal(
      table.rows + report.leftOut,
      HUGE_ROWS - SIMULATED_INSTRUMENTS.filter(({ book }) => book === "index").length,
    );
    ok(report.leftOut > 5_000);
    equal(report.unusual, false, `${report}`);
    ok(slices >= bytes / (128 * 1024), `${slices} slices`);
    ok(turns > 50, `${turns} turns`);
    for (const { exchange, token, symbol } of SIMULATED_INSTRUMENTS) {
      equal(table.get(`${exchange}:${token}`)?.symbol, symbol);
      equal(meaningOf(table, `${exchange}:${symbol}`), `${exchange}:${token}`);
    }
    equal(table.search("INDLTD 1000 CE", { limit: 20, today: TODAY }).length, 20);
  } finally {
    await Deno.remove(path);
  }
});
