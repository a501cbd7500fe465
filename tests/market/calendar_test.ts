import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal, throws } from "node:assert/strict";
import builtIn from "../../lib/market/calendar.json" with { type: "json" };
import { MarketCalendar } from "../../lib/market/calendar.ts";
import { ALWAYS_OPEN, checkCalendar } from "../../lib/market/calendar_file.ts";
import { EXCHANGES } from "../../lib/market/market.ts";

/** With the holidays of 2025 known, of which none is asked for here. */
const calendar = new MarketCalendar(checkCalendar({ ...builtIn, years: { 2025: [], ...builtIn.years } }));
const at = (text: string) => Date.parse(`${text}:00+05:30`);

/** Moment, exchange, phase, and when it ends. */
const ROWS: readonly (readonly [string, typeof EXCHANGES[number], string, string])[] = [
  ["2026-07-31T15:25", "nse", "open", "2026-07-31T15:30"],
  ["2026-07-31T15:25", "nfo", "open", "2026-07-31T15:30"],
  ["2026-11-20T08:59", "nse", "closed", "2026-11-20T09:00"],
  ["2026-11-20T09:00", "nse", "pre_open", "2026-11-20T09:15"],
  ["2026-11-20T09:15", "nse", "open", "2026-11-20T15:15"],
  ["2026-11-20T15:15", "nse", "closing_auction", "2026-11-20T15:35"],
  ["2026-11-20T15:35", "nse", "transition", "2026-11-20T15:50"],
  ["2026-11-20T15:50", "bse", "post_close", "2026-11-20T16:00"],
  ["2025-12-05T09:05", "nfo", "closed", "2025-12-05T09:15"],
  ["2025-12-08T09:05", "nfo", "pre_open", "2025-12-08T09:15"],
  ["2026-11-20T09:05", "bfo", "pre_open", "2026-11-20T09:15"],
  ["2026-01-01T18:00", "mcx", "holiday", "2026-01-02T00:00"],
  ["2026-01-01T10:00", "nse", "open", "2026-01-01T15:30"],
  ["2026-02-01T10:00", "nse", "open", "2026-02-01T15:30"],
  ["2026-02-19T10:00", "cds", "holiday", "2026-02-20T00:00"],
  ["2026-02-19T10:00", "nse", "open", "2026-02-19T15:30"],
  ["2026-11-20T16:00", "nse", "closed", "2026-11-21T00:00"],
  ["2026-11-20T15:39", "nfo", "open", "2026-11-20T15:40"],
  ["2026-11-20T15:40", "bfo", "closed", "2026-11-21T00:00"],
  ["2026-11-20T16:59", "cds", "open", "2026-11-20T17:00"],
  // MCX ends later in the American winter.
  ["2026-10-30T23:40", "mcx", "closed", "2026-10-31T00:00"],
  ["2026-11-02T23:40", "mcx", "open", "2026-11-02T23:55"],
  ["2026-03-06T23:40", "mcx", "open", "2026-03-06T23:55"],
  ["2026-03-09T23:40", "mcx", "closed", "2026-03-10T00:00"],
  ["2026-11-21T11:00", "nse", "closed", "2026-11-22T00:00"],
  ["2026-11-24T11:00", "nse", "holiday", "2026-11-25T00:00"],
  ["2026-11-24T11:00", "mcx", "holiday", "2026-11-24T17:00"],
  ["2026-11-24T18:00", "mcx", "open", "2026-11-24T23:55"],
  ["2026-12-25T18:00", "mcx", "holiday", "2026-12-26T00:00"],
  // When the Muhurat session is, no circular at hand says.
  ["2026-11-08T18:30", "nse", "unknown", "2026-11-09T00:00"],
  ["2026-11-20T18:00", "ncdex", "unknown", "2026-11-20T21:00"],
  ["2026-11-20T08:50", "mcx", "unknown", "2026-11-20T09:00"],
  // Nobody knows whether a weekday of a year without holidays is one.
  ["2027-01-26T10:00", "nse", "unknown", "2027-01-26T15:15"],
  ["2027-01-26T20:00", "nse", "closed", "2027-01-27T00:00"],
  ["2027-01-24T10:00", "nse", "closed", "2027-01-25T00:00"],
];

for (const [moment, exchange, phase, until] of ROWS) {
  Deno.test(`state() of ${exchange} at ${moment} is ${phase} until ${until}`, () => {
    const state = calendar.state(exchange, at(moment));
    deepEqual([state.phase, state.until], [phase, at(until)]);
  });
}

Deno.test("state() holds until its end, and no longer, throughout a year of all exchanges", () => {
  for (const exchange of EXCHANGES) {
    let steps = 0;
    for (let now = at("2026-01-01T00:00"); now < at("2027-01-01T00:00"); steps++) {
      const { phase, until } = calendar.state(exchange, now);
      ok(until > now && until - now <= 86_400_000, `${exchange} at ${new Date(now)}`);
      equal(calendar.state(exchange, until - 1).phase, phase);
      now = until;
    }
    ok(steps > 500);
  }
});

