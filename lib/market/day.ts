/** Days as whole numbers: days since the Unix epoch, 0 for none. */
import { DAY_MS, istMidnight } from "./ist.ts";

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"] as const;

/** The day in India of a moment. @param ms Since the Unix epoch. */
export function istDay(ms: number): number {
  return Math.round((istMidnight(ms) + 5.5 * 3_600_000) / DAY_MS);
}

/** The month that a word begins with, counted from 1; 0 for none. @param word In capitals. */
export function monthOf(word: string): number {
  return MONTHS.indexOf(word.slice(0, 3) as typeof MONTHS[number]) + 1;
}

/** The day of a date; 0 for a date that no calendar has, such as 31 February. @param month Counted from 1. */
export function dayOf(year: number, month: number, day: number): number {
  const date = new Date(Date.UTC(year, month - 1, day));
  const exists = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day;
  return exists ? Math.max(0, date.getTime() / DAY_MS) : 0;
}

/** The last day of a month. @param month Counted from 1. */
export function lastDayOf(year: number, month: number): number {
  return Date.UTC(year, month, 0) / DAY_MS;
}

/** The parts of a day; the month counts from 1. */
export function partsOf(
  day: number,
): { readonly year: number; readonly month: number; readonly day: number } {
  const date = new Date(day * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** The day as `2026-09-29`. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The day as it stands in names of contracts: `29SEP26`. */
export function contractDay(day: number): string {
  const { year, month, day: date } = partsOf(day);
  return `${String(date).padStart(2, "0")}${MONTHS[month - 1]}${String(year % 100).padStart(2, "0")}`;
}
