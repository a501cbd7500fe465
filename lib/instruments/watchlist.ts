import { type Exchange, isToken } from "../market.ts";
import { canonicalToken, type Instruments } from "./instrument.ts";

/**
 * The tokens of a watch list whose words may be tokens or names.
 *
 * @returns The tokens by exchange, and the words that are neither.
 */
export function resolveWatchlist(
  words: ReadonlyMap<Exchange, readonly string[]>,
  instruments: Instruments,
): { readonly watchlist: ReadonlyMap<Exchange, readonly string[]>; readonly unknown: readonly string[] } {
  const unknown: string[] = [];
  const watchlist = new Map<Exchange, readonly string[]>();
  for (const [exchange, list] of words) {
    const tokens = list.flatMap((word) => {
      const token = isToken(word) ? canonicalToken(exchange, word) : instruments.find(word, exchange)?.token;
      if (token === undefined) unknown.push(`${exchange}:${word}`);
      return token ?? [];
    });
    watchlist.set(exchange, [...new Set(tokens)]);
  }
  return { watchlist, unknown };
}
