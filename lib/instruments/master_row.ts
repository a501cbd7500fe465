import { type Exchange, isToken } from "../market/market.ts";
import type { InstrumentType } from "./instrument.ts";

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
}

/** The file's words for the exchanges; rows with another one, such as NCO, are nothing that can be streamed. */
const EXCHANGES: ReadonlyMap<unknown, Exchange> = new Map([
  ["NSE", "nse"],
  ["NFO", "nfo"],
  ["BSE", "bse"],
  ["BFO", "bfo"],
  ["MCX", "mcx"],
  ["CDS", "cds"],
  ["NCDEX", "ncdex"],
]);

const MONTHS = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";

const DAY_MS = 86_400_000;

/** Series of the NSE in which shares trade; the others are bonds, funds, gold, rights. */
const SHARE_SERIES = /-(EQ|BE|BZ|SM|ST)$/;

/** Reads one object of the file; undefined for one that is of no use, whatever the reason. */
export function readMasterRow(json: unknown): MasterRow | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const raw = json as Readonly<Record<string, unknown>>;
  const exchange = EXCHANGES.get(raw.exch_seg);
  const token = text(raw.token);
  const symbol = text(raw.symbol);
  if (exchange === undefined || symbol === "" || !isToken(token)) return undefined;
  const units = exchange === "cds" ? 10_000_000 : 100;
  const type = typeOf(exchange, symbol, text(raw.instrumenttype));
  const closingAuction = yesOrNo(raw.is_cas_enabled);
  return {
    exchange,
    token,
    symbol,
    name: text(raw.name) || symbol,
    type,
    expiryDay: expiryDay(text(raw.expiry)),
    strike: type === "option" ? positive(raw.strike) / units : 0,
    lotSize: positive(raw.lotsize) || 1,
    tickSize: positive(raw.tick_size) / units,
    ...closingAuction === undefined ? {} : { closingAuction },
  };
}

/** `29SEP2026` as days since the Unix epoch; 0 for what is no day. */
export function expiryDay(expiry: string): number {
  if (expiry.length !== 9) return 0;
  const month = MONTHS.indexOf(expiry.slice(2, 5).toUpperCase());
  const ms = Date.UTC(Number(expiry.slice(5)), month / 3, Number(expiry.slice(0, 2)));
  return month < 0 || month % 3 !== 0 || Number.isNaN(ms) ? 0 : Math.max(0, ms / DAY_MS);
}

/** The day as `2026-09-29`. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

function typeOf(exchange: Exchange, symbol: string, word: string): InstrumentType {
  if (word.startsWith("OPT")) return "option";
  if (word.startsWith("FUT")) return "future";
  // Rows with the names of indices were also seen on the currency segment.
  if (word === "AMXIDX") {
    return exchange === "nse" || exchange === "bse" || exchange === "mcx" ? "index" : "other";
  }
  if (word !== "") return "other";
  return exchange === "bse" || (exchange === "nse" && SHARE_SERIES.test(symbol)) ? "equity" : "other";
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
