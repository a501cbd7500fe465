import { DAY_MS, istMidnight } from "./ist.ts";

/** Days in India, `2026-11-20`, both included. */
export interface DayRange {
  readonly first: string;
  readonly last: string;
}

/** Reads `2026-11-20` or `2026-11-20..2026-11-24`; undefined where it is neither, or ends before it begins. */
export function readDayRange(text: string): DayRange | undefined {
  const [first, last = first, ...more] = text.trim().split("..").map((each) => each.trim());
  if (!isDay(first) || !isDay(last) || more.length > 0 || last! < first!) return undefined;
  return { first: first!, last: last! };
}

/** Whether a text is a day of the calendar, `2026-11-20`. */
export function isDay(text: string | undefined): boolean {
  if (text === undefined || !/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** Reads `09:15`, `9:15` or `15:29:59`, up to `24:00`: ms since midnight; undefined where it is no time of a day. */
export function readTimeOfDay(text: string): number | undefined {
  const [, hours, minutes, seconds = "0"] =
    /^([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}(?:\.[0-9]{1,3})?))?$/.exec(text.trim()) ?? [];
  if (hours === undefined || Number(minutes) > 59 || Number(seconds) >= 60) return undefined;
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000 + Math.round(Number(seconds) * 1000);
  return ms <= DAY_MS ? ms : undefined;
}

/** The midnights in India between which a day lies, ms since the Unix epoch. */
export function boundsOfDay(date: string): { readonly from: number; readonly to: number } {
  const from = istMidnight(Date.parse(`${date}T12:00:00+05:30`));
  return { from, to: from + DAY_MS };
}

/** The day after. */
export function nextDay(date: string): string {
  return new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10);
}
