import { monthOf, partsOf } from "../../market/day.ts";
import type { ContractKind } from "./columns.ts";

/** A day as far as a query tells it. */
export interface DateWish {
  readonly day?: number;
  /** Counted from 1. */
  readonly month: number;
  readonly year?: number;
}

/** The words of a search, in capitals. */
export interface Query {
  readonly text: string;
  readonly words: readonly string[];
  /** What they mean where contracts are sought. */
  readonly contract: ContractQuery;
}

export interface ContractQuery {
  /** The last day may be any of these; empty for any day at all. */
  readonly dates: readonly DateWish[];
  /** Empty for all. */
  readonly kinds: readonly ContractKind[];
  /** The others: names, strikes, parts of symbols. */
  readonly words: readonly string[];
}

const KINDS: Readonly<Record<string, readonly ContractKind[]>> = {
  FUT: ["FUT"],
  FUTURE: ["FUT"],
  FUTURES: ["FUT"],
  CE: ["CE"],
  CALL: ["CE"],
  CALLS: ["CE"],
  PE: ["PE"],
  PUT: ["PE"],
  PUTS: ["PE"],
  OPT: ["CE", "PE"],
  OPTION: ["CE", "PE"],
  OPTIONS: ["CE", "PE"],
};

/** Reads the words of a search. @param text In capitals, with single blanks. */
export function readQuery(text: string): Query {
  const words = text.split(" ").filter((word) => word !== "");
  const kinds = words.flatMap((word) => Object.hasOwn(KINDS, word) ? KINDS[word]! : []);
  const { dates, rest } = takeDate(words.filter((word) => !Object.hasOwn(KINDS, word)));
  return { text, words, contract: { kinds, dates, words: rest } };
}

/** Whether the last day of a contract is one of those that are meant. */
export function isWished(dates: readonly DateWish[], expiryDay: number): boolean {
  if (dates.length === 0) return true;
  if (expiryDay === 0) return false;
  const { year, month, day } = partsOf(expiryDay);
  return dates.some((wish) =>
    wish.month === month && (wish.day ?? day) === day && (wish.year ?? year) === year
  );
}

/** Takes the words of a date out: `31 DEC`, `DEC 31`, `31DEC26`, `DEC 2026`, `2026-12-31`, `31/12/2026`. */
function takeDate(words: readonly string[]): { dates: DateWish[]; rest: readonly string[] } {
  for (const [at, word] of words.entries()) {
    const numeric = numericDate(word);
    if (numeric !== undefined) return { dates: [numeric], rest: without(words, at, at + 1) };
    const named = /^([0-9]{1,2})?[-/]?([A-Z]{3,9})[-/]?([0-9]{4}|[0-9]{2})?$/.exec(word);
    const month = named === null || !isMonth(named[2]!) ? 0 : monthOf(named[2]!);
    if (month === 0) continue;
    return around(words, at, month, named![1], named![3]);
  }
  return { dates: [], rest: words };
}

/** A date of which the month stands at a place, and day or year perhaps beside it. */
function around(
  words: readonly string[],
  at: number,
  month: number,
  dayInWord: string | undefined,
  yearInWord: string | undefined,
): { dates: DateWish[]; rest: readonly string[] } {
  let [from, to] = [at, at + 1];
  let day = dayInWord;
  if (day === undefined && isDay(words[at - 1])) {
    day = words[at - 1]!.replace(/[A-Z]+$/, "");
    from = at - 1;
  }
  let behind = yearInWord;
  if (behind === undefined && /^([0-9]{2}|20[0-9]{2}|[0-9])$/.test(words[to] ?? "")) behind = words[to++];
  const rest = without(words, from, to);
  const year = (digits: string) => Number(digits.length === 4 ? digits : `20${digits}`);
  if (behind === undefined) {
    return { dates: [{ month, ...day === undefined ? {} : { day: Number(day) } }], rest };
  }
  if (day !== undefined) return { dates: [{ month, day: Number(day), year: year(behind) }], rest };
  // `DEC 26` is a day or a year.
  const dates = behind.length === 4 ? [] : [{ month, day: Number(behind) }];
  return { dates: behind.length === 1 ? dates : [...dates, { month, year: year(behind) }], rest };
}

function numericDate(word: string): DateWish | undefined {
  const [, year, month, day] = /^(20[0-9]{2})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})$/.exec(word) ?? [];
  if (year !== undefined) return { year: Number(year), month: Number(month), day: Number(day) };
  const [, first, second, last] = /^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.](20[0-9]{2})$/.exec(word) ?? [];
  return first === undefined ? undefined : { day: Number(first), month: Number(second), year: Number(last) };
}

const MONTH_NAMES =
  /^(JAN(UARY)?|FEB(RUARY)?|MAR(CH)?|APR(IL)?|MAY|JUNE?|JULY?|AUG(UST)?|SEPT?(EMBER)?|OCT(OBER)?|NOV(EMBER)?|DEC(EMBER)?)$/;

function isMonth(word: string): boolean {
  return MONTH_NAMES.test(word);
}

function isDay(word: string | undefined): boolean {
  return word !== undefined && /^(0?[1-9]|[12][0-9]|3[01])(ST|ND|RD|TH)?$/.test(word);
}

function without(words: readonly string[], from: number, to: number): readonly string[] {
  return [...words.slice(0, from), ...words.slice(to)];
}
