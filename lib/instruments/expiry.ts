import { dayOf, istDay, monthOf } from "../market/day.ts";

/** Rows share a few hundred expiries. */
const MAX_KEPT = 10_000;

const kept = new Map<string, number>();

/**
 * The last day of a contract, days since the Unix epoch; 0 for what is no day of any calendar. The list has `29SEP2026`;
 * copies of it that went through other programs have the day as those write it. Where only numbers stand, the day comes
 * before the month, as everywhere in India, unless the year comes first.
 */
export function readExpiry(text: string): number {
  const before = kept.get(text);
  if (before !== undefined) return before;
  const day = read(text.trim().toUpperCase());
  if (kept.size < MAX_KEPT) kept.set(text, day);
  return day;
}

/** A time of day behind a date. */
const TIME = /[T ]\d{1,2}:\d{2}.*$/;

function read(text: string): number {
  const date = text.replace(TIME, "");
  const named = /^(\d{1,2})[-/., ]*([A-Z]{3,9})[-/., ]*(\d{4}|\d{2})$/.exec(date);
  if (named !== null) return dayOf(yearOf(named[3]!), monthNamed(named[2]!), Number(named[1]));
  const monthFirst = /^([A-Z]{3,9})[-/., ]*(\d{1,2})[-/., ]+(\d{4})$/.exec(date);
  if (monthFirst !== null) {
    return dayOf(Number(monthFirst[3]), monthNamed(monthFirst[1]!), Number(monthFirst[2]));
  }
  const yearFirst = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(date) ??
    /^(20\d{2})(\d{2})(\d{2})$/.exec(date);
  if (yearFirst !== null) return dayOf(Number(yearFirst[1]), Number(yearFirst[2]), Number(yearFirst[3]));
  const dayFirst = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})$/.exec(date);
  if (dayFirst !== null) return dayOf(yearOf(dayFirst[3]!), Number(dayFirst[2]), Number(dayFirst[1]));
  // Seconds or milliseconds since the Unix epoch, of this century.
  if (/^[1-4]\d{9}(\d{3})?$/.test(date)) return istDay(Number(date.padEnd(13, "0")));
  return 0;
}

function yearOf(digits: string): number {
  return digits.length === 2 ? 2000 + Number(digits) : Number(digits);
}

const FULL_NAMES = [
  "JANUARY",
  "FEBRUARY",
  "MARCH",
  "APRIL",
  "MAY",
  "JUNE",
  "JULY",
  "AUGUST",
  "SEPTEMBER",
  "OCTOBER",
  "NOVEMBER",
  "DECEMBER",
];

/** The month of which a word is the name, or its beginning; 0 for none. */
function monthNamed(word: string): number {
  const month = monthOf(word);
  return month > 0 && (FULL_NAMES[month - 1]!.startsWith(word) || word === "SEPT") ? month : 0;
}
