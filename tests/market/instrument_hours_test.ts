import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import builtIn from "../../lib/market/calendar.json" with { type: "json" };
import { MarketCalendar, type Traded } from "../../lib/market/calendar.ts";
import { checkCalendar } from "../../lib/market/calendar_file.ts";
import { instrumentHours } from "../../lib/market/instrument_hours.ts";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { pageOf } from "../documented.ts";

/** With the holidays of 2025 known, of which none is asked for here. */
const calendar = new MarketCalendar(checkCalendar({ ...builtIn, years: { 2025: [], ...builtIn.years } }));

const hoursAt = (key: InstrumentKey, traded: Traded, moment: string) =>
  instrumentHours(calendar, key, traded, Date.parse(`${moment}:00+05:30`));

const STOCK: Traded = { kind: "stock", name: "SIMULATED" };
const AUCTION_STOCK: Traded = { kind: "closing_auction_stock", name: "SBIN" };

for (
  const [what, key, traded, moment, phase] of [
    ["a near future in its pre-open", "nfo:1", { kind: "near_future" }, "2026-11-20T09:05", "pre_open"],
    ["a far future, which may have one", "nfo:1", { kind: "far_future" }, "2026-11-20T09:05", "unknown"],
    ["an option before the opening", "bfo:1", { kind: "option" }, "2026-11-20T09:14", "closed"],
    ["a contract of unknown kind then", "nfo:1", {}, "2026-11-20T09:05", "unknown"],
    ["a contract of unknown kind later", "nfo:1", {}, "2026-11-20T15:39", "open"],
    ["a future before there was a pre-open", "nfo:1", { kind: "near_future" }, "2025-12-05T09:05", "closed"],
    ["a share in its pre-open", "nse:1", STOCK, "2026-11-20T09:05", "pre_open"],
    ["an index in the auction", "nse:1", { kind: "index" }, "2026-11-20T15:20", "closing_auction"],
    ["a share of unknown kind in the auction", "nse:1", {}, "2026-11-20T15:20", "unknown"],
    ["a share of unknown kind before", "nse:1", {}, "2026-11-20T15:14", "open"],
    ["a share of unknown kind after", "nse:1", {}, "2026-11-20T15:55", "post_close"],
    ["a stock before there was an auction", "nse:1", AUCTION_STOCK, "2026-07-31T15:25", "open"],
    ["what BSE's list leaves out", "bse:1", { ...AUCTION_STOCK, name: "CDSL" }, "2026-11-20T15:20", "open"],
    ["the same on NSE", "nse:1", { ...AUCTION_STOCK, name: "CDSL" }, "2026-11-20T15:20", "closing_auction"],
    ["gold in the evening", "mcx:1", { kind: "near_future", name: "GOLD" }, "2026-11-20T22:00", "open"],
    [
      "mentha oil at five",
      "mcx:1",
      { kind: "near_future", name: "MENTHAOIL" },
      "2026-11-20T18:00",
      "unknown",
    ],
    ["mentha oil at nine", "mcx:1", { kind: "near_future", name: "MENTHAOIL" }, "2026-11-20T21:00", "closed"],
    ["a commodity that no row names, at five", "mcx:1", { name: "PEPPER" }, "2026-11-20T18:00", "unknown"],
    ["the same by day", "mcx:1", { name: "PEPPER" }, "2026-11-20T16:59", "open"],
    ["what may be gold or mentha oil", "mcx:1", {}, "2026-11-20T22:00", "unknown"],
    ["mentha oil on an evening of a holiday", "mcx:1", { name: "MENTHAOIL" }, "2026-11-24T22:00", "holiday"],
    ["gold on an evening of a holiday", "mcx:1", { name: "GOLD" }, "2026-11-24T22:00", "open"],
    ["the Muhurat day, whose hour is unknown", "nse:1", STOCK, "2026-11-08T13:50", "unknown"],
  ] as readonly (readonly [string, InstrumentKey, Traded, string, string])[]
) {
  Deno.test(`instrumentHours() of ${what} is ${phase}`, () =>
    equal(hoursAt(key, traded, moment).phase, phase));
}

