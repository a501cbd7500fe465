import { type InstrumentKey, isIndexToken, keyOf, splitKey } from "../market/market.ts";
import type { Instrument, Instruments } from "./instrument.ts";
import type { NamedInstrument } from "./symbols.ts";

/**
 * Looks up a short list of instruments that is known without the broker's master.
 *
 * @param complete Whether there are no others: true for a simulated market.
 */
export function createShortList(list: readonly NamedInstrument[], complete = false): Instruments {
  const byKey = new Map<InstrumentKey, Instrument>();
  for (const { exchange, token, symbol } of list) {
    const key = keyOf(exchange, token);
    const type = isIndexToken(token) ? "index" : "other";
    byKey.set(key, { key, exchange, token, symbol, name: symbol, type, lotSize: 1, tickSize: 0.05 });
  }
  const all = [...byKey.values()];
  const instruments: Instruments = {
    complete,
    symbolOf: (key) => byKey.get(key)?.symbol ?? splitKey(key).token,
    get: (key) => byKey.get(key),
    find(word, exchange) {
      const name = word.trim().toUpperCase();
      return all.find((each) =>
        (exchange === undefined || each.exchange === exchange) &&
        namesOf(each).includes(name)
      );
    },
    suggest(word, limit = 5) {
      return instruments.search(word.replace(/^.*:/, ""), limit).map(({ exchange, symbol }) =>
        `${exchange}:${symbol}`
      );
    },
    search(query, limit, exchange) {
      const words = query.toUpperCase().split(/\s+/);
      return all.filter((each) =>
        (exchange === undefined || each.exchange === exchange) &&
        words.every((word) => each.symbol.toUpperCase().includes(word))
      ).slice(0, limit);
    },
    status: () => ({ rows: all.length, source: "built-in" }),
  };
  return instruments;
}

/** What an instrument answers to: its symbol, the symbol without its series, and both with the exchange. */
function namesOf({ exchange, symbol }: Instrument): string[] {
  const names = [symbol.toUpperCase(), symbol.toUpperCase().replace(/-EQ$/, "")];
  return [...names, ...names.map((name) => `${exchange.toUpperCase()}:${name}`)];
}
