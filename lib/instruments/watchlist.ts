import { getLogger } from "@logtape/logtape";
import type { NamedInstrument } from "./symbols.ts";
import { type Exchange, isToken } from "../market/market.ts";
import { canonicalToken, type Instruments } from "./instrument.ts";

const log = getLogger(["instruments"]);

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

/** The same, waiting for the whole list of instruments where a word is not known without it. */
export async function lookUpWatchlist(
  words: ReadonlyMap<Exchange, readonly string[]>,
  instruments: Instruments,
  ready: Promise<void> | undefined,
): Promise<ReturnType<typeof resolveWatchlist>> {
  const known = resolveWatchlist(words, instruments);
  if (known.unknown.length === 0 || ready === undefined) return known;
  log.info("looking {names} up in the list of instruments", { names: known.unknown.join(", ") });
  await ready;
  return resolveWatchlist(words, instruments);
}

/** A watch list of everything there is. */
export function tokensByExchange(
  instruments: readonly NamedInstrument[],
): ReadonlyMap<Exchange, readonly string[]> {
  const lists = new Map<Exchange, string[]>();
  for (const { exchange, token } of instruments) lists.set(exchange, [...lists.get(exchange) ?? [], token]);
  return lists;
}