Deno.test("isTrading() counts 6 hours 20 minutes of a day in November, and nothing of a Sunday", () => {
  const minutes = (day: string) => {
    let count = 0;
    for (let now = at(`${day}T00:00`), end = now + 86_400_000; now < end; now += 60_000) {
      if (calendar.isTrading("nse", now)) count++;
    }
    return count;
  };
  equal(minutes("2026-11-20"), 380);
  equal(minutes("2026-11-22"), 0);
});

for (
  const [moment, year] of [
    ["2026-12-14T23:59", undefined],
    ["2026-12-15T00:00", "2027"],
    ["2027-01-01T00:00", "2027"],
    ["2028-06-01T00:00", "2028"],
  ] as const
) {
  Deno.test(`coverageWarning() at ${moment} names ${year ?? "nothing"}`, () => {
    const warning = calendar.coverageWarning(at(moment));
    equal(warning?.match(/[0-9]{4}/)?.[0], year);
    ok(year === undefined || warning?.includes("MARKET_CALENDAR"));
    equal(new MarketCalendar(ALWAYS_OPEN).coverageWarning(at(moment)), undefined);
  });
}

Deno.test("covers() knows the years whose holidays are there", () => {
  ok(calendar.covers(at("2026-12-31T23:59")));
  ok(!calendar.covers(at("2027-01-01T00:00")));
});

Deno.test("a simulated market never closes", () => {
  const open = new MarketCalendar(ALWAYS_OPEN);
  for (const exchange of EXCHANGES) {
    for (let now = at("2026-11-20T00:00"); now < at("2026-11-24T00:00"); now += 3_600_000) {
      ok(open.isTrading(exchange, now) && !open.isClosed(exchange, now));
    }
  }
});

for (
  const [what, json, word] of [
    ["no object", 42, "expected object"],
    [
      "an unknown exchange",
      { sessions: [{ exchanges: ["nyse"], phases: [] }], years: {} },
      "sessions.0.exchanges.0",
    ],
    [
      "a time that is none",
      { sessions: [{ exchanges: ["nse"], phases: [["open", "9:15", "15:30"]] }], years: {} },
      "sessions.0.phases.0.1",
    ],
    [
      "phases in the wrong order",
      { sessions: [{ exchanges: ["nse"], phases: [["open", "15:30", "09:15"]] }], years: {} },
      "phases must follow each other",
    ],
    [
      "a day that is none",
      { sessions: [], years: { 2026: [{ date: "2026-13-01", name: "x" }] } },
      "years.2026.0.date",
    ],
    [
      "a kind nobody knows",
      { sessions: [{ exchanges: ["nse"], kinds: ["etf"], phases: [] }], years: {} },
      "sessions.0.kinds.0",
    ],
    ["a key nobody knows", { sessions: [], years: {}, holidays: [] }, "holidays"],
  ] as const
) {
  Deno.test(`checkCalendar() says where ${what} stands`, () => {
    throws(() => checkCalendar(json), (error: Error) => error.message.includes(word));
  });
}

Deno.test("isContinuous() leaves the closing auction out, in which books cross and indices stand still", () => {
  const moments = ["15:14", "15:15", "15:34", "15:35"].map((time) => at(`2026-11-20T${time}`));
  deepEqual(moments.map((moment) => calendar.isContinuous("nse", moment)), [true, false, false, false]);
  deepEqual(moments.map((moment) => calendar.isTrading("nse", moment)), [true, true, true, false]);
});

Deno.test("each row of the built-in calendar names its source", () => {
  const days = Object.values(builtIn.years).flat();
  for (const { source } of [...builtIn.sessions, ...days]) ok(source.length > 10);
});

Deno.test("noteTrading() makes a day of an uncovered year a usual one, for that exchange and that day alone", () => {
  const own = new MarketCalendar(checkCalendar(builtIn));
  let changes = 0;
  own.onChange(() => changes++);
  own.noteTrading("nse", at("2027-01-25T10:00"));
  own.noteTrading("nse", at("2027-01-25T10:01"));
  own.noteTrading("nse", at("2026-11-24T10:00"));
  equal(changes, 1);
  const phases = (["nse", "nfo"] as const).map((exchange) =>
    own.state(exchange, at("2027-01-25T10:02")).phase
  );
  deepEqual(phases, ["open", "unknown"]);
  equal(own.state("nse", at("2027-01-27T10:02")).phase, "unknown");
  equal(own.state("nse", at("2026-11-24T10:00")).phase, "holiday");
});

Deno.test("coverageWarning() names the file that is to be replaced", () => {
  const own = new MarketCalendar(checkCalendar(builtIn), "/etc/calendar.json");
  match(own.coverageWarning(at("2027-01-01T00:00"))!, /2027: replace \/etc\/calendar\.json/);
  own.replace(checkCalendar({ ...builtIn, years: { ...builtIn.years, 2027: [] } }));
  equal(own.coverageWarning(at("2027-01-01T00:00")), undefined);
});
