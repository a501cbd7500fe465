import type { Instrument, InstrumentType } from "../../instruments/instrument.ts";
import { DAY_MS } from "../../market/ist.ts";
import { sessionSpan } from "../../market/session_span.ts";
import type { HttpSources } from "./sources.ts";

/** What the charts call the types of instruments. */
const TYPE_OF: Readonly<Record<InstrumentType, string>> = {
  index: "index",
  equity: "stock",
  future: "futures",
  option: "option",
  other: "stock",
  underlying: "index",
};

export const SYMBOL_TYPES = [
  { name: "Stock", value: "stock" },
  { name: "Index", value: "index" },
  { name: "Futures", value: "futures" },
  { name: "Option", value: "option" },
];

/** An instrument as the charts want it described. */
export function symbolOf(
  instrument: Instrument,
  resolutions: readonly string[],
  { clock, hours }: Pick<HttpSources, "clock" | "hours">,
): Record<string, unknown> {
  const { key, symbol, name, type } = instrument;
  const exchange = instrument.exchange.toUpperCase();
  const { pricescale, minmov } = scaleOf(instrument.tickSize);
  const span = sessionSpan(hours, key, clock.now());
  return {
    name: symbol,
    ticker: key,
    description: name,
    type: TYPE_OF[type],
    exchange,
    listed_exchange: exchange,
    session: span === undefined ? "24x7" : sessionText(span.from, span.to),
    timezone: "Asia/Kolkata",
    format: "price",
    pricescale,
    minmov,
    has_intraday: true,
    intraday_multipliers: ["1", "3", "5", "10", "15", "30", "60"],
    has_seconds: true,
    seconds_multipliers: ["1", "5"],
    has_daily: true,
    daily_multipliers: ["1"],
    has_weekly_and_monthly: false,
    supported_resolutions: resolutions,
    volume_precision: 0,
    data_status: "streaming",
  };
}

/** An instrument that was found. */
export function foundOf({ key, exchange, symbol, name, type }: Instrument) {
  const where = exchange.toUpperCase();
  return {
    symbol,
    full_name: `${where}:${symbol}`,
    description: name,
    exchange: where,
    ticker: key,
    type: TYPE_OF[type],
  };
}

/** The tick as a whole number of the smallest part of a rupee that is shown. */
function scaleOf(tickSize: number): { readonly pricescale: number; readonly minmov: number } {
  const decimals = /\.(\d+)$/.exec(String(tickSize))?.[1]?.length ?? 0;
  const pricescale = 10 ** Math.max(2, decimals);
  return { pricescale, minmov: Math.max(1, Math.round(tickSize * pricescale)) };
}

function sessionText(from: number, to: number): string {
  if (from === 0 && to === DAY_MS) return "24x7";
  const text = (ms: number) => {
    const minutes = Math.floor(ms / 60_000);
    return `${String(Math.floor(minutes / 60)).padStart(2, "0")}${String(minutes % 60).padStart(2, "0")}`;
  };
  return `${text(from)}-${text(to)}`;
}
