import { exchangeNamed } from "../market/exchange_names.ts";
import { type Exchange, isToken } from "../market/market.ts";
import { readExpiry } from "./expiry.ts";
import type { InstrumentType } from "./instrument.ts";
import { isShareSeries, seriesOf } from "./series.ts";

/** What a row of the master file says, but for its number and symbol: numbers as numbers, money in rupees. */
export interface RowFacts {
  readonly exchange: Exchange;
  readonly name: string;
  readonly type: InstrumentType;
  /** Days since the Unix epoch; 0 for none. */
  readonly expiryDay: number;
  /** 0 for none. */
  readonly strike: number;
  readonly lotSize: number;
  readonly tickSize: number;
  /** Whether a share takes part in the closing auction, where the list says so. */
  readonly closingAuction?: boolean | undefined;
  /** What it should have and has not, such as `no readable expiry`; undefined where it has everything. */
  readonly lacks?: string | undefined;
}

/** A row of the master file, read. */
export interface MasterRow extends RowFacts {
  readonly token: string;
  readonly symbol: string;
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

/** Facts that are being put together. */
export interface RowDraft {
  exchange: Exchange;
  name: string;
  type: InstrumentType;
  expiryDay: number;
  strike: number;
  lotSize: number;
  tickSize: number;
  closingAuction: boolean | undefined;
  lacks: string | undefined;
}

/** The words of a row on which its facts depend. */
export interface RowWords {
  /** Of the column `instrumenttype`, in capitals. */
  readonly typeWord: string;
  /** Makes the symbol, which few rows need for that. */
  symbol(): string;
}

/** The exchange of a segment, or why there is none. */
export type Segment = { readonly exchange: Exchange } | BadRow;

/** Reads one object of the file. It never throws. */
export function readMasterRow(json: unknown): MasterRow | BadRow {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return { reason: "not a row" };
  const raw = json as Readonly<Record<string, unknown>>;
  const segment = readSegment(text(raw.exch_seg));
  const token = text(raw.token).replace(/\.0+$/, "");
  const symbol = text(raw.symbol);
  if ("reason" in segment) return segment;
  if (!isToken(token)) return { reason: token === "" ? "no token" : "a token that is not a number" };
  if (symbol === "") return { reason: "no symbol" };
  const draft: RowDraft = {
    exchange: segment.exchange,
    name: text(raw.name),
    type: "other",
    expiryDay: readExpiry(text(raw.expiry)),
    strike: positive(raw.strike),
    lotSize: positive(raw.lotsize),
    tickSize: positive(raw.tick_size),
    closingAuction: yesOrNo(raw.is_cas_enabled),
    lacks: undefined,
  };
  settle(draft, { typeWord: text(raw.instrumenttype).toUpperCase(), symbol: () => symbol });
  const { closingAuction, lacks, ...facts } = draft;
  return {
    ...facts,
    token,
    symbol,
    ...closingAuction === undefined ? {} : { closingAuction },
    ...lacks === undefined ? {} : { lacks },
  };
}

/** Makes facts of what the columns of a row say, each by itself: texts without blanks around them, numbers above 0 or 0. */
export function settle(draft: RowDraft, words: RowWords): void {
  const units = draft.exchange === "cds" ? 10_000_000 : 100;
  if (draft.name === "") draft.name = words.symbol();
  draft.type = typeOf(draft, words);
  draft.strike /= units;
  draft.lacks = whatIsMissing(draft);
  if (draft.type !== "option") draft.strike = 0;
  if (draft.lotSize === 0) draft.lotSize = 1;
  draft.tickSize /= units;
}

/** @param text Of the column `exch_seg`, without blanks around it. */
export function readSegment(text: string): Segment {
  // Numbers are taken for no segment: the file has none.
  const exchange = /^[0-9]/.test(text) ? undefined : exchangeNamed(text);
  if (exchange !== undefined) return { exchange };
  return { reason: text === "" ? "no segment" : `segment ${text.slice(0, 20)}` };
}

/** Whether a row is of no use. */
export function isBad(row: RowFacts | BadRow): row is BadRow {
  return "reason" in row;
}

function whatIsMissing({ type, expiryDay, strike }: RowDraft): string | undefined {
  if (type !== "future" && type !== "option") return undefined;
  if (expiryDay === 0) return "no readable expiry";
  return type === "option" && strike === 0 ? "no strike" : undefined;
}

function typeOf({ exchange, expiryDay, strike }: RowDraft, words: RowWords): InstrumentType {
  const word = words.typeWord;
  if (word.startsWith("OPT")) return "option";
  if (word.startsWith("FUT")) return "future";
  if (word === "AMXIDX") return INDEX_EXCHANGES.has(exchange) ? "index" : "underlying";
  if (word === "COMDTY" || word.startsWith("UND")) return "underlying";
  if (word !== "") return "other";
  if (DERIVATIVES.has(exchange)) return expiryDay === 0 ? "other" : strike > 0 ? "option" : "future";
  return exchange === "bse" || isShareSeries(seriesOf(words.symbol())) ? "equity" : "other";
}

/** All values are strings; one that came as a number would not be worth losing a row. */
function text(value: unknown): string {
  return typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
}

/** A column of 2026 lists, whose words for yes and no are not documented. */
export function yesOrNo(value: unknown): boolean | undefined {
  const word = String(value).trim().toLowerCase();
  if (["true", "yes", "y", "1"].includes(word)) return true;
  return ["false", "no", "n", "0"].includes(word) ? false : undefined;
}

/** A number above 0; 0 for everything else. */
export function positive(value: unknown): number {
  const number = Number(value);
  return number > 0 && Number.isFinite(number) ? number : 0;
}
