import type { Exchange } from "../market/market.ts";

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
  ["nfo", "68392", "NIFTY29DEC26FUT", 24_901.5, 0.1, 65],
  ["nfo", "63915", "NIFTY29DEC2624800CE", 412.65, 0.05, 65, 0.9],
  ["nfo", "63916", "NIFTY29DEC2624800PE", 318.2, 0.05, 65, 0.9],
  ["nfo", "35001", "SBIN29DEC26FUT", 815.9, 0.05, 750],
  ["bfo", "866186", "SENSEX26DEC81000CE", 1_105.35, 0.05, 20, 0.9],
  ["mcx", "574841", "GOLDPETAL30NOV26FUT", 12_418, 1],
  ["mcx", "458305", "CRUDEOIL18DEC26FUT", 5_862, 1, 100],
  // More than 32 bits of paise.
  ["mcx", "999999", "SIMULATEDKILO26FUT", 30_000_000, 1],
  ["cds", "1284", "USDINR26DECFUT", 84.2575, 0.0025, 1000, 0.03],
];

/** Instruments whose order book is not whole. */
const BOOKS: Readonly<Record<string, SimulatedInstrument["book"]>> = {
  "bse:3045": "thin",
  "bfo:866186": "no_buyers",
};

/** The market that `--demo` and `simulate` show. */
export const SIMULATED_INSTRUMENTS: readonly SimulatedInstrument[] = ROWS.map(
  ([exchange, token, symbol, price, tickSize, lotSize = 1, band = 0.1]) => {
    const index = token.startsWith("999") && token.length === 8;
    return {
      exchange,
      token,
      symbol,
      price,
      previousClose: onTick(price * 0.9964, tickSize),
      tickSize,
      lotSize,
      band,
      book: index ? "index" : BOOKS[`${exchange}:${token}`] ?? "full",
    };
  },
);

/** As many NSE shares as are asked for, with tokens from 100001 upwards: for load. */
export function manyInstruments(count: number): SimulatedInstrument[] {
  return Array.from({ length: count }, (_, i) => {
    const price = 50 + (i * 37 % 4_000);
    return {
      exchange: "nse",
      token: String(100_001 + i),
      symbol: `LOAD${i + 1}-EQ`,
      price,
      previousClose: onTick(price * 0.99, 0.05),
      tickSize: 0.05,
      lotSize: 1,
      band: 0.2,
      book: "full",
    };
  });
}

/** The nearest price that the exchange would take; free of the dust of binary fractions. */
export function onTick(price: number, tickSize: number): number {
  return Math.round(Math.round(price / tickSize) * tickSize * 1e4) / 1e4;
}
