import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { istDay } from "../../lib/market/day.ts";
import type { Exchange } from "../../lib/market/market.ts";
import { builtInCatalog } from "./catalog_of.ts";
import { tableOfRows, TODAY } from "./master.ts";
import { CHAIN_ROWS } from "./option_rows.ts";

const TABLE = await tableOfRows(CHAIN_ROWS);

const LIST = { complete: true, loaded: true, text: "of today" };

function found(word: string, exchange?: Exchange, today = TODAY) {
  return TABLE.underlying(word, { exchange, today, list: LIST });
}

function idOf(word: string, exchange?: Exchange): string {
  const resolution = found(word, exchange);
  return resolution.kind === "found" ? resolution.underlying.id : resolution.kind;
}

const NAMES: readonly (readonly [word: string, id: string, exchange?: Exchange])[] = [
  ["NIFTY", "nfo:NIFTY"],
  [" nifty 50 ", "nfo:NIFTY"],
  ["NSE_INDEX:NIFTY", "nfo:NIFTY"],
  ["^NSEI", "nfo:NIFTY"],
  ["NFO:NIFTY", "nfo:NIFTY"],
  ["NIFTY", "nfo:NIFTY", "nse"],
  ["NIFTY", "nfo:NIFTY", "nfo"],
  ["99926000", "nfo:NIFTY", "nse"],
  ["NIFTY29DEC26FUT", "nfo:NIFTY"],
  ["NIFTY30NOV2624800CE", "nfo:NIFTY"],
  ["NIFTY1!", "nfo:NIFTY"],
  ["banknifty", "nfo:BANKNIFTY"],
  ["Nifty Bank", "nfo:BANKNIFTY"],
  ["sensex", "bfo:SENSEX"],
  ["RELIANCE", "nfo:RELIANCE"],
  ["NSE:RELIANCE-EQ", "nfo:RELIANCE"],
  ["BSE:RELIANCE", "bfo:RELIANCE"],
  ["RELIANCE.BO", "bfo:RELIANCE"],
  ["RELIANCE", "bfo:RELIANCE", "bfo"],
  ["CRUDEOIL", "mcx:CRUDEOIL"],
  ["crude oil", "mcx:CRUDEOIL"],
  ["MCX:CRUDEOIL18DEC26FUT", "mcx:CRUDEOIL"],
  ["USDINR", "cds:USDINR"],
  ["SBIN", "no_options"],
  ["NIFTY", "unknown", "mcx"],
  ["SENSEX", "unknown", "nse"],
  ["NIFTTY", "unknown"],
  ["", "unknown"],
  ["NASDAQ:NIFTY", "unknown"],
];

Deno.test("the names of indices, shares, commodities and contracts lead to their underlyings", () => {
  for (const [word, id, exchange] of NAMES) equal(idOf(word, exchange), id, `${word} ${exchange ?? ""}`);
});

Deno.test("a name that leads to none is answered with the nearest ones that have options", () => {
  const suggested = (word: string) => {
    const resolution = found(word);
    ok(resolution.kind !== "found");
    return resolution.suggest();
  };
  deepEqual(suggested("NIFTTY"), ["nfo:NIFTY"]);
  deepEqual(suggested("BANKNIFT"), ["nfo:BANKNIFTY"]);
  deepEqual(suggested("SENSX"), ["bfo:SENSEX"]);
  deepEqual(suggested("CRUDE"), ["mcx:CRUDEOIL"]);
  deepEqual(suggested("RELIANC").slice(0, 2), ["nfo:RELIANCE", "bfo:RELIANCE"]);
  deepEqual(suggested("x".repeat(10_000)), []);
  const shares = found("SBIN");
  ok(shares.kind === "no_options");
  match(shares.message, /no options on it are in the list of today/);
});

Deno.test("an underlying has its spot, its futures and the expiries of its options, those of the past left out", () => {
  const nifty = found("NIFTY");
  deepEqual(nifty, {
    kind: "found",
    underlying: {
      id: "nfo:NIFTY",
      exchange: "nfo",
      name: "NIFTY",
      spot: "nse:99926000",
      futures: [{ key: "nfo:68392", expiry: "2026-12-29" }],
      expiries: ["2026-11-30", "2026-12-08", "2026-12-29"],
    },
  });
  const spots = ["SENSEX", "RELIANCE", "BSE:RELIANCE", "CRUDEOIL", "USDINR"].map((word) => {
    const resolution = found(word);
    return resolution.kind === "found" ? resolution.underlying.spot : resolution.kind;
  });
  deepEqual(spots, ["bse:99919000", "nse:2885", "bse:500325", undefined, undefined]);
});

Deno.test("an expiry is left out from the day after it, whatever weekday that is", () => {
  const on = (day: string) => {
    const resolution = found("NIFTY", undefined, istDay(Date.parse(`${day}T12:00:00+05:30`)));
    return resolution.kind === "found" ? resolution.underlying.expiries[0] : resolution.kind;
  };
  deepEqual(["2026-11-30", "2026-12-01", "2026-12-09", "2026-12-29"].map(on), [
    "2026-11-30",
    "2026-12-08",
    "2026-12-29",
    "2026-12-29",
  ]);
  equal(on("2026-12-30"), "no_options");
});

Deno.test("the strikes of an expiry come in order, each with its call and its put", async () => {
  const rows = TABLE.strikes({ exchange: "nfo", name: "NIFTY" }, "2026-12-08");
  equal(rows.length, 41);
  deepEqual(rows[0], { strike: 24_000, call: "nfo:42000", put: "nfo:42001" });
  deepEqual(rows.at(-1), { strike: 26_000, call: "nfo:42080", put: "nfo:42081" });
  deepEqual(TABLE.strikes({ exchange: "cds", name: "USDINR" }, "2026-12-29").map(({ strike }) => strike), [
    84,
    84.25,
    84.5,
  ]);
  deepEqual(TABLE.strikes({ exchange: "nfo", name: "NIFTY" }, "2026-12-09"), []);
  deepEqual(TABLE.strikes({ exchange: "nfo", name: "NOBODY" }, "2026-12-08"), []);
  const halves = await tableOfRows(CHAIN_ROWS.filter(({ token }) => token !== "42001"));
  deepEqual(halves.strikes({ exchange: "nfo", name: "NIFTY" }, "2026-12-08")[0], {
    strike: 24_000,
    call: "nfo:42000",
  });
});

Deno.test("before there is a list, that is what is said", () => {
  const early = builtInCatalog([{ exchange: "nse", token: "99926000", symbol: "Nifty 50" }]);
  equal(early.underlying("NIFTY").kind, "not_loaded");
});
