import type { Exchange } from "../market/market.ts";

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
