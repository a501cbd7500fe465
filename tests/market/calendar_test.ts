import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal, throws } from "node:assert/strict";
import builtIn from "../../lib/market/calendar.json" with { type: "json" };
import { MarketCalendar } from "../../lib/market/calendar.ts";
import { ALWAYS_OPEN, checkCalendar } from "../../lib/market/calendar_file.ts";
import { EXCHANGES } from "../../lib/market/market.ts";
import { builtInCalendar } from "../hours.ts";

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
  ["2025-07-18T23:40", "mcx", "closed", "2025-07-19T00:00"],
  ["2025-11-03T23:40", "mcx", "open", "2025-11-03T23:55"],
  ["2025-03-07T23:40", "mcx", "open", "2025-03-07T23:55"],
  ["2025-03-10T23:40", "mcx", "closed", "2025-03-11T00:00"],
  ["2028-07-03T23:40", "mcx", "closed", "2028-07-04T00:00"],
  ["2028-02-29T23:40", "mcx", "unknown", "2028-02-29T23:55"],
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
  ok(calendar.covers("nse", at("2026-12-31T23:59")));
  ok(!calendar.covers("nse", at("2027-01-01T00:00")));
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
    [
      "a day that its month does not have",
      { sessions: [], years: { 2027: [{ date: "2027-02-29", name: "x" }] } },
      "years.2027.0.date",
    ],
    [
      "a day of another year",
      { sessions: [], years: { 2027: [{ date: "2026-01-26", name: "x" }] } },
      "years.2027.0.date: must be a day of 2027",
    ],
    [
      "a day that is there twice",
      {
        sessions: [],
        years: {
          2027: [{ date: "2027-01-26", name: "x", closed: ["nse"] }, { date: "2027-01-26", name: "y" }],
        },
      },
      "years.2027.1.date: 2027-01-26 must be there once",
    ],
    [
      "an end before its beginning",
      { sessions: [{ exchanges: ["nse"], from: "2027-01-02", until: "2027-01-01", phases: [] }], years: {} },
      "sessions.0.until",
    ],
    [
      "a year that is covered in part, and is not there",
      { sessions: [], years: {}, covers: { 2027: ["nse"] } },
      "covers.2027",
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
  const own = builtInCalendar();
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

Deno.test("a calendar without any year covers none: its weekdays are not known, and it warns", () => {
  const own = new MarketCalendar(checkCalendar({ ...builtIn, years: {} }));
  equal(own.state("nse", at("2026-11-20T10:00")).phase, "unknown");
  match(own.coverageWarning(at("2026-11-20T10:00"))!, /no holidays of 2026/);
});

Deno.test("a year may be covered for some exchanges: the others stay unknown, and the warning names them", () => {
  const own = new MarketCalendar(checkCalendar({
    ...builtIn,
    years: { ...builtIn.years, 2027: [{ date: "2027-01-26", name: "Republic Day" }] },
    covers: { 2027: ["nse", "bse", "nfo", "bfo"] },
  }));
  const phases = (day: string) =>
    (["nse", "nfo", "mcx", "cds"] as const).map((exchange) => own.state(exchange, at(`${day}T10:00`)).phase);
  deepEqual(phases("2027-01-25"), ["open", "open", "unknown", "unknown"]);
  deepEqual(phases("2027-01-26"), ["holiday", "holiday", "holiday", "holiday"]);
  for (const day of ["2026-12-15", "2027-01-25"]) {
    match(own.coverageWarning(at(`${day}T10:00`))!, /no holidays of 2027 for mcx, ncdex, cds:/);
  }
  own.noteTrading("mcx", at("2027-01-25T10:00"));
  deepEqual(phases("2027-01-25"), ["open", "open", "open", "unknown"]);
});

Deno.test("an exchange of which no row tells the hours is unknown on weekdays, and not closed for ever", () => {
  const sessions = builtIn.sessions.filter(({ exchanges }) => !exchanges.includes("cds"));
  const own = new MarketCalendar(checkCalendar({ ...builtIn, sessions }));
  const phases = ["2026-11-20", "2026-11-21", "2026-12-25"].map((day) =>
    own.state("cds", at(`${day}T10:00`)).phase
  );
  deepEqual(phases, ["unknown", "closed", "holiday"]);
});

Deno.test("MCX ends by the American clock in every year, from the second Sunday of March to the first of November", () => {
  const lengths = new Map<string, string[]>();
  const own = new MarketCalendar(checkCalendar({ ...builtIn, years: {}, without_holidays: true }));
  for (let midnight = at("2025-01-01T00:00"); midnight < at("2031-01-01T00:00"); midnight += 86_400_000) {
    const { phase, from } = own.state("mcx", midnight + 86_400_000 - 60_000);
    if (phase !== "closed" || from === midnight) continue;
    const day = new Date(midnight + 19_800_000).toISOString().slice(0, 10);
    const end = new Date(from + 19_800_000).toISOString().slice(11, 16);
    const year = day.slice(0, 4);
    const before = lengths.get(year) ?? [];
    if (before.at(-1)?.slice(-5) !== end) lengths.set(year, [...before, `${day.slice(5)} ${end}`]);
  }
  deepEqual([...lengths].map(([year, changes]) => [year, ...changes.slice(1)]), [
    ["2025", "03-10 23:30", "11-03 23:55"],
    ["2026", "03-09 23:30", "11-02 23:55"],
    ["2027", "03-15 23:30", "11-08 23:55"],
    ["2028", "03-13 23:30", "11-06 23:55"],
    ["2029", "03-12 23:30", "11-05 23:55"],
    ["2030", "03-11 23:30", "11-04 23:55"],
  ]);
});
