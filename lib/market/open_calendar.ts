import { getLogger } from "@logtape/logtape";
import type { Clock } from "../util/clock.ts";
import { watchFile } from "../util/watch_file.ts";
import builtIn from "./calendar.json" with { type: "json" };
import { MarketCalendar } from "./calendar.ts";
import { ALWAYS_OPEN, type CalendarData, checkCalendar } from "./calendar_file.ts";

const log = getLogger(["calendar"]);

/**
 * The calendar of a file, or the built-in one; a simulated market never closes unless a file says so.
 *
 * @param path A JSON file of the built-in one's form.
 * @param now ms since the Unix epoch: the year whose holidays should be known.
 * @throws {Error} The file cannot be read, or is not a calendar; the message says where.
 */
export async function openCalendar(
  path: string | undefined,
  simulated: boolean,
  now: number,
): Promise<MarketCalendar> {
  if (path === undefined && simulated) return new MarketCalendar(ALWAYS_OPEN);
  const calendar = new MarketCalendar(path === undefined ? checkCalendar(builtIn) : await read(path), path);
  warnOfCoverage(calendar, now);
  return calendar;
}

/**
 * Takes the calendar's file up again whenever it is written.
 *
 * @returns Ends the watching.
 */
export function watchCalendar(path: string, calendar: MarketCalendar, clock: Clock): () => void {
  return watchFile(path, clock, async () => {
    try {
      calendar.replace(await read(path));
      log.info("{path} was read again: its hours and holidays are in force", { path });
      warnOfCoverage(calendar, clock.now());
    } catch (error) {
      log.error("{path} was written, and the calendar of before stays in force: {error}", { path, error });
    }
  });
}

/** Says in the log what holidays are not known; for each start and each midnight. */
export function warnOfCoverage(calendar: MarketCalendar, now: number): void {
  const warning = calendar.coverageWarning(now);
  if (warning !== undefined) log.warn("{warning}", { warning });
}

async function read(path: string): Promise<CalendarData> {
  return checkCalendar(JSON.parse(await Deno.readTextFile(path)));
}
