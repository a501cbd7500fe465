import { getLogger } from "@logtape/logtape";
import builtIn from "./calendar.json" with { type: "json" };
import { MarketCalendar } from "./calendar.ts";
import { ALWAYS_OPEN, checkCalendar } from "./calendar_file.ts";

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
  const calendar = new MarketCalendar(checkCalendar(path === undefined ? builtIn : await readJson(path)));
  warnOfCoverage(calendar, now);
  return calendar;
}

/** Says in the log what holidays are not known; for each start and each midnight. */
export function warnOfCoverage(calendar: MarketCalendar, now: number): void {
  const warning = calendar.coverageWarning(now);
  if (warning !== undefined) log.warn("{warning}", { warning });
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(path));
}
