import { deepEqual, equal } from "node:assert/strict";
import { canonicalToken } from "../../lib/instruments/instrument.ts";
import { dayText, expiryDay, readMasterRow } from "../../lib/instruments/master_row.ts";
import { contractRow, fileRow } from "./master.ts";

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
  ["CDS", "Nifty 50", "AMXIDX", "other"],
  ["NSE", "RELIANCE-EQ", "", "equity"],
  ["NSE", "SUZLON-BE", "", "equity"],
  ["NSE", "SGBJUN29-GB", "", "other"],
  ["NSE", "NIFTY", "", "other"],
  ["BSE", "RELIANCE", "", "equity"],
  ["NFO", "NIFTY29DEC26FUT", "FUTIDX", "future"],
  ["MCX", "CRUDEOIL18DEC26FUT", "FUTENR", "future"],
  ["NFO", "NIFTY29DEC2624800CE", "OPTIDX", "option"],
  ["MCX", "GOLD26DEC100000CE", "OPTFUT", "option"],
  ["CDS", "USDINR", "UNDCUR", "other"],
  ["MCX", "GOLD", "COMDTY", "other"],
] as const;

for (const [exch_seg, symbol, instrumenttype, type] of TYPES) {
  Deno.test(`readMasterRow() takes ${exch_seg} ${symbol} ${instrumenttype} for: ${type}`, () => {
    equal(readMasterRow(fileRow({ exch_seg, symbol, instrumenttype }))?.type, type);
  });
}

Deno.test("readMasterRow() leaves out what cannot be streamed, or is no row", () => {
  const odd = [
    fileRow({ exch_seg: "NCO" }),
    fileRow({ exch_seg: "nse_cm" }),
    fileRow({ token: "" }),
    fileRow({ token: "12a" }),
    fileRow({ symbol: " " }),
    fileRow({ exch_seg: undefined }),
    {},
    null,
    "row",
    7,
    [],
  ];
  for (const each of odd) equal(readMasterRow(each), undefined, JSON.stringify(each));
});

Deno.test("readMasterRow() would rather lack a value than a row", () => {
  const row = readMasterRow({ token: 2885, symbol: "X-EQ", exch_seg: "NSE", lotsize: null, tick_size: "?" });
  deepEqual([row?.token, row?.name, row?.lotSize, row?.tickSize, row?.expiryDay], ["2885", "X-EQ", 1, 0, 0]);
});

Deno.test("expiryDay() and dayText() read DDMMMYYYY", () => {
  equal(dayText(expiryDay("29SEP2026")), "2026-09-29");
  equal(dayText(expiryDay("29feb2028")), "2028-02-29");
  equal(dayText(expiryDay("01JAN2027")), "2027-01-01");
  for (const text of ["", "29SEP26", "29ANF2026", "xxSEP2026", "29SEPxxxx", "2026-09-29"]) {
    equal(expiryDay(text), 0, text);
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
