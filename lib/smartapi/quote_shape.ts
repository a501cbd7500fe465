import { istTimestamp } from "../market/ist.ts";
import type { Level, SnapQuoteTick } from "../market/market.ts";
import { LEVELS } from "./packet_layout.ts";
import { restExchange } from "./segments.ts";

/** What a quote consists of, by the `mode` of the call. */
export const QUOTE_MODES = ["LTP", "OHLC", "FULL"] as const;

/** A tick of an instrument that has traded: an answer has no word for one that never did. */
export type TradedTick = SnapQuoteTick & { readonly lastPrice: number };

export function hasTraded(tick: SnapQuoteTick): tick is TradedTick {
  return tick.lastPrice !== undefined;
}

export type QuoteMode = typeof QUOTE_MODES[number];

const NO_LEVEL: Level = { price: 0, quantity: 0, orders: 0 };

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

export function isQuoteMode(value: unknown): value is QuoteMode {
  return QUOTE_MODES.some((mode) => mode === value);
}

/**
 * An instrument in the answer to a call for quotes, made of its packet.
 *
 * Source: SmartAPI documentation, "Live Market Data API".
 */
export function quoteOf(mode: QuoteMode, symbol: string, tick: TradedTick): Record<string, unknown> {
  const ltp = {
    exchange: restExchange(tick.exchange),
    tradingSymbol: symbol,
    symbolToken: tick.token,
    ltp: tick.lastPrice,
  };
  if (mode === "LTP") return ltp;
  const prices = pricesOf(tick);
  if (mode === "OHLC") return { ...ltp, ...prices };
  const change = prices.close === 0 ? 0 : tick.lastPrice - prices.close;
  return {
    ...ltp,
    ...prices,
    lastTradeQty: tick.lastQuantity ?? 0,
    exchFeedTime: timeOf(tick.exchangeTime),
    exchTradeTime: timeOf(tick.lastTradeTime ?? 0),
    netChange: rounded(change),
    percentChange: prices.close === 0 ? 0 : rounded(change / prices.close * 100),
    avgPrice: tick.averagePrice ?? 0,
    tradeVolume: tick.volume ?? 0,
    opnInterest: tick.openInterest ?? 0,
    lowerCircuit: tick.lowerCircuit ?? 0,
    upperCircuit: tick.upperCircuit ?? 0,
    totBuyQuan: tick.totalBuyQuantity ?? 0,
    totSellQuan: tick.totalSellQuantity ?? 0,
    "52WeekLow": tick.week52Low ?? 0,
    "52WeekHigh": tick.week52High ?? 0,
    depth: { buy: sideOf(tick.bids), sell: sideOf(tick.asks) },
  };
}

function pricesOf({ open = 0, high = 0, low = 0, close = 0 }: SnapQuoteTick) {
  return { open, high, low, close };
}

/** Always five levels. */
function sideOf(levels: readonly Level[]): Level[] {
  return Array.from({ length: LEVELS }, (_, i) => levels[i] ?? NO_LEVEL)
    .map(({ price, quantity, orders }) => ({ price, quantity, orders }));
}

/** Indian time as `20-Dec-2024 09:12:54`. */
function timeOf(ms: number): string {
  const [date, time] = istTimestamp(ms).split(" ");
  const [year, month, day] = date!.split("-");
  return `${day}-${MONTHS[Number(month) - 1]}-${year} ${time}`;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The answer to a call for the last price. Source: SmartAPI documentation, "Orders", "Get LTP Data". */
export function lastPriceShape(symbol: string, tick: TradedTick): Record<string, unknown> {
  return {
    exchange: restExchange(tick.exchange),
    tradingsymbol: symbol,
    symboltoken: tick.token,
    ...pricesOf(tick),
    ltp: tick.lastPrice,
  };
}
