import { type Exchange, type InstrumentKey, keyOf, splitKey } from "../market.ts";

/** An instrument's number and its name for people. */
export interface NamedInstrument {
  readonly exchange: Exchange;
  readonly token: string;
  readonly symbol: string;
}

/**
 * Names that are known without the broker's instrument master. Only numbers that were seen to tick live, or that
 * stand in the documentation: lists on the web contradict each other, and a wrong one silently gives another index.
 */
export const WELL_KNOWN: readonly NamedInstrument[] = [
  { exchange: "nse", token: "99926000", symbol: "Nifty 50" },
  { exchange: "nse", token: "99926009", symbol: "Nifty Bank" },
  { exchange: "nse", token: "99926037", symbol: "Nifty Fin Service" },
  { exchange: "nse", token: "99926013", symbol: "Nifty Next 50" },
  { exchange: "nse", token: "99926074", symbol: "NIFTY MID SELECT" },
  { exchange: "nse", token: "99926017", symbol: "India VIX" },
  { exchange: "nse", token: "2885", symbol: "RELIANCE-EQ" },
  { exchange: "nse", token: "3045", symbol: "SBIN-EQ" },
  { exchange: "bse", token: "99919000", symbol: "SENSEX" },
];

/** Looks names and numbers up, both ways. */
export interface Symbols {
  /** The name for people; the token where there is no other. */
  symbolOf(key: InstrumentKey): string;
  /** The token of a name on an exchange, whatever its case. */
  tokenOf(exchange: Exchange, name: string): string | undefined;
}

export function createSymbols(instruments: readonly NamedInstrument[]): Symbols {
  const symbols = new Map<InstrumentKey, string>();
  const tokens = new Map<string, string>();
  for (const { exchange, token, symbol } of instruments) {
    symbols.set(keyOf(exchange, token), symbol);
    tokens.set(`${exchange}:${symbol.toUpperCase()}`, token);
  }
  return {
    symbolOf: (key) => symbols.get(key) ?? splitKey(key).token,
    tokenOf: (exchange, name) => tokens.get(`${exchange}:${name.toUpperCase()}`),
  };
}
