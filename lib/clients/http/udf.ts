import { z } from "zod";
import { covers } from "../../access/entitlement.ts";
import type { Candle } from "../../candles/candle.ts";
import { type Interval, lengthOf } from "../../candles/interval.ts";
import { exchangeNamed } from "../../market/exchange_names.ts";
import { EXCHANGES, splitKey } from "../../market/market.ts";
import { type CandleStretch, estimate, spanFor, tooManyCandles } from "../candle_rows.ts";
import { permittedRows, readAll } from "./candles.ts";
import type { RoutedCall } from "./http_call.ts";
import { jsonResponse, keptJson, textResponse } from "./responses.ts";
import { defineRoute, type HttpRoute } from "./route.ts";
import { udfBars, udfConfig, udfFound, udfSymbol, udfText } from "./schemas/udf.ts";
import type { HttpSources } from "./sources.ts";
import { foundOf, SYMBOL_TYPES, symbolOf } from "./udf_symbols.ts";

/**
 * The Universal Data Feed of TradingView's charting library, which OpenBB reads as well.
 *
 * Source: "UDF" in the documentation of TradingView's Advanced Charts. An error has the HTTP status 200 there.
 */

/** What the charts call the lengths of candles. */
const RESOLUTIONS = {
  "1S": "1s",
  "S": "1s",
  "5S": "5s",
  "1": "1m",
  "3": "3m",
  "5": "5m",
  "10": "10m",
  "15": "15m",
  "30": "30m",
  "60": "1h",
  "1D": "1d",
  "D": "1d",
} as const satisfies Readonly<Record<string, Interval>>;

type Resolution = keyof typeof RESOLUTIONS;

const RESOLUTION_NAMES = Object.keys(RESOLUTIONS) as [Resolution, ...Resolution[]];

/** Those with two names have one here. */
export const SUPPORTED: readonly Resolution[] = RESOLUTION_NAMES.filter((name) =>
  name !== "S" && name !== "D"
);

/** Bars where a request does not say since when. */
const USUAL_BARS = 300;

/** In India the day of a candle begins so much before that of the charts, which count days in UTC. */
const DAY_OFFSET_MS = 5.5 * 3_600_000;

/** So far back is looked for what the charts should ask for next. */
const LOOK_BACK_MS = 10 * 86_400_000;

const SECONDS = "must be seconds since 1970";
const seconds = z.string().regex(/^-?\d{1,12}$/, SECONDS).transform((text) => Number(text) * 1000).optional();

const symbol = z.string("is missing, such as symbol=NSE:SBIN-EQ").trim().min(1, "is empty").max(
  100,
  "is too long",
);

/** The library sends them where it is told of several; there is one here. */
const ignored = z.string().max(100).optional().describe("is passed over");

const COUNT = "must be a whole number from 1 to 10000";
const ROWS = "must be a whole number from 1 to 100";

const KEEP_SECONDS = 60;

export function udfRoutes(sources: HttpSources): HttpRoute[] {
  return [
    configRoute(),
    timeRoute(sources),
    symbolsRoute(sources),
    searchRoute(sources),
    historyRoute(sources),
  ];
}

function configRoute(): HttpRoute {
  const config = {
    supported_resolutions: SUPPORTED,
    supports_search: true,
    supports_group_request: false,
    supports_marks: false,
    supports_timescale_marks: false,
    supports_time: true,
    exchanges: [
      { value: "", name: "All", desc: "" },
      ...EXCHANGES.map((exchange) => ({
        value: exchange.toUpperCase(),
        name: exchange.toUpperCase(),
        desc: "",
      })),
    ],
    symbols_types: [{ name: "All", value: "" }, ...SYMBOL_TYPES],
  };
  return defineRoute({
    path: "/udf/config",
    summary: "TradingView's data feed: what it can",
    query: {},
    answers: { "application/json": udfConfig },
    answer: (_, call) => keptJson(call, config, KEEP_SECONDS),
  });
}

function timeRoute({ clock }: HttpSources): HttpRoute {
  return defineRoute({
    path: "/udf/time",
    summary: "TradingView's data feed: the proxy's clock, seconds since 1970",
    query: {},
    answers: { "text/plain": udfText },
    answer: () => textResponse(String(Math.floor(clock.now() / 1000))),
  });
}

function symbolsRoute(sources: HttpSources): HttpRoute {
  return defineRoute({
    path: "/udf/symbols",
    summary: "TradingView's data feed: one instrument",
    query: {
      symbol: symbol.describe("a name, such as NSE:SBIN-EQ"),
      currencyCode: ignored,
      unitId: ignored,
    },
    answers: { "application/json": udfSymbol },
    units: () => 5,
    answer({ symbol }, call) {
      const found = sources.instruments.resolve(symbol);
      if (found.kind !== "found") return problem(found.message);
      const instrument = sources.instruments.get(found.key);
      if (instrument === undefined) return problem("the list of instruments has nothing of it");
      return keptJson(call, symbolOf(instrument, SUPPORTED, sources), KEEP_SECONDS);
    },
  });
}

