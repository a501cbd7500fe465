/** The nouns of the market, as every other part speaks of them. Imports nothing. */

/** The names under which clients know the exchanges, with the broker's number for each. */
export const EXCHANGE_TYPES = { nse: 1, nfo: 2, bse: 3, bfo: 4, mcx: 5, ncdex: 7, cds: 13 } as const;

export type Exchange = keyof typeof EXCHANGE_TYPES;

export const EXCHANGES = Object.keys(EXCHANGE_TYPES) as readonly Exchange[];

/** By the broker's number; every packet asks. */
const EXCHANGE_OF_TYPE: readonly (Exchange | undefined)[] = Array.from(
  { length: 1 + Math.max(...Object.values(EXCHANGE_TYPES)) },
  (_, type) => EXCHANGES.find((exchange) => EXCHANGE_TYPES[exchange] === type),
);

/** The exchange with the broker's number, or undefined: an unknown number is never mapped to a guess. */
export function exchangeOfType(type: number): Exchange | undefined {
  return EXCHANGE_OF_TYPE[type];
}

/** Whether a word is the name of an exchange; names of inherited properties are not. */
export function isExchange(word: string): word is Exchange {
  return Object.hasOwn(EXCHANGE_TYPES, word);
}

/** What a subscription asks for, each containing the one before it. */
export const MODES = ["ltp", "quote", "snapquote"] as const;

export type Mode = typeof MODES[number];

/** The number of a mode on the broker's wire; it also orders them. */
export const MODE_NUMBERS: Readonly<Record<Mode, 1 | 2 | 3>> = { ltp: 1, quote: 2, snapquote: 3 };

export function higherMode(a: Mode, b: Mode): Mode {
  return MODE_NUMBERS[a] >= MODE_NUMBERS[b] ? a : b;
}

export function lowerMode(a: Mode, b: Mode): Mode {
  return MODE_NUMBERS[a] <= MODE_NUMBERS[b] ? a : b;
}

/** `exchange:token`; tokens repeat across segments, so the exchange is always part of the key. */
export type InstrumentKey = `${Exchange}:${string}`;

export function keyOf(exchange: Exchange, token: string): InstrumentKey {
  return `${exchange}:${token}`;
}

export function splitKey(key: InstrumentKey): { exchange: Exchange; token: string } {
  const colon = key.indexOf(":");
  return { exchange: key.slice(0, colon) as Exchange, token: key.slice(colon + 1) };
}

/** A token on the wire: one to twenty-five digits, the width of its field. */
export function isToken(text: string): boolean {
  return /^[0-9]{1,25}$/.test(text);
}

/** Indices carry tokens that begin with 999; their volume, order book and sequence number mean nothing. */
export function isIndexToken(token: string): boolean {
  return token.length === 8 && token.startsWith("999");
}

/** What someone wants of one instrument. */
export interface Subscription {
  readonly key: InstrumentKey;
  readonly mode: Mode;
}

/** One level of an order book: rupees, units, number of orders. */
export interface Level {
  readonly price: number;
  readonly quantity: number;
  readonly orders: number;
}

interface TickBase {
  readonly key: InstrumentKey;
  readonly exchange: Exchange;
  readonly token: string;
  /** The broker's counter, shared by a whole segment: gaps are normal. 0 for indices. */
  readonly sequence: number;
  /** The exchange's clock, ms since the Unix epoch; 0 where it told none, as of contracts that never traded. */
  readonly exchangeTime: number;
  /** Our clock when the packet came, ms since the Unix epoch. */
  readonly receivedAt: number;
  /** Rupees; undefined for what never traded, and where the packet's number is none that a price can be. */
  readonly lastPrice?: number | undefined;
  /** What is wrong with the packet's number for the price. */
  readonly priceFault?: "no_price" | "number_out_of_range";
}

export interface LtpTick extends TickBase {
  readonly mode: "ltp";
}

/** Prices in rupees; a field the broker left empty is undefined. */
interface QuoteFields {
  readonly lastQuantity?: number;
  readonly averagePrice?: number;
  readonly volume?: number;
  readonly totalBuyQuantity?: number;
  readonly totalSellQuantity?: number;
  readonly open?: number;
  readonly high?: number;
  readonly low?: number;
  /** The previous session's close. */
  readonly close?: number;
}

export interface QuoteTick extends TickBase, QuoteFields {
  readonly mode: "quote";
}

export interface SnapQuoteTick extends TickBase, QuoteFields {
  readonly mode: "snapquote";
  /** ms since the Unix epoch, in whole seconds. */
  readonly lastTradeTime?: number;
  readonly openInterest?: number;
  readonly upperCircuit?: number;
  readonly lowerCircuit?: number;
  readonly week52High?: number;
  readonly week52Low?: number;
  /** Best first, at most five; empty levels are left out. */
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** One decoded market-data message, told apart by `mode`. */
export type Tick = LtpTick | QuoteTick | SnapQuoteTick;
