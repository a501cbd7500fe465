import { contractDay } from "../market/day.ts";
import { DAY_MS } from "../market/ist.ts";
import { type Exchange, isIndexToken } from "../market/market.ts";
import type { SimulatedInstrument } from "./instruments.ts";

/** A row of the master: strings, whatever they mean. */
export type MasterFileRow = Readonly<Record<string, string>>;

/** The names that go with the symbols of indices. */
const INDEX_NAMES: Readonly<Record<string, string>> = {
  "Nifty 50": "NIFTY",
  "Nifty Bank": "BANKNIFTY",
  "Nifty Fin Service": "FINNIFTY",
  "Nifty Next 50": "NIFTYNXT50",
  "NIFTY MID SELECT": "MIDCPNIFTY",
};

/** The rows of one simulated instrument: an index has two. */
export function rowsOf(instrument: SimulatedInstrument): MasterFileRow[] {
  const { exchange, token, symbol, contract } = instrument;
  if (isIndexToken(token)) {
    const name = INDEX_NAMES[symbol] ?? symbol.toUpperCase();
    const index = { name, strike: "0.000000", tick_size: "0.000000" };
    return [
      fileRow(exchange, token.slice(3), name, { ...index, strike: "-1.000000" }),
      fileRow(exchange, token, symbol, { ...index, instrumenttype: "AMXIDX" }),
    ];
  }
  const tick_size = scaled(exchange, instrument.tickSize);
  const lotsize = String(instrument.lotSize);
  if (contract === undefined) {
    return [fileRow(exchange, token, symbol, { name: symbol.replace(/-EQ$/, ""), lotsize, tick_size })];
  }
  const { underlying: name, expiry, kind, strike } = contract;
  return [fileRow(exchange, token, symbol, {
    name,
    expiry: expiryOf(expiry),
    strike: strike === undefined ? "-1.000000" : scaled(exchange, strike),
    lotsize,
    instrumenttype: typeOf(exchange, name, kind),
    tick_size,
  })];
}

/** `2026-12-29` as the file has it: `29DEC2026`. */
export function expiryOf(day: string): string {
  return contractDay(Date.parse(day) / DAY_MS).slice(0, 5) + day.slice(0, 4);
}

/** Rows of exchanges that cannot be streamed, and such with more than the documentation tells of. */
export const ODD_ROWS: readonly MasterFileRow[] = [
  fileRow("nco", "900001", "GOLD27NOVFUT", { name: "GOLD", expiry: "27NOV2026", instrumenttype: "FUTCOM" }),
  fileRow("nse", "2886", "RELIANCE-BL", { name: "RELIANCE", freeze_qty: "100000" }),
  fileRow("cds", "1", "USDINR", { name: "USDINR", instrumenttype: "UNDCUR", tick_size: "25000.000000" }),
];

/** A row that is made up, the same for the same number; in the proportions of the real master, about. */
export function madeUpRow(number: number): MasterFileRow {
  const token = String(200_000 + number);
  const count = Math.floor(number / 16);
  switch (number % 16) {
    case 0:
      return fileRow("nse", token, `${word(count)}-${count % 4 === 3 ? "GB" : "EQ"}`, { name: word(count) });
    case 1:
      return fileRow("bse", token, word(count + 5_000), { name: word(count + 5_000) });
    case 2:
      return option("mcx", token, count, 12, "OPTFUT");
    case 3:
      return option("cds", token, count, 4, "OPTCUR");
    case 4:
      return fileRow("nco", token, `${word(count % 50)}${count}`, { name: word(count % 50) });
    case 5:
      return option("bfo", token, count, 5, "OPTIDX");
    default:
      return option("nfo", token, count * 10 + number % 16 - 6, 200, "OPTSTK");
  }
}

const DAYS = ["24NOV2026", "01DEC2026", "08DEC2026", "29DEC2026", "25JAN2027", "30MAR2027"];

function option(
  exchange: Exchange,
  token: string,
  count: number,
  names: number,
  type: string,
): MasterFileRow {
  const name = word(count % names);
  let rest = Math.floor(count / names);
  const expiry = DAYS[rest % DAYS.length];
  rest = Math.floor(rest / DAYS.length);
  const strike = 500 + 25 * Math.floor(rest / 2);
  const symbol = `${name}${expiry!.slice(0, 5)}${expiry!.slice(7)}${strike}${rest % 2 === 0 ? "CE" : "PE"}`;
  return fileRow(exchange, token, symbol, {
    name,
    expiry: expiry!,
    strike: scaled(exchange, strike),
    lotsize: "75",
    instrumenttype: type,
  });
}

/** A name of four to ten letters, different for each number and from the names of the simulated market. */
function word(number: number): string {
  let letters = "Q";
  for (let rest = number; letters.length < 4 || rest > 0; rest = Math.floor(rest / 26)) {
    letters += String.fromCharCode(65 + (rest + 7 * letters.length) % 26);
  }
  return letters + "INDLTD".slice(0, number % 7);
}

function typeOf(exchange: Exchange, name: string, kind: string): string {
  const index = /NIFTY|SENSEX|BANKEX/.test(name);
  const of = exchange === "mcx"
    ? (kind === "FUT" ? "COM" : "FUT")
    : exchange === "cds"
    ? "CUR"
    : index
    ? "IDX"
    : "STK";
  return (kind === "FUT" ? "FUT" : "OPT") + of;
}

/** Rupees as the file has them. */
function scaled(exchange: Exchange, rupees: number): string {
  return (rupees * (exchange === "cds" ? 10_000_000 : 100)).toFixed(6);
}

function fileRow(
  exchange: Exchange | "nco",
  token: string,
  symbol: string,
  others: MasterFileRow & { readonly name: string },
): MasterFileRow {
  return {
    token,
    symbol,
    expiry: "",
    strike: "-1.000000",
    lotsize: "1",
    instrumenttype: "",
    exch_seg: exchange.toUpperCase(),
    tick_size: "5.000000",
    ...others,
  };
}
