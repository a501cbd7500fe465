import { istDay } from "../../lib/market/day.ts";
import type { Exchange } from "../../lib/market/market.ts";
import type { Resolution } from "../../lib/instruments/resolver/resolution.ts";
import { readMaster } from "../../lib/instruments/master_file.ts";
import type { InstrumentTable } from "../../lib/instruments/index/table.ts";

/** A row of the master file: a share of the NSE, but for what is given. */
export function fileRow(change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    token: "2885",
    symbol: "RELIANCE-EQ",
    name: "RELIANCE",
    expiry: "",
    strike: "-1.000000",
    lotsize: "1",
    instrumenttype: "",
    exch_seg: "NSE",
    tick_size: "10.000000",
    ...change,
  };
}

/** A contract on the NSE's index, but for what is given. */
export function contractRow(change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return fileRow({ name: "NIFTY", lotsize: "65", exch_seg: "NFO", ...change });
}

/** Both rows of an index. */
export function indexRows(
  token: string,
  symbol: string,
  name: string,
  exch_seg = "NSE",
): Record<string, unknown>[] {
  const row = fileRow({ name, exch_seg, tick_size: "0.000000" });
  return [
    { ...row, token: token.slice(3), symbol: name },
    { ...row, token, symbol, strike: "0.000000", instrumenttype: "AMXIDX" },
  ];
}

/** Bytes in pieces of some size. */
export async function* piecesOf(text: string, size = 1_000): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let from = 0; from < bytes.length; from += size) {
    yield await Promise.resolve(bytes.subarray(from, from + size));
  }
}

export async function tableOfRows(rows: readonly unknown[]): Promise<InstrumentTable> {
  return (await readMaster(piecesOf(JSON.stringify(rows)))).table;
}

/** The day on which the tests' lists are of. */
export const TODAY = istDay(Date.parse("2026-11-27T10:00:00+05:30"));

/** What a word leads to while a table is today's list. */
export function resolveIn(
  table: InstrumentTable,
  word: string,
  exchange?: Exchange,
  today: number = TODAY,
): Resolution {
  return table.resolve(word, { exchange, today, list: { complete: true, loaded: true, text: "of today" } });
}

/** The key that a word leads to; else why to none. */
export function meaningOf(table: InstrumentTable, word: string, exchange?: Exchange): string {
  const found = resolveIn(table, word, exchange);
  return found.kind === "found" ? found.key : found.kind;
}

export function suggested(table: InstrumentTable, word: string, limit?: number): string[] {
  const found = resolveIn(table, word);
  return found.kind === "found" ? [] : found.suggest(limit);
}
