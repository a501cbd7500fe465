import { deepEqual, equal } from "node:assert/strict";
import { canonicalToken } from "../../lib/instruments/instrument.ts";
import { readExpiry } from "../../lib/instruments/expiry.ts";
import { isBad, type MasterRow, readMasterRow as read } from "../../lib/instruments/master_row.ts";
import { dayText } from "../../lib/market/day.ts";
import { contractRow, fileRow } from "./master.ts";

function readMasterRow(json: unknown): MasterRow | undefined {
  const row = read(json);
  return isBad(row) ? undefined : row;
}

Deno.test("readMasterRow() reads a share: strings become numbers, paise rupees", () => {
  deepEqual(readMasterRow(fileRow({ unknown_key: "x" })), {
    exchange: "nse",
    token: "2885",
    symbol: "RELIANCE-EQ",
    name: "RELIANCE",
    type: "equity",
    expiryDay: 0,
    strike: 0,
    lotSize: 1,
    tickSize: 0.1,
  });
});

Deno.test("readMasterRow() scales strikes and tick sizes by a hundred, on the currency segment by ten millions", () => {
  const scaled = (change: Record<string, unknown>) => {
    const row = readMasterRow(contractRow(change))!;
    return [row.strike, row.tickSize];
  };
  const option = { instrumenttype: "OPTIDX", strike: "2350000.000000", tick_size: "5.000000" };
  deepEqual(scaled(option), [23_500, 0.05]);
  deepEqual(scaled({ ...option, exch_seg: "MCX", strike: "15700000.000000", tick_size: "50.000000" }), [
    157_000,
    0.5,
  ]);
  const currency = { instrumenttype: "OPTCUR", exch_seg: "CDS" };
  deepEqual(scaled({ ...currency, strike: "752500000.000000", tick_size: "25000.000000" }), [75.25, 0.0025]);
  // Only options have a strike, whatever stands there.
  deepEqual(scaled({ ...option, strike: "-1.000000" }), [0, 0.05]);
  deepEqual(scaled({ ...option, instrumenttype: "FUTIDX", strike: "0.000000" }), [0, 0.05]);
});

/** Segment, symbol, type in the file, what it is. */
const TYPES = [
  ["NSE", "Nifty 50", "AMXIDX", "index"],
  ["BSE", "SENSEX", "AMXIDX", "index"],
  ["CDS", "Nifty 50", "AMXIDX", "underlying"],
  ["NSE", "RELIANCE-EQ", "", "equity"],
  ["NSE", "SUZLON-BE", "", "equity"],
  ["NSE", "SGBJUN29-GB", "", "other"],
  ["NSE", "NIFTY", "", "other"],
  ["BSE", "RELIANCE", "", "equity"],
  ["NFO", "NIFTY29DEC26FUT", "FUTIDX", "future"],
  ["MCX", "CRUDEOIL18DEC26FUT", "FUTENR", "future"],
  ["NFO", "NIFTY29DEC2624800CE", "OPTIDX", "option"],
  ["MCX", "GOLD26DEC100000CE", "OPTFUT", "option"],
  ["CDS", "USDINR", "UNDCUR", "underlying"],
  ["MCX", "GOLD", "COMDTY", "underlying"],
  ["NSE", "EMBASSY-RR", "", "equity"],
  ["NSE", "PGINVIT-IV", "", "equity"],
  ["MCX", "CRUDEOIL18DEC26FUT", "futcom", "future"],
] as const;

for (const [exch_seg, symbol, instrumenttype, type] of TYPES) {
  Deno.test(`readMasterRow() takes ${exch_seg} ${symbol} ${instrumenttype} for: ${type}`, () => {
    equal(readMasterRow(fileRow({ exch_seg, symbol, instrumenttype }))?.type, type);
  });
}

Deno.test("readMasterRow() says why a row is of no use", () => {
  const odd: readonly (readonly [unknown, string])[] = [
    [fileRow({ exch_seg: "NCO" }), "segment NCO"],
    [fileRow({ exch_seg: "1" }), "segment 1"],
    [fileRow({ exch_seg: undefined }), "no segment"],
    [fileRow({ token: "" }), "no token"],
    [fileRow({ token: null }), "no token"],
    [fileRow({ token: "12a" }), "a token that is not a number"],
    [fileRow({ symbol: " " }), "no symbol"],
    [{}, "no segment"],
    [null, "not a row"],
    ["row", "not a row"],
    [7, "not a row"],
    [[], "not a row"],
  ];
  for (const [each, reason] of odd) deepEqual(read(each), { reason }, JSON.stringify(each));
});

