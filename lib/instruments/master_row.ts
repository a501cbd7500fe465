import { exchangeNamed } from "../market/exchange_names.ts";
import { type Exchange, isToken } from "../market/market.ts";
import { readExpiry } from "./expiry.ts";
import type { InstrumentType } from "./instrument.ts";
import { isShareSeries, seriesOf } from "./series.ts";

/** A row of the master file, read: numbers as numbers, money in rupees. */
export interface MasterRow {
  readonly exchange: Exchange;
  readonly token: string;
  readonly symbol: string;
  readonly name: string;
  readonly type: InstrumentType;
  /** Days since the Unix epoch; 0 for none. */
  readonly expiryDay: number;
  /** 0 for none. */
  readonly strike: number;
  readonly lotSize: number;
  readonly tickSize: number;
  /** Whether a share takes part in the closing auction, where the list says so. */
  readonly closingAuction?: boolean;
  /** What it should have and has not, such as `no readable expiry`; undefined where it has everything. */
  readonly lacks?: string;
}

/** A row of no use. */
export interface BadRow {
  /** Why, for people: the same words for all rows of a kind. */
  readonly reason: string;
}

/** Where a row without a type is a contract. */
const DERIVATIVES: ReadonlySet<Exchange> = new Set(["nfo", "bfo", "mcx", "cds", "ncdex"]);

/** Where indices tick: rows with the names of indices were also seen on the currency segment. */
const INDEX_EXCHANGES: ReadonlySet<Exchange> = new Set(["nse", "bse", "mcx"]);

/** Reads one object of the file. It never throws. */
export function readMasterRow(json: unknown): MasterRow | BadRow {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return { reason: "not a row" };
  const raw = json as Readonly<Record<string, unknown>>;
  const segment = text(raw.exch_seg);
  // Numbers are taken for no segment: the file has none.
  const exchange = /^[0-9]/.test(segment) ? undefined : exchangeNamed(segment);
  const token = text(raw.token).replace(/\.0+$/, "");
  const symbol = text(raw.symbol);
  if (exchange === undefined) {
    return { reason: segment === "" ? "no segment" : `segment ${segment.slice(0, 20)}` };
  }
  if (!isToken(token)) return { reason: token === "" ? "no token" : "a token that is not a number" };
  if (symbol === "") return { reason: "no symbol" };
  const units = exchange === "cds" ? 10_000_000 : 100;
  const expiryText = text(raw.expiry);
  const expiryDay = readExpiry(expiryText);
  const strike = positive(raw.strike) / units;
  const type = typeOf(exchange, symbol, text(raw.instrumenttype).toUpperCase(), { expiryDay, strike });
  const lacks = whatIsMissing(type, expiryDay, strike);
  const closingAuction = yesOrNo(raw.is_cas_enabled);
  return {
    exchange,
    token,
    symbol,
    name: text(raw.name) || symbol,
    type,
    expiryDay,
    strike: type === "option" ? strike : 0,
    lotSize: positive(raw.lotsize) || 1,
    tickSize: positive(raw.tick_size) / units,
    ...closingAuction === undefined ? {} : { closingAuction },
    ...lacks === undefined ? {} : { lacks },
  };
}

/** Whether a row is of no use. */
export function isBad(row: MasterRow | BadRow): row is BadRow {
  return "reason" in row;
}

function whatIsMissing(type: InstrumentType, expiryDay: number, strike: number): string | undefined {
  if (type !== "future" && type !== "option") return undefined;
  if (expiryDay === 0) return "no readable expiry";
  return type === "option" && strike === 0 ? "no strike" : undefined;
}

/** @param word Of the column `instrumenttype`, in capitals. */
function typeOf(
  exchange: Exchange,
  symbol: string,
  word: string,
  { expiryDay, strike }: { readonly expiryDay: number; readonly strike: number },
): InstrumentType {
  if (word.startsWith("OPT")) return "option";
  if (word.startsWith("FUT")) return "future";
  if (word === "AMXIDX") return INDEX_EXCHANGES.has(exchange) ? "index" : "underlying";
  if (word === "COMDTY" || word.startsWith("UND")) return "underlying";
  if (word !== "") return "other";
  if (DERIVATIVES.has(exchange)) return expiryDay === 0 ? "other" : strike > 0 ? "option" : "future";
  return exchange === "bse" || isShareSeries(seriesOf(symbol)) ? "equity" : "other";
}

/** All values are strings; one that came as a number would not be worth losing a row. */
function text(value: unknown): string {
  return typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
}

/** A column of 2026 lists, whose words for yes and no are not documented. */
function yesOrNo(value: unknown): boolean | undefined {
  const word = String(value).trim().toLowerCase();
  if (["true", "yes", "y", "1"].includes(word)) return true;
  return ["false", "no", "n", "0"].includes(word) ? false : undefined;
}

function positive(value: unknown): number {
  const number = Number(value);
  return number > 0 && Number.isFinite(number) ? number : 0;
}
