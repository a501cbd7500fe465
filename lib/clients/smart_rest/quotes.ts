import type { MarketData } from "../../feed/market_data.ts";
import type { Instruments } from "../../instruments/instrument.ts";
import { type Exchange, isToken, keyOf } from "../../market/market.ts";
import type { DataBody } from "../../smartapi/data_calls.ts";
import { hasTraded, isQuoteMode, lastPriceShape, quoteOf } from "../../smartapi/quote_shape.ts";
import { exchangeOfRest } from "../../smartapi/segments.ts";

/** Where the last packets are. */
export interface LastPackets {
  readonly marketData: MarketData;
  readonly instruments: Instruments;
}

/** A call for quotes, parted: what is known here, and what the broker has to be asked for. */
export interface QuoteParts {
  readonly known: readonly Record<string, unknown>[];
  /** Tokens by the exchange as it was written; empty when all are known. */
  readonly others: Readonly<Record<string, readonly unknown[]>>;
}

/** Parts a call; undefined for one that the broker would refuse, or that is another than documented. */
export function partQuotes({ mode, exchangeTokens }: DataBody, packets: LastPackets): QuoteParts | undefined {
  if (!isQuoteMode(mode) || !isRecord(exchangeTokens)) return undefined;
  const known: Record<string, unknown>[] = [];
  const others: Record<string, unknown[]> = {};
  for (const [word, tokens] of Object.entries(exchangeTokens)) {
    const exchange = exchangeOfRest(word);
    if (exchange === undefined || !Array.isArray(tokens)) return undefined;
    for (const token of tokens) {
      const found = lastPacket(exchange, token, packets);
      if (found === undefined) (others[word] ??= []).push(token);
      else known.push(quoteOf(mode, found.symbol, found.tick));
    }
  }
  return { known, others };
}

/** What `getLtpData` answers; undefined where the broker has to be asked. */
export function lastPriceOf({ exchange: word, symboltoken }: DataBody, packets: LastPackets) {
  const exchange = exchangeOfRest(word);
  const found = exchange && lastPacket(exchange, symboltoken, packets);
  return found && lastPriceShape(found.symbol, found.tick);
}

/** The last packet of an instrument that is subscribed in snapquote, where it is worth something now. */
function lastPacket(exchange: Exchange, token: unknown, { marketData, instruments }: LastPackets) {
  if (typeof token !== "string" || !isToken(token)) return undefined;
  const key = keyOf(exchange, token);
  const tick = marketData.last(key)?.tick;
  const symbol = instruments.get(key)?.symbol;
  if (tick?.mode !== "snapquote" || symbol === undefined) return undefined;
  // Asked for in a lower mode by now, it is not kept current as a whole.
  if (marketData.demand.wanted.get(key) !== "snapquote") return undefined;
  const freshness = marketData.freshness(key, "snapquote");
  if (freshness === "stale" || freshness === "suspect" || !hasTraded(tick)) return undefined;
  return { symbol, tick };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
