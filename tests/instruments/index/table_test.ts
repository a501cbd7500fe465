import { deepEqual, equal, ok } from "node:assert/strict";
import { builtInTable } from "../../../lib/instruments/built_in.ts";
import { WELL_KNOWN } from "../../../lib/instruments/symbols.ts";
import { contractRow, fileRow, indexRows, meaningOf, suggested, tableOfRows, TODAY } from "../master.ts";

const future = (token: string, symbol: string, expiry: string, more = {}) =>
  contractRow({ token, symbol, expiry, instrumenttype: "FUTIDX", ...more });

const option = (token: string, symbol: string, expiry: string, strike: number, more = {}) =>
  contractRow({ token, symbol, expiry, strike: `${strike * 100}.000000`, instrumenttype: "OPTIDX", ...more });

const table = await tableOfRows([
  option("63917", "NIFTY26JAN2724800CE", "26JAN2027", 24_800),
  option("63916", "NIFTY29DEC2624900PE", "29DEC2026", 24_900),
  option("63915", "NIFTY29DEC2624800CE", "29DEC2026", 24_800),
  future("68393", "NIFTY26JAN27FUT", "26JAN2027"),
  future("68392", "NIFTY29DEC26FUT", "29DEC2026"),
  future("35001", "RELIANCE29DEC26FUT", "29DEC2026", { name: "RELIANCE", instrumenttype: "FUTSTK" }),
  ...indexRows("99926000", "Nifty 50", "NIFTY"),
  ...indexRows("99926009", "Nifty Bank", "BANKNIFTY"),
  ...indexRows("99926021", "Nifty FMCG", "FMCG"),
  ...indexRows("99919000", "SENSEX", "SENSEX", "BSE"),
  fileRow({ token: "500", symbol: "RELIANCE-BL" }),
  fileRow(),
  fileRow({ token: "500325", symbol: "RELIANCE", exch_seg: "BSE" }),
  fileRow({ token: "3045", symbol: "SBIN-EQ", name: "SBIN" }),
  fileRow({ token: "3045", symbol: "ZSBIN", name: "ZSBIN", exch_seg: "BSE" }),
  fileRow({ token: "777", symbol: "FMCG-EQ", name: "FMCG" }),
  fileRow({ token: "12018", symbol: "SUZLON-BE", name: "SUZLON" }),
  fileRow({ token: "9999", symbol: "GONE-EQ", name: "GONE", exch_seg: "NCO" }),
  fileRow({ token: "1", symbol: "Nifty 50", name: "NIFTY", exch_seg: "CDS", instrumenttype: "AMXIDX" }),
]);

Deno.test("get() tells all there is of an instrument", () => {
  deepEqual(table.get("nfo:63915"), {
    key: "nfo:63915",
    exchange: "nfo",
    token: "63915",
    symbol: "NIFTY29DEC2624800CE",
    name: "NIFTY",
    type: "option",
    expiry: "2026-12-29",
    strike: 24_800,
    lotSize: 65,
    tickSize: 0.1,
  });
  const index = table.get("nse:99926000")!;
  deepEqual([index.symbol, index.type, "strike" in index, "expiry" in index], [
    "Nifty 50",
    "index",
    false,
    false,
  ]);
});

Deno.test("a number names another instrument on another exchange", () => {
  equal(table.get("nse:3045")?.symbol, "SBIN-EQ");
  equal(table.get("bse:3045")?.symbol, "ZSBIN");
  equal(table.get("nfo:3045"), undefined);
});

Deno.test("an index is found by its old number, and its old row is gone", () => {
  equal(table.get("nse:26000")?.key, "nse:99926000");
  // One that only the rows tell of.
  equal(table.get("nse:26021")?.key, "nse:99926021");
  equal(table.symbolOf("bse:19000"), "SENSEX");
  equal(table.rows, 22 - 4);
});

