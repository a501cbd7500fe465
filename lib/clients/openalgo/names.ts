import type { Instrument, Instruments } from "../../instruments/instrument.ts";
import { isLesserShareSeries, seriesOf } from "../../instruments/series.ts";
import { contractDay } from "../../market/day.ts";
import { DAY_MS } from "../../market/ist.ts";
import { type InstrumentKey, splitKey } from "../../market/market.ts";

/** An instrument as OpenAlgo's programs name it: `RELIANCE` of `NSE`, `NIFTY` of `NSE_INDEX`. */
export interface OpenAlgoName {
  readonly symbol: string;
  readonly exchange: string;
}

/** Indices that have another name there than in the broker's list; without blanks. */
const INDEX_NAMES: Readonly<Record<string, string>> = {
  NIFTY50: "NIFTY",
  NIFTYBANK: "BANKNIFTY",
  NIFTYFINSERVICE: "FINNIFTY",
  NIFTYMIDSELECT: "MIDCPNIFTY",
  NIFTYNEXT50: "NIFTYNXT50",
};

/**
 * The name of an instrument of the list.
 *
 * Source: OpenAlgo's documentation, "Symbol format".
 */
function openAlgoName(instrument: Instrument): OpenAlgoName {
  const { symbol, name, type, expiry, strike } = instrument;
  const exchange = instrument.exchange.toUpperCase();
  if (type === "index") {
    const text = symbol.replaceAll(" ", "").toUpperCase();
    return { symbol: INDEX_NAMES[text] ?? text, exchange: `${exchange}_INDEX` };
  }
  if (expiry !== undefined && (type === "future" || type === "option")) {
    const tail = type === "future" ? "FUT" : `${strike}${symbol.slice(-2)}`;
    return { symbol: `${name}${contractDay(Date.parse(expiry) / DAY_MS)}${tail}`, exchange };
  }
  const series = seriesOf(symbol);
  const isShare = exchange === "NSE" && (series === "EQ" || isLesserShareSeries(series));
  return { symbol: isShare ? symbol.slice(0, -3) : symbol, exchange };
}

/** The name of an instrument; its number where the list does not have it. */
export function nameIn(instruments: Instruments, key: InstrumentKey): OpenAlgoName {
  const instrument = instruments.get(key);
  if (instrument !== undefined) return openAlgoName(instrument);
  const { exchange, token } = splitKey(key);
  return { symbol: token, exchange: exchange.toUpperCase() };
}
