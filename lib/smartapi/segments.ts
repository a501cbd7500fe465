import { type Exchange, EXCHANGES } from "../market/market.ts";

/** How the broker's REST calls write an exchange: `NSE`, `NFO` and so on. */
export function restExchange(exchange: Exchange): string {
  return exchange.toUpperCase();
}

/** The exchange of a REST call's word, in any case; undefined for a word that is none. */
export function exchangeOfRest(word: unknown): Exchange | undefined {
  return typeof word === "string"
    ? EXCHANGES.find((exchange) => restExchange(exchange) === word.toUpperCase())
    : undefined;
}

/**
 * What profiles and the SDKs call the segments.
 *
 * Source: SmartAPI documentation, "User"; `config/constant.js` of the official JavaScript SDK 1.0.27.
 */
export const SEGMENTS: Readonly<Record<Exchange, string>> = {
  nse: "nse_cm",
  nfo: "nse_fo",
  bse: "bse_cm",
  bfo: "bse_fo",
  mcx: "mcx_fo",
  ncdex: "ncx_fo",
  cds: "cde_fo",
};
