import type { Exchange, InstrumentKey } from "../market.ts";

export type InstrumentType = "index" | "equity" | "future" | "option" | "other";

/** One tradable row of the broker's master, or an index. */
export interface Instrument {
  readonly key: InstrumentKey;
  readonly exchange: Exchange;
  readonly token: string;
  readonly symbol: string;
  readonly name: string;
  readonly type: InstrumentType;
  /** yyyy-mm-dd */
  readonly expiry?: string;
  /** Rupees. */
  readonly strike?: number;
  readonly lotSize: number;
  /** Rupees. */
  readonly tickSize: number;
}

/** Looks instruments up; what the rest of the program sees, whatever stands behind it. */
export interface Instruments {
  /** The name for people; the token where there is no other. */
  symbolOf(key: InstrumentKey): string;
  get(key: InstrumentKey): Instrument | undefined;
  /** The instrument of a name such as `NSE:RELIANCE-EQ`, `NIFTY 50` or `sbin`; the exchange may be left out. */
  find(word: string, exchange?: Exchange): Instrument | undefined;
  /** The nearest symbols to a word nobody knows, best first, written `nse:RELIANCE-EQ`. */
  suggest(word: string, limit?: number): string[];
  search(query: string, limit: number, exchange?: Exchange): Instrument[];
  /** Whether a token that is not found does not exist: true once a whole master is loaded. */
  readonly complete: boolean;
  status(): {
    readonly rows: number;
    /** ms since the Unix epoch. */
    readonly asOf?: number;
    readonly source: "built-in" | "file" | "download" | "kept";
  };
}

/**
 * The number under which the stream knows an index: the exchange's own (26000) with 999 in front. All other tokens are
 * as they were.
 *
 * Source: the announcement on the official forum of March 2024, and the two rows that the master has for each index.
 */
export function canonicalToken(exchange: Exchange, token: string): string {
  const index = exchange === "nse" ? /^260[0-9]{2}$/ : exchange === "bse" ? /^190[0-9]{2}$/ : undefined;
  return index?.test(token) ? `999${token}` : token;
}
