import { deepEqual, equal } from "node:assert/strict";
import { boundsOfDay, nextDay, readDayRange, readTimeOfDay } from "../../lib/market/day_range.ts";

Deno.test("readDayRange() takes a day or two, and none that the calendar does not have", () => {
  deepEqual(readDayRange("2026-11-20"), { first: "2026-11-20", last: "2026-11-20" });
  deepEqual(readDayRange(" 2026-11-20 .. 2026-12-01 "), { first: "2026-11-20", last: "2026-12-01" });
  deepEqual(readDayRange("2028-02-29")?.first, "2028-02-29");
  for (
    const text of [
      "",
      "today",
      "2026-11",
      "2026-02-30",
      "2026-13-01",
      "2026-11-20..",
      "..2026-11-20",
      "2026-11-21..2026-11-20",
      "2026-11-20..2026-11-21..2026-11-22",
      "2026-11-20T00:00",
    ]
  ) equal(readDayRange(text), undefined, text);
});

Deno.test("readTimeOfDay() takes hours and minutes, with seconds or without, to the end of the day", () => {
  const times = {
    "00:00": 0,
    "9:15": 33_300_000,
    "09:15:01": 33_301_000,
    "15:29:59.5": 55_799_500,
    "24:00": 86_400_000,
  };
  for (const [text, ms] of Object.entries(times)) equal(readTimeOfDay(text), ms, text);
  for (const text of ["", "9", "24:01", "09:60", "09:15:60", "-1:00", "09:15 pm", "0915", "09:15:5"]) {
    equal(readTimeOfDay(text), undefined, text);
  }
});

Deno.test("a day in India lies between its midnights there", () => {
  deepEqual(boundsOfDay("2026-11-20"), {
    from: Date.parse("2026-11-20T00:00:00+05:30"),
    to: Date.parse("2026-11-21T00:00:00+05:30"),
  });
  equal(nextDay("2026-12-31"), "2027-01-01");
});
