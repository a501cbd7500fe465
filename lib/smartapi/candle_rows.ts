import type { CandleRequest } from "./candle_request.ts";

/** Candles by their day, `2026-11-20`: rows of JSON as the broker wrote them, joined by commas. */
export type CandleDays = Map<string, string>;

/** A row: its day, the rest of its time, five numbers, and what comes after it. */
const ROW =
  /\s*\["(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})\+05:30"(?:\s*,\s*-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?){5}\s*\]\s*([,\]])/y;

/** Rows that are read between two pauses: a millisecond or two. */
const ROWS_AT_ONCE = 500;

/**
 * Reads the answer to a call for candles, in steps: a month of minutes has twenty thousand rows.
 *
 * @returns The days that have rows; undefined when it is a refusal, or any row is not as documented, or they are not
 * in order.
 */
export function* readCandles(text: string): Generator<void, CandleDays | undefined> {
  const list = /"data"\s*:\s*\[/.exec(text);
  if (list === null) return undefined;
  const begin = list.index + list[0].length;
  const days: CandleDays = new Map();
  let [day, from, before] = ["", begin, ""];
  let at = begin;
  for (let count = 1, open = !isClosed(text, begin); open; count++) {
    ROW.lastIndex = at;
    const row = ROW.exec(text);
    const time = `${row?.[1]}T${row?.[2]}`;
    if (row === null || time <= before) return undefined;
    if (row[1] !== day) {
      [day, from] = [row[1]!, at];
      days.set(day, "");
    }
    at += row[0].length;
    before = time;
    open = row[3] === ",";
    // Up to here, without what comes after it; the last row of the day decides.
    if (!open || !text.startsWith(`["${day}`, skipBlanks(text, at))) {
      days.set(day, rowsIn(text, from, at - 1));
    }
    if (count % ROWS_AT_ONCE === 0) yield;
  }
  const end = at === begin ? text.indexOf("]", begin) + 1 : at;
  return isSuccess(`${text.slice(0, list.index)}"data":[]${text.slice(end)}`) ? days : undefined;
}

/** Those of a day's rows that were asked for. */
export function askedRows(day: string, rows: string, { interval, from, to }: CandleRequest): string {
  const [fromDay, toDay] = [from.slice(0, 10), to.slice(0, 10)];
  if (day < fromDay || toDay < day || rows === "") return "";
  if (interval === "ONE_DAY" || (fromDay < day && day < toDay)) return rows;
  return rows.split(/(?<=\]),/).filter((row) => {
    const minute = `${day} ${row.slice(13, 18)}`;
    return from <= minute && minute <= to;
  }).join(",");
}

/** The answer with these rows, in the broker's shape. */
export function candleAnswer(rows: readonly string[]): string {
  const data = rows.filter((each) => each !== "").join(",");
  return `{"status":true,"message":"SUCCESS","errorcode":"","data":[${data}]}`;
}

function rowsIn(text: string, from: number, to: number): string {
  return text.slice(from, to).replace(/\s+/g, "");
}

function isClosed(text: string, at: number): boolean {
  return text[skipBlanks(text, at)] === "]";
}

function skipBlanks(text: string, at: number): number {
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at++;
  return at;
}

function isSuccess(envelope: string): boolean {
  try {
    const { status, data } = JSON.parse(envelope);
    return status === true && Array.isArray(data);
  } catch {
    return false;
  }
}
