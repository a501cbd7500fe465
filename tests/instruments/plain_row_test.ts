/** What is read from bytes is what JSON.parse and `readMasterRow` make of them. */
import { deepEqual, equal, rejects } from "node:assert/strict";
import fc from "fast-check";
import { ListReport } from "../../lib/instruments/list_report.ts";
import { readMaster } from "../../lib/instruments/master_file.ts";
import { MasterText } from "../../lib/instruments/master_text.ts";
import { isBad, type MasterRow, readMasterRow } from "../../lib/instruments/master_row.ts";
import { PLACE } from "../../lib/instruments/plain_row.ts";
import { contractRow, fileRow, piecesOf } from "./master.ts";
import { largeList, ODD_LIST } from "./odd_list.ts";

type Taken = MasterRow | { readonly reason: string; readonly json: unknown };

/** The rows of a text, and how many of them were plain. */
function taken(text: string, size = 1_000): { rows: Taken[]; plain: number } {
  const rows: Taken[] = [];
  let plain = 0;
  const master = new MasterText({
    take: (row) => rows.push(row),
    takePlain({ closingAuction, lacks, ...facts }, bytes, { from, to }) {
      plain++;
      const textOf = (place: number) => new TextDecoder().decode(bytes.subarray(from[place], to[place]));
      rows.push({
        ...facts,
        token: textOf(PLACE.token),
        symbol: textOf(PLACE.symbol),
        ...closingAuction === undefined ? {} : { closingAuction },
        ...lacks === undefined ? {} : { lacks },
      });
    },
    leaveOut: (reason, json) => rows.push({ reason, json: json() }),
  });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) master.write(bytes.subarray(at, at + size));
  master.end();
  return { rows, plain };
}

function expected(text: string): Taken[] {
  return JSON.parse(text).map((json: unknown) => {
    const row = readMasterRow(json);
    return isBad(row) ? { reason: row.reason, json } : row;
  });
}

Deno.test("the rows of a large list are those that JSON.parse makes, and plain but for few", () => {
  const list = [...largeList(20_000)];
  const text = JSON.stringify(list);
  const { rows, plain } = taken(text, 65_536);
  deepEqual(rows, expected(text));
  equal(plain > 0.9 * list.length, true, `${plain}`);
});

/** Values that are odd in some way. */
const VALUE = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom<unknown>(
    "",
    " ",
    "SBIN-EQ ",
    " 7",
    "7.0",
    "7.00",
    "07",
    "1".repeat(25),
    "1".repeat(26),
    "é",
    'a"b',
  ),
  fc.constantFrom<unknown>(
    "NSE",
    "nfo",
    "CDS",
    "bse_cm",
    "NCO",
    "1",
    "OPTIDX",
    "futstk",
    "AMXIDX",
    "29DEC2026",
  ),
  fc.constantFrom<unknown>(
    "2450000.000000",
    "-1.000000",
    ".5",
    "5.",
    ".",
    "1e3",
    "0x10",
    "Infinity",
    "9".repeat(20),
  ),
  fc.constantFrom<unknown>(null, true, false, 7, 2.5, -1, {}, [], { a: ["}"] }),
);

const ROW = fc.oneof(
  fc.record(Object.fromEntries(Object.keys(PLACE).map((name) => [name, VALUE])), { requiredKeys: [] }),
  fc.dictionary(fc.constantFrom(...Object.keys(PLACE), "freeze_qty", "__proto__", 'a"b'), VALUE)
    .chain((change) => fc.constantFrom(fileRow(change), contractRow(change))),
  fc.constantFrom<unknown>(null, 7, "row", [], [{}], ...ODD_LIST),
);

Deno.test("any rows, in pieces of any size, with blanks or without, are what JSON.parse makes of them", () => {
  fc.assert(
    fc.property(
      fc.array(ROW, { maxLength: 5 }),
      fc.constantFrom("", " ", "\t", "\r\n"),
      fc.integer({ min: 1, max: 400 }),
      (list, blanks, size) => {
        const text = `${blanks}${JSON.stringify(list, undefined, blanks === "\r\n" ? 1 : blanks)}${blanks}`;
        deepEqual(taken(text, size).rows, expected(text));
      },
    ),
    { numRuns: 1_000 },
  );
});

Deno.test("a list is read to its end, wherever the one piece ends and the other begins", () => {
  const text = JSON.stringify([fileRow(), fileRow({ token: "7" })]);
  for (let size = 1; size <= text.length; size++) deepEqual(taken(text, size).rows, expected(text));
  for (let first = 1; first < text.length; first++) {
    const rows: string[] = [];
    const master = new MasterText({
      take: () => {},
      takePlain: ({ name }) => rows.push(name),
      leaveOut: () => {},
    });
    const bytes = new TextEncoder().encode(text);
    master.write(bytes.subarray(0, first));
    master.write(bytes.subarray(first));
    master.end();
    equal(rows.length, 2);
  }
});

Deno.test("a key that stands twice counts the last time, and the order of the keys is free", () => {
  const text =
    '[{"token":"1","symbol":"A","token":"2","exch_seg":"NSE"},{"exch_seg":"BSE","symbol":"B","token":"3"}]';
  deepEqual(taken(text).rows, expected(text));
  equal(taken(text).plain, 2);
});

for (
  const text of [
    "[,]",
    '[{"token":"1"}{}]',
    "[{]",
    '[{"a":tru}]',
    '[{"a":"\u0001"}]',
    '[{"a"}]',
    "[1 2]",
    '[{"a":"\\x"}]',
  ]
) {
  Deno.test(`a text that is not JSON is refused: ${JSON.stringify(text)}`, async () => {
    await rejects(readMaster(piecesOf(text)), /not JSON/);
  });
}

Deno.test("the report names the first row of a kind, plain or not", async () => {
  const text = JSON.stringify([
    fileRow({ token: "5", symbol: "GONE", exch_seg: "NCO" }),
    fileRow({ token: "x", symbol: "Zé" }),
    fileRow({ token: "7", symbol: "A29DEC26FUT", exch_seg: "NFO", instrumenttype: "FUTSTK" }),
  ]);
  const { report } = await readMaster(piecesOf(text));
  equal(report instanceof ListReport, true);
  equal(
    `${report}`,
    "2 rows are left out: 1 with segment NCO (5 GONE), 1 with a token that is not a number (x Zé); " +
      "1 rows lack something: 1 with no readable expiry (nfo:7 A29DEC26FUT)",
  );
});
