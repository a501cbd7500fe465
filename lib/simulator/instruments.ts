import { contractDay } from "../market/day.ts";
import { DAY_MS, istDate } from "../market/ist.ts";
import { type Exchange, type InstrumentKey, isIndexToken } from "../market/market.ts";

/** One instrument of the simulated market. Prices in rupees; points for indices. */
export interface SimulatedInstrument {
  readonly exchange: Exchange;
  readonly token: string;
  readonly symbol: string;
  /** What the day's walk begins at. */
  readonly price: number;
  readonly previousClose: number;
  readonly tickSize: number;
  readonly lotSize: number;
  /** How far a price may go from the previous close in a day, as a part of it. */
  readonly band: number;
  /** What of an order book there is. Indices have none. */
  readonly book: "full" | "thin" | "no_buyers" | "index";
  /** For futures and options. */
  readonly contract?: SimulatedContract;
  /** For contracts whose price follows another one; without it a price walks by itself. */
  readonly model?: PriceModel;
  /** Bounds of the day, in place of those that the band gives. */
  readonly circuits?: { readonly lower: number; readonly upper: number };
  /** When the stream begins with `price`, ms since the Unix epoch: `previousClose` is that of the trading day before. */
  readonly at?: number;
}

/** How the price of a contract follows that of another instrument. */
export interface PriceModel {
  readonly follows: InstrumentKey;
  /** For a year: how much more is paid for the underlying at the expiry than now; 0 where a future is followed. */
  readonly carry: number;
}

export interface SimulatedContract {
  readonly underlying: string;
  /** The last day, as `2026-12-29`. */
  readonly expiry: string;
  readonly kind: "FUT" | "CE" | "PE";
  /** Rupees; options alone have one. */
  readonly strike?: number;
}

type Row = readonly [Exchange, string, string, number, number, number?, number?];

/** Exchange, token, symbol, price, tick size, lot size, band. */
const ROWS: readonly Row[] = [
  ["nse", "99926000", "Nifty 50", 24_812.35, 0.05],
  ["nse", "99926009", "Nifty Bank", 52_140.6, 0.05],
  ["nse", "99926037", "Nifty Fin Service", 24_460.1, 0.05],
  ["nse", "99926013", "Nifty Next 50", 67_250.45, 0.05],
  ["nse", "99926074", "NIFTY MID SELECT", 12_905.7, 0.05],
  ["nse", "99926017", "India VIX", 13.42, 0.01],
  ["nse", "2885", "RELIANCE-EQ", 1_418.4, 0.1],
  ["nse", "3045", "SBIN-EQ", 812.35, 0.05],
  ["nse", "11536", "TCS-EQ", 3_562.2, 0.1],
  ["nse", "1594", "INFY-EQ", 1_552.9, 0.1],
  ["nse", "1333", "HDFCBANK-EQ", 1_712.55, 0.05],
  ["nse", "4963", "ICICIBANK-EQ", 1_284.3, 0.1],
  ["nse", "1660", "ITC-EQ", 421.15, 0.05],
  ["nse", "10576", "NIFTYBEES-EQ", 278.34, 0.01],
  ["bse", "99919000", "SENSEX", 81_340.25, 0.01],
  ["bse", "99919012", "BANKEX", 59_210.4, 0.01],
  ["bse", "500325", "RELIANCE", 1_418.55, 0.05],
  // The same number as on the other exchange: only the two together name an instrument.
  ["bse", "3045", "SIMULATED LTD", 96.4, 0.01],
];

/** Instruments whose order book is not whole. */
const BOOKS: Readonly<Record<string, SimulatedInstrument["book"]>> = {
  "bse:3045": "thin",
  "bfo:866186": "no_buyers",
};

/** What the demo's watch list has, until somebody changes it: twelve of every kind. */
export const FIRST_LIST: readonly InstrumentKey[] = [
  "nse:99926000",
  "nse:99926009",
  "nse:99926017",
  "bse:99919000",
  "nse:2885",
  "nse:3045",
  "nse:11536",
  "nse:1594",
  "nse:1333",
  "nfo:68392",
  "bfo:866186",
  "mcx:458305",
];

type ContractRow = readonly [
  exchange: Exchange,
  token: string,
  underlying: string,
  kind: SimulatedContract["kind"],
  strike: number | undefined,
  day: (month: Month) => Date,
  symbol: "day" | "month" | "year",
  price: number,
  tickSize: number,
  lotSize?: number,
  band?: number,
];

