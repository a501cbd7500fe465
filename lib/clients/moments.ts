import { boundsOfDay, isDay } from "../market/day_range.ts";

/** What a moment may be written as; for messages. */
export const MOMENT_FORMS =
  "must be ms or seconds since 1970, a day such as 2026-11-20, or a time such as 2026-11-20 09:15 (Indian, or with its offset)";

/** From so many on, a number counts ms and not seconds since 1970: that is in the year 5138. */
const LEAST_MS = 100_000_000_000;

/** A moment, or a whole day; ms since the Unix epoch. */
export interface Moment {
  readonly from: number;
  /** Its end; of a moment, itself. */
  readonly to: number;
}

/** Reads a moment in one of the {@linkcode MOMENT_FORMS}; undefined for anything else. */
export function readMoment(given: string | number): Moment | undefined {
  const text = String(given).trim();
  if (isDay(text)) return boundsOfDay(text);
  const at = /^\d{1,15}$/.test(text) ? momentOfNumber(Number(text)) : momentOfTime(text);
  return Number.isFinite(at) ? { from: at, to: at } : undefined;
}

function momentOfNumber(number: number): number {
  return number >= LEAST_MS ? number : number * 1000;
}

function momentOfTime(text: string): number {
  const [, day, time, offset = "+05:30"] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?) ?(Z|[+-]\d{2}:?\d{2})?$/i.exec(text) ??
      [];
  return isDay(day) ? Date.parse(`${day}T${time}${offset}`) : NaN;
}