/** A query, the exchange, and what it gives, best first. */
const SEARCHED: readonly (readonly [string, readonly string[], ("nse" | "nfo" | "bse")?])[] = [
  ["reliance", ["nse:RELIANCE-EQ", "bse:RELIANCE", "nfo:RELIANCE29DEC26FUT", "nse:RELIANCE-BL"]],
  ["reliance", ["nfo:RELIANCE29DEC26FUT"], "nfo"],
  ["NFO:reliance", ["nfo:RELIANCE29DEC26FUT"]],
  ["sbin", ["nse:SBIN-EQ", "bse:ZSBIN"]],
  ["nifty 24800", ["nfo:NIFTY29DEC2624800CE", "nfo:NIFTY26JAN2724800CE"]],
  ["24800 nifty", ["nfo:NIFTY29DEC2624800CE", "nfo:NIFTY26JAN2724800CE"]],
  ["nifty 50", ["nse:Nifty 50", "cds:Nifty 50"]],
  ["nifty fut", ["nfo:NIFTY29DEC26FUT", "nfo:NIFTY26JAN27FUT"]],
  ["bankn", ["nse:Nifty Bank"]],
  ["nifty2", [
    "nfo:NIFTY29DEC26FUT",
    "nfo:NIFTY26JAN27FUT",
    "nfo:NIFTY29DEC2624800CE",
    "nfo:NIFTY29DEC2624900PE",
    "nfo:NIFTY26JAN2724800CE",
  ]],
  ["zzz", []],
  [" ", []],
];

for (const [query, symbols, exchange] of SEARCHED) {
  Deno.test(`search("${query}"${exchange ? `, "${exchange}"` : ""}) gives ${symbols.join(", ")}`, () => {
    const search = (limit: number) => table.search(query, { limit, exchange, today: TODAY });
    const found = search(10);
    deepEqual(found.map((each) => `${each.exchange}:${each.symbol}`), symbols);
    for (const limit of [0, 1, 2]) {
      deepEqual(
        search(limit).map(({ key }) => key),
        found.slice(0, limit).map(({ key }) => key),
      );
    }
  });
}

/** A word that names nothing, and what is nearest. */
const SUGGESTED: readonly (readonly [string, readonly string[]])[] = [
  ["RELIANSE", ["nse:RELIANCE-EQ"]],
  ["nse:RELAINCE-EQ", ["nse:RELIANCE-EQ"]],
  ["RELIAN", ["nse:RELIANCE-EQ", "bse:RELIANCE"]],
  ["nse:SENSEX", ["bse:SENSEX"]],
  ["NIFTY24NOV26FUT", ["nfo:NIFTY29DEC26FUT", "nfo:NIFTY26JAN27FUT"]],
  ["nfo:nifty29dec2624850ce", ["nfo:NIFTY29DEC2624800CE", "nfo:NIFTY26JAN2724800CE"]],
  ["bse:NIFTY24NOV26FUT", ["nfo:NIFTY29DEC26FUT", "nfo:NIFTY26JAN27FUT"]],
  ["QQQQQQ", []],
  ["", []],
];

for (const [word, symbols] of SUGGESTED) {
  Deno.test(`"${word}" leads to nothing, and suggests ${symbols.join(", ") || "nothing"}`, () => {
    deepEqual(suggested(table, word, 2), symbols);
  });
}

Deno.test("builtInTable() knows the well-known by number and name", () => {
  const known = builtInTable(WELL_KNOWN);
  equal(known.rows, WELL_KNOWN.length);
  deepEqual(
    ["nifty 50", "RELIANCE", "SENSEX", "india vix", "BANKNIFTY"].map((word) => meaningOf(known, word)),
    ["nse:99926000", "nse:2885", "bse:99919000", "nse:99926017", "nse:99926009"],
  );
  equal(known.get("nse:26009")?.symbol, "Nifty Bank");
  equal(known.get("nse:2885")?.type, "equity");
});

Deno.test("a table without rows answers", () => {
  const empty = builtInTable([]);
  deepEqual(
    [empty.rows, meaningOf(empty, "X"), empty.search("X", { limit: 5, today: TODAY }), suggested(empty, "X")],
    [0, "unknown", [], []],
  );
});

Deno.test("a word of a search stands in any part of a contract's name, whatever its symbol looks like", async () => {
  const plain = "ODDNAME31DEC2681000CE";
  const odd = await tableOfRows([option("2", "odd-2ce", "31DEC2026", 81_000, { name: "OddName" })]);
  const found = (word: string) => odd.search(`ODDNAME ${word}`, { limit: 5, today: TODAY }).length > 0;
  for (let from = 0; from < plain.length; from++) {
    for (let to = from + 1; to <= plain.length; to++) {
      const word = plain.slice(from, to);
      // What is a date, such as 1DEC, is not looked for in names.
      if (!/^[0-9]*DEC[0-9]*$/.test(word)) ok(found(word), word);
    }
  }
  for (const word of ["DECE", "MED", "00C0", "PE", "OD-2X", "D31D", "CEX"]) ok(!found(word), word);
});
