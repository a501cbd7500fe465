import { fileRow, indexRows } from "./master.ts";

/** Rows as in the broker's list, of option chains. */

const SCALE: Readonly<Record<string, number>> = { CDS: 10_000_000 };

export interface OptionRowsOptions {
  readonly name: string;
  readonly segment: string;
  /** As the file has it: `29DEC2026`. */
  readonly expiry: string;
  readonly strikes: readonly number[];
  /** Of the first contract; the others follow. */
  readonly token: number;
}

/** Calls and puts of one expiry. */
export function optionRows(
  { name, segment, expiry, strikes, token }: OptionRowsOptions,
): Record<string, unknown>[] {
  const day = `${expiry.slice(0, 5)}${expiry.slice(7)}`;
  return strikes.flatMap((strike, i) =>
    ["CE", "PE"].map((side, j) =>
      fileRow({
        token: `${token + 2 * i + j}`,
        symbol: `${name}${day}${strike}${side}`,
        name,
        expiry,
        strike: (strike * (SCALE[segment] ?? 100)).toFixed(6),
        instrumenttype: segment === "MCX" ? "OPTFUT" : "OPTIDX",
        exch_seg: segment,
      })
    )
  );
}

export function futureRow(name: string, segment: string, expiry: string, token: number) {
  const symbol = `${name}${expiry.slice(0, 5)}${expiry.slice(7)}FUT`;
  const instrumenttype = segment === "MCX" ? "FUTCOM" : "FUTIDX";
  return fileRow({ token: `${token}`, symbol, name, expiry, instrumenttype, exch_seg: segment });
}

/** So many strikes from the first one on. */
export function strikesFrom(first: number, step: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => first + i * step);
}

const NIFTY = strikesFrom(24_000, 50, 41);

/** Expiries beside each other, on days that no rule for weekdays would tell: 1 December 2026 is a Tuesday. */
export const CHAIN_ROWS: readonly Record<string, unknown>[] = [
  ...indexRows("99926000", "Nifty 50", "NIFTY"),
  ...indexRows("99926009", "Nifty Bank", "BANKNIFTY"),
  ...indexRows("99919000", "SENSEX", "SENSEX", "BSE"),
  fileRow(),
  fileRow({ token: "3045", symbol: "SBIN-EQ", name: "SBIN" }),
  fileRow({ token: "500325", symbol: "RELIANCE", name: "RELIANCE", exch_seg: "BSE" }),
  fileRow({ token: "500002", symbol: "ABB", name: "ABB", exch_seg: "BSE" }),
  futureRow("NIFTY", "NFO", "29DEC2026", 68_392),
  ...optionRows({ name: "NIFTY", segment: "NFO", expiry: "24NOV2026", strikes: NIFTY, token: 40_000 }),
  ...optionRows({ name: "NIFTY", segment: "NFO", expiry: "30NOV2026", strikes: NIFTY, token: 41_000 }),
  ...optionRows({ name: "NIFTY", segment: "NFO", expiry: "08DEC2026", strikes: NIFTY, token: 42_000 }),
  ...optionRows({ name: "NIFTY", segment: "NFO", expiry: "29DEC2026", strikes: NIFTY, token: 43_000 }),
  ...optionRows({
    name: "BANKNIFTY",
    segment: "NFO",
    expiry: "29DEC2026",
    strikes: strikesFrom(51_000, 100, 21),
    token: 44_000,
  }),
  ...optionRows({
    name: "SENSEX",
    segment: "BFO",
    expiry: "03DEC2026",
    strikes: strikesFrom(80_000, 100, 31),
    token: 45_000,
  }),
  ...optionRows({
    name: "RELIANCE",
    segment: "NFO",
    expiry: "29DEC2026",
    strikes: strikesFrom(1_300, 20, 11),
    token: 46_000,
  }),
  ...optionRows({
    name: "RELIANCE",
    segment: "BFO",
    expiry: "31DEC2026",
    strikes: [1_400],
    token: 47_000,
  }),
  fileRow({ token: "120", symbol: "CRUDEOIL", name: "CRUDEOIL", instrumenttype: "COMDTY", exch_seg: "MCX" }),
  futureRow("CRUDEOIL", "MCX", "18DEC2026", 458_305),
  ...optionRows({
    name: "CRUDEOIL",
    segment: "MCX",
    expiry: "16DEC2026",
    strikes: strikesFrom(5_500, 50, 15),
    token: 48_000,
  }),
  ...optionRows({
    name: "USDINR",
    segment: "CDS",
    expiry: "29DEC2026",
    strikes: [84, 84.25, 84.5],
    token: 1_000,
  }),
];