Deno.test("the closing auction minute by minute, for a stock with derivatives and for one without", () => {
  const told = (traded: Traded) => {
    const changes: string[] = [];
    let before = "";
    for (let minute = 0; minute < 75; minute++) {
      const time = `${15 + Math.floor(minute / 60)}:${String(minute % 60).padStart(2, "0")}`;
      const { phase, trading, continuous } = hoursAt("nse:3045", traded, `2026-11-20T${time}`);
      const now = `${phase}${trading ? " trading" : ""}${continuous ? " continuous" : ""}`;
      if (now !== before) changes.push(`${time} ${now}`);
      before = now;
    }
    return changes;
  };
  deepEqual(told(AUCTION_STOCK), [
    "15:00 open trading continuous",
    "15:15 closing_auction trading",
    "15:35 transition",
    "15:50 post_close",
    "16:00 closed",
  ]);
  deepEqual(told(STOCK), [
    "15:00 open trading continuous",
    "15:30 closed",
    "15:50 post_close",
    "16:00 closed",
  ]);
  deepEqual(told({}), [
    "15:00 open trading continuous",
    "15:15 unknown",
    "15:50 post_close",
    "16:00 closed",
  ]);
});

Deno.test("a phase of an unknown kind is claimed only where all kinds that it could be agree", () => {
  const kinds = ["index", "closing_auction_stock", "stock"] as const;
  for (const exchange of ["nse", "bse"] as const) {
    for (let minute = 0; minute < 1440; minute++) {
      const moment = `2026-11-20T${String(Math.floor(minute / 60)).padStart(2, "0")}:${
        String(minute % 60).padStart(2, "0")
      }`;
      const phases = new Set(
        kinds.map((kind) => hoursAt(`${exchange}:1`, { kind, name: "X" }, moment).phase),
      );
      const { phase } = hoursAt(`${exchange}:1`, {}, moment);
      equal(phase, phases.size === 1 ? [...phases][0] : "unknown", moment);
    }
  }
});

Deno.test("no bid can stand above an ask in continuous trading, except of a share that may be in a call auction", () => {
  const uncrossed = (key: InstrumentKey, traded: Traded) =>
    hoursAt(key, traded, "2026-11-20T09:40").uncrossed;
  deepEqual(
    [AUCTION_STOCK, STOCK, {}].map((traded) => uncrossed("nse:1", traded)),
    [true, false, false],
  );
  equal(uncrossed("nfo:1", { kind: "option" }), true);
});

Deno.test("the rows that the docs have for shares in call auctions, and for a first trading day: nothing must tick, and books may cross", () => {
  const [rows] = pageOf("hours.md").blocks("json");
  const sessions = [...builtIn.sessions, ...JSON.parse(rows!)];
  const own = new MarketCalendar(checkCalendar({ ...builtIn, sessions }));
  const hours = (name: string, moment: string) => {
    const kind = name === "NEWCOMER" ? "closing_auction_stock" : "stock";
    const { phase, trading, continuous, uncrossed } = instrumentHours(
      own,
      "nse:1",
      { kind, name },
      Date.parse(`${moment}:00+05:30`),
    );
    return [phase, trading, continuous, uncrossed];
  };
  deepEqual(hours("ILLIQUID", "2026-11-20T11:00"), ["call_auction", true, false, false]);
  deepEqual(hours("NEWCOMER", "2026-12-07T09:40"), ["pre_open", false, false, false]);
  deepEqual(hours("NEWCOMER", "2026-12-07T09:50")[0], "closed");
  deepEqual(hours("NEWCOMER", "2026-12-07T10:00"), ["open", true, true, true]);
  deepEqual(hours("NEWCOMER", "2026-12-08T09:40"), ["open", true, true, true]);
  deepEqual(hours("OTHER", "2026-11-20T11:00"), ["open", true, true, false]);
});