function searchRoute({ instruments }: HttpSources): HttpRoute {
  return defineRoute({
    path: "/udf/search",
    summary: "TradingView's data feed: instruments by the words of their names",
    query: {
      query: z.string().trim().max(100, "is longer than 100").default("").describe(
        "words; none finds nothing",
      ),
      type: z.string().max(20).default("").describe("stock, index, futures or option; all where it is empty"),
      exchange: z.string().max(20).default("").describe("such as NSE; all where it is empty"),
      limit: z.number(ROWS).int(ROWS).min(1, ROWS).max(100, ROWS).default(30).describe("rows at most"),
    },
    answers: { "application/json": udfFound },
    units: () => 20,
    answer({ query, type, exchange, limit }, call) {
      const where = exchange === "" ? undefined : exchangeNamed(exchange);
      const known = exchange === "" || where !== undefined;
      const rows = query === "" || !known ? [] : instruments.search(query, limit, where).map(foundOf);
      return keptJson(call, rows.filter((row) => type === "" || row.type === type), KEEP_SECONDS);
    },
  });
}

function historyRoute(sources: HttpSources): HttpRoute {
  return defineRoute({
    path: "/udf/history",
    summary: "TradingView's data feed: candles",
    query: {
      symbol: symbol.describe("a name, such as NSE:SBIN-EQ, or a ticker, such as nse:3045"),
      resolution: z.enum(RESOLUTION_NAMES, `must be one of ${RESOLUTION_NAMES.join(", ")}`)
        .describe("how long a candle is: minutes, or S and D for seconds and days"),
      from: seconds.describe("seconds since 1970, included"),
      to: seconds.describe("seconds since 1970, not included; now, where it is missing"),
      countback: z.number(COUNT).int(COUNT).min(1, COUNT).max(10_000, COUNT).optional()
        .describe("so many candles before `to`, whatever `from` says"),
      currencyCode: ignored,
      unitId: ignored,
    },
    answers: { "application/json": udfBars },
    units: () => 25,
    async answer({ symbol, resolution, from, to, countback }, call) {
      const interval = RESOLUTIONS[resolution];
      const offset = interval === "1d" ? DAY_OFFSET_MS : 0;
      const end = Math.min(to ?? Infinity, sources.candles.now() + lengthOf(interval) + offset) - offset;
      const usual = end - spanFor(interval, countback ?? USUAL_BARS);
      const begin = from === undefined || countback !== undefined
        ? Math.min(usual, (from ?? usual) - offset)
        : from - offset;
      if (begin >= end) return jsonResponse({ s: "no_data" });
      const stretch = { from: begin, to: end };
      const wrong = tooManyCandles(1, estimate(interval, stretch));
      if (wrong !== undefined) return problem(wrong);
      return await history(symbol, interval, stretch, countback, call, sources);
    },
  });
}

/** Bars that are written in a unit of work. */
const BARS_PER_UNIT = 100;

async function history(
  symbol: string,
  interval: Interval,
  stretch: CandleStretch,
  countback: number | undefined,
  call: RoutedCall,
  sources: HttpSources,
): Promise<Response> {
  const found = sources.instruments.resolve(symbol);
  if (found.kind !== "found") return problem(found.message);
  const { key } = found;
  if (!covers(call.entitlement, splitKey(key).exchange)) {
    return problem("this access token is not for its exchange");
  }
  permittedRows([{ status: "accepted", key }], stretch, call, sources);
  const { candles, missing } = await readAll(sources.candles, key, interval, stretch, call);
  const wanted = countback === undefined ? candles : candles.slice(-countback);
  if (wanted.length > 0) {
    return await call.turn(1 + wanted.length / BARS_PER_UNIT, () => jsonResponse(barsOf(wanted, interval)));
  }
  if (missing !== undefined) return problem(missing);
  const before = { from: stretch.from - LOOK_BACK_MS, to: stretch.from };
  const earlier = await readAll(sources.candles, key, interval, before, call);
  const last = earlier.candles.at(-1);
  return jsonResponse({ s: "no_data", ...last === undefined ? {} : { nextTime: timeOf(last, interval) } });
}

/** The columns of the feed. Where the volume of a candle is not known, none is told. */
function barsOf(candles: readonly Candle[], interval: Interval): Record<string, unknown> {
  const volumes = candles.map(({ volume }) => volume);
  return {
    s: "ok",
    t: candles.map((candle) => timeOf(candle, interval)),
    o: candles.map(({ open }) => open),
    h: candles.map(({ high }) => high),
    l: candles.map(({ low }) => low),
    c: candles.map(({ close }) => close),
    ...volumes.includes(undefined) ? {} : { v: volumes },
  };
}

/** Seconds since 1970; of a day, its beginning in UTC. */
function timeOf({ time }: Candle, interval: Interval): number {
  return (time + (interval === "1d" ? DAY_OFFSET_MS : 0)) / 1000;
}

function problem(errmsg: string): Response {
  return jsonResponse({ s: "error", errmsg });
}
