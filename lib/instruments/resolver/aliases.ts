import { isShareSeries } from "../series.ts";

/**
 * Other names of indices, without blanks, and the symbol of each in the broker's list, without blanks as well. Sources:
 * OpenAlgo's documentation, "Symbol format"; the symbol pages of Yahoo Finance and of TradingView.
 */
const INDEX_ALIASES: Readonly<Record<string, string>> = {
  "NIFTY": "NIFTY50",
  "BANKNIFTY": "NIFTYBANK",
  "FINNIFTY": "NIFTYFINSERVICE",
  "NIFTYFINANCIALSERVICES": "NIFTYFINSERVICE",
  "CNXFINANCE": "NIFTYFINSERVICE",
  "MIDCPNIFTY": "NIFTYMIDSELECT",
  "NIFTYMIDCAPSELECT": "NIFTYMIDSELECT",
  "NIFTYNXT50": "NIFTYNEXT50",
  "NIFTYJR": "NIFTYNEXT50",
  "CNXNIFTYJUNIOR": "NIFTYNEXT50",
  "VIX": "INDIAVIX",
  "^NSEI": "NIFTY50",
  "^NSEBANK": "NIFTYBANK",
  "^NSMIDCP": "NIFTYNEXT50",
  "^INDIAVIX": "INDIAVIX",
  "^BSESN": "SENSEX",
  "^CRSLDX": "NIFTY500",
  "^NSEMDCP50": "NIFTYMIDCAP50",
};

/** The symbol, without blanks, of the index that a text is another name of; the text itself where it is none. */
export function indexAlias(text: string): string {
  const squeezed = text.replace(/[ _]/g, "");
  if (Object.hasOwn(INDEX_ALIASES, squeezed)) return INDEX_ALIASES[squeezed]!;
  // ^CNXIT is NIFTY IT.
  const [, sector] = /^\^?CNX([A-Z0-9]+)$/.exec(squeezed) ?? [];
  return sector === undefined ? squeezed : `NIFTY${sector}`;
}

/**
 * The same name as others write it: TradingView has `M_M` and `BAJAJ_AUTO` for `M&M` and `BAJAJ-AUTO`; people put blanks
 * beside signs, and leave out the hyphen before a series.
 *
 * @param text In capitals with single blanks.
 */
export function spellings(text: string): string[] {
  const found = new Set<string>();
  const tight = text.replace(/ ?([&-]) ?/g, "$1");
  found.add(tight);
  const [, base, series] = /^(.+)[ ._]([A-Z0-9]{2})$/.exec(tight) ?? [];
  if (base !== undefined && isShareSeries(series)) found.add(`${base}-${series}`);
  if (tight.includes("_")) { for (const sign of ["&", "-", " "]) found.add(tight.replaceAll("_", sign)); }
  if (tight.includes("_") && base !== undefined && isShareSeries(series)) {
    for (const sign of ["&", "-"]) found.add(`${base.replaceAll("_", sign)}-${series}`);
  }
  if (tight.includes(" ")) found.add(tight.replaceAll(" ", ""));
  found.delete(text);
  return [...found];
}
