import { derivativesOf, exchangeNamed } from "../../market/exchange_names.ts";
import { type Exchange, EXCHANGES } from "../../market/market.ts";

/** A name as a person or a program wrote it, taken apart. */
export interface WrittenName {
  /** In capitals with single blanks, without the exchange. */
  readonly text: string;
  /** The exchange that the name says, or that was given beside it. */
  readonly exchange?: Exchange;
  /** The name itself says the exchange, and nothing beside it does. */
  readonly prefixed: boolean;
  /** It was said to be an index: `NSE_INDEX:NIFTY`, `^NSEI`. */
  readonly index: boolean;
  /** Why it can be no instrument's name, whatever the list holds. */
  readonly fault?: string;
}

/** A name is at most so long; the rest could only cost time. */
const MAX_LENGTH = 100;

const INVISIBLE = /[\u200b-\u200f\u2060\ufeff]/g;
const DASHES = /[\u2010-\u2015\u2212]/g;

/**
 * Reads a name in any of the forms that are in use: `NSE:SBIN-EQ`, `nse_cm|3045`, `1:3045`, `NSE_INDEX:NIFTY`
 * (OpenAlgo), `SBIN.NS`, `500325.BO`, `^NSEI` (Yahoo).
 *
 * @param beside The exchange that was given in a field of its own.
 */
export function readName(word: string, beside?: Exchange): WrittenName {
  const whole = word.slice(0, MAX_LENGTH).normalize("NFKC").replace(INVISIBLE, "").replace(DASHES, "-")
    .trim().toUpperCase().replaceAll(/\s+/g, " ");
  const { text, exchange, index, fault } = withPrefix(whole) ?? withSuffix(whole) ??
    { text: whole, index: false };
  const prefixed = exchange !== undefined && beside === undefined;
  if (fault !== undefined) return { text, index, prefixed, fault };
  const where = exchange ?? beside;
  const found = { text, index, prefixed, ...where === undefined ? {} : { exchange: where } };
  if (exchange === undefined || beside === undefined || exchange === beside) return found;
  // A name such as NSE:NIFTYZ2026 says the market, and the field its segment.
  if (derivativesOf(exchange).includes(beside)) return { ...found, exchange: beside };
  return { ...found, fault: `the name says ${exchange}, and "exchange" says ${beside}` };
}

type Part = Omit<WrittenName, "prefixed">;

/** What stands before a colon or a bar. */
function withPrefix(whole: string): Part | undefined {
  const [, word, rest] = /^([A-Z0-9_ ]+?) ?[:|](.*)$/.exec(whole) ?? [];
  if (word === undefined || rest === undefined) return undefined;
  const text = rest.trim();
  const index = /^(NSE|BSE|MCX)_INDEX$/.exec(word);
  if (index !== null) return { text, exchange: exchangeNamed(index[1]!)!, index: true };
  const exchange = exchangeNamed(word);
  if (exchange !== undefined) return { text, exchange, index: false };
  return { text: whole, index: false, fault: `"${word}" is no exchange; known: ${EXCHANGES.join(", ")}` };
}

/** What Yahoo, and others after it, put behind a name. */
function withSuffix(whole: string): Part | undefined {
  const [, text, place] = /^([^.^]+)\.(NSE?|BO|BSE)$/.exec(whole) ?? [];
  if (text !== undefined) return { text, exchange: place!.startsWith("N") ? "nse" : "bse", index: false };
  return /^\^[A-Z0-9]+$/.test(whole) ? { text: whole, index: true } : undefined;
}