Deno.test("readMasterRow() reads other spellings of segments, types and numbers", () => {
  for (
    const [exch_seg, exchange] of [
      ["nse", "nse"],
      ["nse_cm", "nse"],
      [" BSE_FO ", "bfo"],
      ["cde_fo", "cds"],
      [
        "ncx_fo",
        "ncdex",
      ],
      ["mcx_fo", "mcx"],
    ] as const
  ) {
    equal(readMasterRow(fileRow({ exch_seg }))?.exchange, exchange);
  }
  equal(readMasterRow(fileRow({ token: " 2885 " }))?.token, "2885");
  equal(readMasterRow(fileRow({ token: "2885.0" }))?.token, "2885");
  const untyped = { instrumenttype: "", expiry: "29DEC2026" };
  equal(readMasterRow(contractRow({ ...untyped, strike: "2480000.000000" }))?.type, "option");
  equal(readMasterRow(contractRow({ ...untyped, strike: "-1.000000" }))?.type, "future");
});

Deno.test("readMasterRow() tells what a contract lacks", () => {
  const future = { instrumenttype: "FUTIDX", symbol: "NIFTY29DEC26FUT" };
  equal(readMasterRow(contractRow({ ...future, expiry: "29DEC2026" }))?.lacks, undefined);
  for (const expiry of ["", null, "31FEB2027", "soon"]) {
    const row = readMasterRow(contractRow({ ...future, expiry }))!;
    deepEqual([row.lacks, row.expiryDay], ["no readable expiry", 0], String(expiry));
  }
  const option = { instrumenttype: "OPTIDX", symbol: "NIFTY29DEC2624800CE", expiry: "29DEC2026" };
  equal(readMasterRow(contractRow({ ...option, strike: "-1.000000" }))?.lacks, "no strike");
});

Deno.test("readMasterRow() would rather lack a value than a row", () => {
  const row = readMasterRow({ token: 2885, symbol: "X-EQ", exch_seg: "NSE", lotsize: null, tick_size: "?" });
  deepEqual([row?.token, row?.name, row?.lotSize, row?.tickSize, row?.expiryDay], ["2885", "X-EQ", 1, 0, 0]);
});

/** An expiry as lists and copies of lists write it, and the day. */
const EXPIRIES = [
  ["29SEP2026", "2026-09-29"],
  ["29feb2028", "2028-02-29"],
  ["01JAN2027", "2027-01-01"],
  ["9SEP2026", "2026-09-09"],
  ["29SEP26", "2026-09-29"],
  ["29-SEP-2026", "2026-09-29"],
  ["29 Sep 2026", "2026-09-29"],
  ["29-Sep-26", "2026-09-29"],
  ["29 September 2026", "2026-09-29"],
  ["Sep 29, 2026", "2026-09-29"],
  ["2026-12-29", "2026-12-29"],
  ["2026/12/29", "2026-12-29"],
  ["2026-12-29T14:30:00.000Z", "2026-12-29"],
  ["2026-12-29 15:30:00", "2026-12-29"],
  ["20261229", "2026-12-29"],
  ["29/12/2026", "2026-12-29"],
  ["29-12-2026", "2026-12-29"],
  ["1798502400", "2026-12-29"],
  ["1798502400000", "2026-12-29"],
] as const;

for (const [text, day] of EXPIRIES) {
  Deno.test(`readExpiry() reads ${text} as ${day}`, () => equal(dayText(readExpiry(text)), day));
}

Deno.test("readExpiry() takes an impossible date for none, never for another one", () => {
  const bad = ["", " ", "31FEB2027", "29FEB2027", "31-04-2027", "2027-13-01", "12/29/2026", "00DEC2026"];
  for (
    const text of [...bad, "29ANF2026", "xxSEP2026", "29SEPxxxx", "29SEP", "2026", "29SEXY2026", "-1", "0"]
  ) {
    equal(readExpiry(text), 0, text);
  }
});

Deno.test("canonicalToken() puts 999 before the old numbers of indices, and before nothing else", () => {
  const nse = ["26000", "26009", "26037", "26017", "26074", "26013"];
  deepEqual(nse.map((token) => canonicalToken("nse", token)), nse.map((token) => `999${token}`));
  equal(canonicalToken("bse", "19000"), "99919000");
  for (const token of ["99926000", "2885", "26001", "19000"]) equal(canonicalToken("nse", token), token);
  equal(canonicalToken("nfo", "26000"), "26000");
  equal(canonicalToken("bse", "26000"), "26000");
});
