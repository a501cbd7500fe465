import { type Exchange, exchangeOfType, isExchange } from "./market.ts";

/**
 * What the broker's profiles and documents, and other brokers' programs, call the exchanges. Sources: SmartAPI
 * documentation, "User" and "WebSocket Streaming 2.0"; the sample of the instrument list in the former.
 */
const OTHER_NAMES: Readonly<Record<string, Exchange>> = {
  nse_cm: "nse",
  nse_eq: "nse",
  nse_fo: "nfo",
  bse_cm: "bse",
  bse_eq: "bse",
  bse_fo: "bfo",
  mcx_fo: "mcx",
  mcx_com: "mcx",
  ncx_fo: "ncdex",
  ncdex_fo: "ncdex",
  cde_fo: "cds",
  ncd_fo: "cds",
  nse_cd: "cds",
};

/** The exchange that a word names, in any case: `NSE`, `nse_cm`, or the broker's number as text. */
export function exchangeNamed(word: string): Exchange | undefined {
  const name = word.trim().toLowerCase();
  if (isExchange(name)) return name;
  if (Object.hasOwn(OTHER_NAMES, name)) return OTHER_NAMES[name];
  return /^[0-9]{1,2}$/.test(name) ? exchangeOfType(Number(name)) : undefined;
}

/** Where the derivatives of a cash market trade, by the name of that market; of another one, only there. */
export function derivativesOf(exchange: Exchange): readonly Exchange[] {
  return exchange === "nse" ? ["nfo", "cds"] : exchange === "bse" ? ["bfo"] : [exchange];
}
