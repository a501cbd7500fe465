import { type InstrumentKey, isIndexToken, keyOf } from "../market/market.ts";
import { isWithinDays, readCandleRequest } from "../smartapi/candle_request.ts";
import type { DataBody, DataCallName } from "../smartapi/data_calls.ts";
import { hasTraded, isQuoteMode, lastPriceShape, quoteOf } from "../smartapi/quote_shape.ts";
import { exchangeOfRest, restExchange } from "../smartapi/segments.ts";
import {
  buildup,
  gainersLosers,
  greeks,
  INVALID,
  type ListResult,
  NO_DATA,
  putCallRatios,
} from "./derivative_lists.ts";
import { paced } from "../util/pace.ts";
import { candlesOf, openInterestOf } from "./history.ts";
import type { SimulatedInstrument } from "./instruments.ts";
import type { StreamedMarket } from "./streamed_market.ts";

/** What the calls for market data tell of. */
export interface MarketDataParts {
  readonly instruments: readonly SimulatedInstrument[];
  readonly market: StreamedMarket;
  /** ms since the Unix epoch. */
  readonly now: number;
}

/** Tokens of one call for quotes. */
const MAX_QUOTES = 50;

/** Answers a call for market data with made-up values that hold together. */
export function answerMarketData(
  call: DataCallName,
  body: DataBody,
  parts: MarketDataParts,
): ListResult | Promise<ListResult> {
  switch (call) {
    case "candles":
    case "openInterest":
      return history(call, body, parts);
    case "quote":
      return quotes(body, parts);
    case "ltp":
      return lastPrice(body, parts);
    case "searchScrip":
      return search(body, parts);
    case "optionGreeks":
      return greeks(body, { ...parts, modelValueOf: (each) => parts.market.modelValueOf(each, parts.now) });
    case "gainersLosers":
      return gainersLosers(body, parts);
    case "putCallRatio":
      return putCallRatios(parts);
    case "openInterestBuildup":
      return buildup(body, parts);
    case "nseIntraday":
    case "bseIntraday":
      return {
        data: parts.instruments
          .filter(({ exchange, token }) => exchange === call.slice(0, 3) && !isIndexToken(token))
          .map(({ symbol }) => ({ Multiplier: "5.0", SymbolName: symbol })),
      };
  }
}

async function history(
  call: "candles" | "openInterest",
  body: DataBody,
  { instruments, market, now }: MarketDataParts,
): Promise<ListResult> {
  const request = readCandleRequest(body);
  if (request === undefined || !isWithinDays(request)) return INVALID;
  if (market.traded === undefined) return { data: [] };
  const { exchange, token } = request;
  const found = instruments.find((each) => each.exchange === exchange && each.token === token);
  if (found === undefined) return { data: [] };
  const find = (key: InstrumentKey) => instruments.find((each) => keyOf(each.exchange, each.token) === key);
  const parts = { now, traded: market.traded, find };
  const rows = call === "candles" ? candlesOf(found, request, parts) : openInterestOf(found, request, parts);
  return { data: await paced<unknown>(rows) };
}

function quotes({ mode, exchangeTokens }: DataBody, parts: MarketDataParts): ListResult {
  if (typeof exchangeTokens !== "object" || exchangeTokens === null) return INVALID;
  const asked = Object.entries(exchangeTokens).flatMap(([exchange, tokens]) =>
    Array.isArray(tokens) ? tokens.map((token) => ({ exchange, token: String(token) })) : []
  );
  if (!isQuoteMode(mode) || asked.length === 0 || asked.length > MAX_QUOTES) return INVALID;
  const fetched: unknown[] = [];
  const unfetched: unknown[] = [];
  for (const { exchange, token } of asked) {
    const found = tickOf(exchange, token, parts);
    if (found === undefined) {
      unfetched.push({
        exchange,
        symbolToken: token,
        message: "Symbol token not found",
        errorCode: "AB4018",
      });
    } else fetched.push(quoteOf(mode, found.instrument.symbol, found.tick));
  }
  return { data: { fetched, unfetched } };
}

function lastPrice({ exchange, symboltoken }: DataBody, parts: MarketDataParts): ListResult {
  const found = tickOf(exchange, String(symboltoken), parts);
  return found === undefined ? NO_DATA : { data: lastPriceShape(found.instrument.symbol, found.tick) };
}

function tickOf(word: unknown, token: string, { instruments, market, now }: MarketDataParts) {
  const exchange = exchangeOfRest(word);
  const instrument = instruments.find((each) => each.exchange === exchange && each.token === token);
  if (instrument === undefined) return undefined;
  const tick = market.peek(keyOf(instrument.exchange, token), Math.floor(now / 1000) * 1000);
  return tick && hasTraded(tick) ? { instrument, tick } : undefined;
}

function search({ exchange: word, searchscrip }: DataBody, { instruments }: MarketDataParts): ListResult {
  const exchange = exchangeOfRest(word);
  const part = String(searchscrip ?? "").toUpperCase();
  if (exchange === undefined || part === "") return INVALID;
  const found = instruments.filter((each) =>
    each.exchange === exchange && each.symbol.toUpperCase().includes(part)
  );
  return {
    data: found.map(({ symbol, token }) => ({
      exchange: restExchange(exchange),
      tradingsymbol: symbol,
      symboltoken: token,
    })),
  };
}
