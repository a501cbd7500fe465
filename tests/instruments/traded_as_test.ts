import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { contractRow, fileRow, indexRows, tableOfRows } from "./master.ts";

const AT = Date.parse("2026-11-20T10:00:00+05:30");

const share = (token: string, name: string, more = {}) =>
  fileRow({ token, name, symbol: `${name}-EQ`, ...more });
const future = (token: string, name: string, expiry: string, more = {}) =>
  contractRow({ token, name, symbol: `${name}${expiry}FUT`, expiry, instrumenttype: "FUTSTK", ...more });

const table = await tableOfRows([
  ...indexRows("99926000", "Nifty 50", "NIFTY"),
  share("3045", "SBIN"),
  share("77", "SMALLCAP"),
  share("78", "CDSL", { is_cas_enabled: "false" }),
  share("79", "NEWLIST", { is_cas_enabled: "true" }),
  fileRow({ token: "80", name: "SGBAUG28", symbol: "SGBAUG28-GB" }),
  share("81", "SBIN", { exch_seg: "BSE", symbol: "SBIN" }),
  future("1", "SBIN", "24NOV2026"),
  future("2", "SBIN", "29DEC2026"),
  future("3", "SBIN", "27OCT2026"),
  future("4", "CDSL", "29DEC2026"),
  contractRow({
    token: "5",
    name: "SBIN",
    symbol: "SBIN24NOV26800CE",
    expiry: "24NOV2026",
    instrumenttype: "OPTSTK",
    strike: "80000.000000",
  }),
]);

for (
  const [what, key, kind] of [
    ["an index", "nse:99926000", "index"],
    ["a share with contracts", "nse:3045", "closing_auction_stock"],
    ["a share without", "nse:77", "stock"],
    ["a share with contracts that the list leaves out", "nse:78", "stock"],
    ["a share without contracts that the list names", "nse:79", "closing_auction_stock"],
    ["a bond", "nse:80", undefined],
    ["a share of an exchange of which the list has no contracts", "bse:81", undefined],
    ["the first future to expire", "nfo:1", "near_future"],
    ["the second", "nfo:2", "far_future"],
    ["one that has expired", "nfo:3", "far_future"],
    ["the only one", "nfo:4", "near_future"],
    ["an option", "nfo:5", "option"],
    ["what no list has", "nfo:99", undefined],
  ] as readonly (readonly [string, InstrumentKey, string | undefined])[]
) {
  Deno.test(`tradedAs() of ${what} is ${kind ?? "not known"}`, () =>
    equal(table.tradedAs(key, AT).kind, kind));
}

Deno.test("tradedAs() makes the next future the near one on the day after the first has expired", () => {
  const kinds = ["2026-11-24T23:59:59", "2026-11-25T00:00:00"].map((moment) =>
    table.tradedAs("nfo:2", Date.parse(`${moment}+05:30`)).kind
  );
  deepEqual(kinds, ["far_future", "near_future"]);
});
