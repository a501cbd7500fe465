import type { Freshness } from "../feed/freshness.ts";
import type { MarketTick } from "../feed/market_tick.ts";
import type { Level } from "../market/market.ts";

/**
 * Why there is no price to compute with:
 * - `no_price`: nothing was offered and asked, and nothing traded
 * - `stale`, `suspect`: what is known is not current, or not believed
 * - `old_price`: the last tick, or the trade that is all there is, came more than a minute ago
 * - `wide_spread`: bid and ask are so far apart that the middle means nothing, and nothing was traded between them
 */
export type NoPrice = "no_price" | "stale" | "suspect" | "old_price" | "wide_spread";

/** A price of now, rupees: the middle of the best bid and ask, or of the last trade. */
export type CurrentPrice =
  | { readonly kind: "price"; readonly price: number; readonly from: "book" | "trade" }
  | { readonly kind: "none"; readonly reason: NoPrice };

/** An instrument as it was last heard of. */
export interface LastPrice {
  readonly last: MarketTick | undefined;
  readonly freshness: Freshness;
  /** The moment of which prices are wanted, ms since the Unix epoch: now, or the end of a market that is closed. */
  readonly at: number;
  /** Elapsed ms, now. */
  readonly elapsed: number;
}

/** A price may be so old beside the others that it is computed with. */
const CURRENT_MS = 60_000;

/** Bid and ask may be this far apart, as a part of their middle, */
const WIDE = 0.5;

/** or in rupees: of an option that costs next to nothing, a step of the price is much. */
const NARROW = 0.25;

/** The price of an instrument that others of the same moment may be computed with. */
export function currentPrice({ last, freshness, at, elapsed }: LastPrice): CurrentPrice {
  if (freshness === "stale" || freshness === "suspect") return none(freshness);
  if (last === undefined) return none("no_price");
  if (freshness !== "closed" && elapsed - last.elapsed > CURRENT_MS) return none("old_price");
  const { tick } = last;
  const traded = last.hasPrice("snapquote") ? tick.lastPrice : undefined;
  const tradedAt = (tick.mode === "snapquote" ? tick.lastTradeTime : undefined) ?? tick.exchangeTime;
  const isCurrent = tradedAt > 0 && at - tradedAt <= CURRENT_MS;
  const book = tick.mode === "snapquote" ? bestOf(tick.bids, tick.asks) : undefined;
  if (book !== undefined) {
    const { bid, ask } = book;
    const middle = (bid + ask) / 2;
    if (ask - bid <= Math.max(WIDE * middle, NARROW)) return { kind: "price", price: middle, from: "book" };
    const isBetween = traded !== undefined && traded >= bid && traded <= ask;
    if (!isCurrent || !isBetween) return none("wide_spread");
  }
  if (traded === undefined || traded <= 0) return none("no_price");
  return isCurrent ? { kind: "price", price: traded, from: "trade" } : none("old_price");
}

function bestOf(bids: readonly Level[], asks: readonly Level[]) {
  const [bid, ask] = [bids[0]?.price ?? 0, asks[0]?.price ?? 0];
  return bid > 0 && ask >= bid ? { bid, ask } : undefined;
}

function none(reason: NoPrice): CurrentPrice {
  return { kind: "none", reason };
}
