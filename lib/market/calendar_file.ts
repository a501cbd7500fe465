import { z } from "zod";
import { isDay } from "./day_range.ts";
import { EXCHANGES } from "./market.ts";

/**
 * The parts of a trading day during which an exchange does something. `unknown` is the honest answer where the hours
 * are not known: nothing is expected then, and nothing is said to be closed.
 */
export const SESSION_PHASES = [
  "pre_open",
  "open",
  "call_auction",
  "closing_auction",
  "transition",
  "post_close",
  "unknown",
] as const;

/**
 * What decides the hours of an instrument beside its exchange. A near future is the first of its underlying to
 * expire; a closing-auction stock has derivatives, and takes part in the closing auction.
 */
export const INSTRUMENT_KINDS = [
  "index",
  "closing_auction_stock",
  "stock",
  "near_future",
  "far_future",
  "option",
] as const;

export type InstrumentKind = typeof INSTRUMENT_KINDS[number];

const time = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$/, "must be a time such as 09:15");

const date = z.string().refine(isDay, "must be a day such as 2026-01-26");

const year = z.string().regex(/^[0-9]{4}$/, "must be a year");

const exchanges = z.array(z.enum(EXCHANGES as [typeof EXCHANGES[number]])).min(1);

const phases = z.array(z.tuple([z.enum(SESSION_PHASES), time, time])).refine(
  (list) => list.every(([, from, to], i) => from < to && (i === 0 || list[i - 1]![2] <= from)),
  "phases must follow each other, each with a beginning before its end",
);

/** The circular, or whatever else a row is taken from. */
const source = z.string().optional();

/** As the instrument list has them: of a share, or of the underlying of a contract. */
const names = z.array(z.string().regex(/^[^a-z]+$/, "must be in capitals")).min(1);

/** Whose hours these are; all instruments of the exchanges where nothing more is given. */
const whose = {
  exchanges,
  kinds: z.array(z.enum(INSTRUMENT_KINDS)).min(1).optional(),
  names: names.optional(),
  /** Of whatever has another name than these. */
  except: names.optional(),
};

const schema = z.strictObject({
  $schema: z.string().optional(),
  /** Of the entries that are of an instrument and cover a day, the last one counts. */
  sessions: z.array(z.strictObject({
    ...whose,
    from: date.optional(),
    until: date.optional(),
    /** The part of each year, by the American clock. */
    season: z.enum(["american_summer", "american_winter"]).optional(),
    /** Also on Saturdays and Sundays. */
    weekends: z.boolean().optional(),
    phases,
    source,
  })),
  years: z.record(
    year,
    z.array(z.strictObject({
      date,
      name: z.string(),
      source,
      /** Who is closed; everyone when it is left out. */
      closed: exchanges.optional(),
      /** Closed exchanges that open at 17:00 all the same, until their usual end. */
      evening: exchanges.optional(),
      /** Sessions of this day alone, whatever the weekday; of those of an instrument, the last one counts. */
      special: z.array(z.strictObject({ ...whose, phases })).optional(),
    })),
  ),
  /** Of a year whose holidays are known of some exchanges alone: of which. */
  covers: z.record(year, exchanges).optional(),
  /** It has no holidays, as a simulated market; no year needs an entry then. */
  without_holidays: z.literal(true).optional(),
}).superRefine(({ sessions, years, covers = {} }, context) => {
  const wrong = (path: (string | number)[], message: string) =>
    context.addIssue({ code: "custom", path, message });
  for (const [i, { from = "", until = from }] of sessions.entries()) {
    if (until < from) wrong(["sessions", i, "until"], "must not be before from");
  }
  for (const [year, days] of Object.entries(years)) {
    for (const [i, { date }] of days.entries()) {
      if (!date.startsWith(`${year}-`)) wrong(["years", year, i, "date"], `must be a day of ${year}`);
      const isTwice = days.findIndex((day) => day.date === date) < i;
      if (isTwice) wrong(["years", year, i, "date"], `${date} must be there once`);
    }
  }
  for (const year of Object.keys(covers)) {
    if (years[year] === undefined) wrong(["covers", year], `years must have ${year}`);
  }
});

export type CalendarData = z.infer<typeof schema>;

/** A market that never closes: that of a simulation. */
export const ALWAYS_OPEN: CalendarData = {
  sessions: [{ exchanges: [...EXCHANGES], weekends: true, phases: [["open", "00:00", "24:00"]] }],
  years: {},
  without_holidays: true,
};

/**
 * Checks a calendar that was read from JSON.
 *
 * @throws {Error} Names every place that is wrong.
 */
export function checkCalendar(json: unknown): CalendarData {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const places = result.error.issues.slice(0, 10).map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`not a market calendar: ${places.join("; ")}`);
}