/** Contracts of one month; what of their last day stands in the symbol differs by exchange, as it does in the broker's list. */
const CONTRACT_ROWS: readonly ContractRow[] = [
  ["nfo", "68392", "NIFTY", "FUT", undefined, lastTuesday, "day", 24_901.5, 0.1, 65],
  ["nfo", "63915", "NIFTY", "CE", 24_800, lastTuesday, "day", 412.65, 0.05, 65, 0.9],
  ["nfo", "63916", "NIFTY", "PE", 24_800, lastTuesday, "day", 318.2, 0.05, 65, 0.9],
  ["nfo", "35001", "SBIN", "FUT", undefined, lastTuesday, "day", 815.9, 0.05, 750],
  ["bfo", "866186", "SENSEX", "CE", 81_000, lastThursday, "month", 1_105.35, 0.05, 20, 0.9],
  ["mcx", "574841", "GOLDPETAL", "FUT", undefined, lastWeekday, "day", 12_418, 1],
  ["mcx", "458305", "CRUDEOIL", "FUT", undefined, nineteenth, "day", 5_862, 1, 100],
  // More than 32 bits of paise.
  ["mcx", "999999", "SIMULATEDKILO", "FUT", undefined, lastWeekday, "year", 30_000_000, 1],
  ["cds", "1284", "USDINR", "FUT", undefined, lastTuesday, "month", 84.2575, 0.0025, 1000, 0.03],
];

/**
 * The market that `--demo` and `simulate` show. Its contracts are those of the next month, so that none expires while it is shown.
 *
 * @param at When, ms since the Unix epoch.
 */
export function simulatedInstruments(at: number): SimulatedInstrument[] {
  const next = contractMonth(at);
  return [...ROWS.map(shareOrIndex), ...CONTRACT_ROWS.map((row) => contract(row, next))]
    .map((instrument) => ({ ...instrument, at }));
}

function shareOrIndex(
  [exchange, token, symbol, price, tickSize, lotSize = 1, band = 0.1]: Row,
): SimulatedInstrument {
  return {
    exchange,
    token,
    symbol,
    price,
    previousClose: roundToTick(price * 0.9964, tickSize),
    tickSize,
    lotSize,
    band,
    book: isIndexToken(token) ? "index" : BOOKS[`${exchange}:${token}`] ?? "full",
  };
}

function contract(
  [exchange, token, underlying, kind, strike, lastDay, style, price, tickSize, lotSize, band]: ContractRow,
  month: Month,
): SimulatedInstrument {
  const last = lastDay(month);
  const expiry = last.toISOString().slice(0, 10);
  const symbol = `${underlying}${expiryText(last, style)}${strike ?? ""}${kind}`;
  return {
    ...shareOrIndex([exchange, token, symbol, price, tickSize, lotSize, band]),
    contract: { underlying, expiry, kind, ...strike === undefined ? {} : { strike } },
  };
}

function expiryText(day: Date, style: ContractRow[6]): string {
  const text = contractDay(day.getTime() / DAY_MS);
  const [month, year] = [text.slice(2, 5), text.slice(5)];
  return style === "year" ? year : style === "month" ? year + month : text;
}

/** The month in which contracts end that are shown from a moment on: the next one. @param at ms since the Unix epoch. */
export function contractMonth(at: number): Month {
  const [year, month] = istDate(at).split("-").map(Number);
  return { year: year!, index: month! };
}

/** A month, counted from 0; 12 is the January of the year after. */
interface Month {
  readonly year: number;
  readonly index: number;
}

/** The day on which contracts of a month end, of the NSE. */
export function lastTuesday(month: Month): Date {
  return lastOf(month, (weekday) => weekday === 2);
}

function lastThursday(month: Month): Date {
  return lastOf(month, (weekday) => weekday === 4);
}

function lastWeekday(month: Month): Date {
  return lastOf(month, (weekday) => weekday >= 1 && weekday <= 5);
}

function nineteenth(month: Month): Date {
  return lastOf(month, (weekday) => weekday >= 1 && weekday <= 5, 19);
}

/** The last day of a month, or before a day of it, that is one of the weekdays; Sunday is 0. */
function lastOf({ year, index }: Month, fits: (weekday: number) => boolean, from?: number): Date {
  const day = from === undefined
    ? new Date(Date.UTC(year, index + 1, 0))
    : new Date(Date.UTC(year, index, from));
  while (!fits(day.getUTCDay())) day.setUTCDate(day.getUTCDate() - 1);
  return day;
}

/**
 * As many NSE shares as are asked for, with tokens from 100001 upwards: for load.
 *
 * @param at When the stream begins, ms since the Unix epoch.
 */
export function manyInstruments(count: number, at?: number): SimulatedInstrument[] {
  return Array.from({ length: count }, (_, i) => {
    const price = 50 + (i * 37 % 4_000);
    return {
      exchange: "nse",
      token: String(100_001 + i),
      symbol: `LOAD${i + 1}-EQ`,
      price,
      previousClose: roundToTick(price * 0.99, 0.05),
      tickSize: 0.05,
      lotSize: 1,
      band: 0.2,
      book: "full",
      ...at === undefined ? {} : { at },
    };
  });
}

/** The nearest price that the exchange would take; free of the dust of binary fractions. */
export function roundToTick(price: number, tickSize: number): number {
  return Math.round(Math.round(price / tickSize) * tickSize * 1e4) / 1e4;
}

/** Between which prices an instrument can be traded on the day after a previous close. */
export function circuitsOf(
  { tickSize, band, circuits, previousClose }: SimulatedInstrument,
  close = previousClose,
): { readonly lower: number; readonly upper: number } {
  return circuits ?? {
    lower: Math.max(tickSize, roundToTick(close * (1 - band), tickSize)),
    upper: roundToTick(close * (1 + band), tickSize),
  };
}
