import { z } from "zod";
import { INTERVAL_NAMES } from "../../candles/interval.ts";
import type { Valuation } from "../../chain/valuation.ts";
import type { InstrumentType } from "../../instruments/instrument.ts";
import {
  budget,
  candle,
  exchange,
  exchangeType,
  feed,
  freshness,
  instrument,
  mode,
  price,
  source,
  symbol,
  tickFields,
  time,
  token,
} from "../json/wire_schemas.ts";

/** The shapes of the answers over HTTP, for their description; see `wire_schemas.ts`. */

const INSTRUMENT_TYPES = [
  "index",
  "equity",
  "future",
  "option",
  "other",
] as const satisfies readonly InstrumentType[];

const success = z.literal("success");
const age = z.int();

const asked = z.string().describe("the instrument as the request named it");

const doubt = z.string().optional().describe(
  "why it may not exist: the list of instruments is old and lacks it",
);

/** An instrument with a price. */
export const quote = z.object({
  asked,
  status: z.literal("accepted"),
  doubt,
  instrument,
  freshness,
  last_tick_age_ms: age.describe("ms since its last tick came to the proxy"),
  price_age_ms: age.optional().describe(
    "ms since the exchange made the price, where it told when; in snapquote since the last trade",
  ),
  ...tickFields,
});

/** An instrument that is subscribed, and of which no price is known. */
export const quoteWithoutPrice = z.object({
  asked,
  status: z.literal("accepted"),
  doubt,
  instrument,
  symbol,
  freshness: z.literal("unknown"),
  market: z.string().describe(
    "what its market does now; `unknown` where its hours or holidays are not known",
  ),
  state: z.enum(["requested", "no_data"]),
  since: time.optional(),
  reason: z.string(),
  exchange,
  exchange_type: exchangeType,
  token,
  mode,
});

export const refusedQuote = z.object({
  asked,
  status: z.literal("refused"),
  freshness: z.literal("unknown"),
  code: z.string(),
  message: z.string(),
  suggestions: z.array(z.string()).optional(),
});

const refusedCandles = refusedQuote.omit({ freshness: true });

export const quotesAnswer = z.object({
  status: z.enum(["success", "partial"]).describe("partial: some rows were refused"),
  code: z.string().optional().describe("of the first row that was refused"),
  message: z.string(),
  source,
  as_of: time,
  data: z.array(z.union([quote, quoteWithoutPrice, refusedQuote])),
});

export const NOT_VALUED = [
  "no_price",
  "stale",
  "suspect",
  "old_price",
  "wide_spread",
  "no_forward",
  "expired",
  "below_intrinsic",
  "no_time_value",
  "above_maximum",
  "not_converged",
  "refused",
] as const satisfies readonly (Extract<Valuation, { kind: "none" }>["reason"] | "refused")[];

/** One option of a chain; what is not known is absent. */
export const chainSide = z.object({
  instrument,
  symbol,
  freshness: z.union([freshness, z.literal("unknown")]),
  last_tick_age_ms: age.optional(),
  price_age_ms: age.optional().describe("ms since the last trade, by the exchange's clock"),
  last_traded_price: price.optional(),
  bid: price.optional(),
  bid_quantity: z.number().optional(),
  ask: price.optional(),
  ask_quantity: z.number().optional(),
  volume: z.number().optional(),
  open_interest: z.number().optional(),
  open_interest_change: z.number().optional().describe("since `open_interest_since`"),
  open_interest_since: time.optional().describe("when it was first asked for on this day"),
  implied_volatility: z.number().optional().describe("per cent for a year"),
  delta: z.number().optional().describe("for a point of the forward"),
  gamma: z.number().optional().describe("of the delta, for a point of the forward"),
  theta: z.number().optional().describe("for a calendar day"),
  vega: z.number().optional().describe("for one per cent of volatility"),
  valued_price: price.optional().describe("the price that was computed with"),
  valued_from: z.enum(["book", "trade"]).optional().describe("the middle of bid and ask, or the last trade"),
  not_valued: z.enum(NOT_VALUED).optional().describe("why there is no volatility"),
  code: z.string().optional().describe("why it was refused"),
  message: z.string().optional(),
});

export const chainAnswer = z.object({
  status: z.enum(["success", "partial"]).describe("partial: some contracts were refused"),
  code: z.string().optional(),
  message: z.string(),
  source,
  as_of: time,
  underlying: z.string().describe("the exchange of the contracts, and its name there"),
  expires: z.string().describe("the day of the expiry"),
  expiries: z.array(z.string()).describe("all that are listed"),
  rate: z.number().describe("per cent for a year"),
  days_left: z.number().describe("calendar days to the end of the options"),
  reference: z.object({
    instrument,
    symbol,
    last_traded_price: price.optional(),
    freshness: z.union([freshness, z.literal("unknown")]),
    last_tick_age_ms: age.optional(),
  }).describe("whose price tells which strike is at the money"),
  at_the_money: price.optional(),
  forward: z.object({
    from: z.enum(["future", "parity"]),
    price,
    instrument: instrument.optional(),
    strike: price.optional(),
  }).optional().describe("what was computed with; absent where no price tells it"),
  data: z.array(z.object({ strike: price, call: chainSide.optional(), put: chainSide.optional() }))
    .describe("by rising strike"),
});

/** The candles of one instrument. */
export const candlesRow = z.object({
  asked,
  status: z.literal("accepted"),
  doubt,
  instrument,
  symbol,
  missing: z.string().optional().describe("why candles may be missing"),
  candles: z.array(candle),
});

export const candlesAnswer = z.object({
  status: z.enum(["success", "partial"]).describe("partial: some rows were refused"),
  code: z.string().optional().describe("of the first row that was refused"),
  message: z.string(),
  source,
  as_of: time,
  interval: z.enum(INTERVAL_NAMES),
  data: z.array(z.union([candlesRow, refusedCandles])),
});

export const instrumentRow = z.object({
  instrument,
  exchange,
  token,
  symbol,
  name: z.string().describe("the underlying of a contract"),
  type: z.enum(INSTRUMENT_TYPES),
  expiry: z.string().optional().describe("the last day of a contract, as 2026-11-24"),
  strike: price.optional(),
  lot_size: z.number(),
  tick_size: z.number().describe("rupees; 0 where there is none"),
});

export const searchAnswer = z.object({ status: success, message: z.string(), data: z.array(instrumentRow) });

export const instrumentAnswer = z.object({ status: success, data: instrumentRow });

export const recordingsAnswer = z.object({
  status: success,
  message: z.string(),
  data: z.array(z.object({
    date: z.string().describe("a day in India, as 2026-11-20"),
    recorded: z.enum(["live", "simulated"]).describe("prices of the broker, or made up"),
    bytes: z.int().describe("of its file"),
  })).describe("oldest first; of each day at most one of both"),
});

export const statusAnswer = z.object({
  status: success,
  source,
  version: z.string(),
  as_of: time,
  ...feed,
  budget,
});

export const errorAnswer = z.object({
  status: z.literal("error"),
  code: z.string().describe("for programs"),
  message: z.string().describe("for people: what was wrong, and what would do"),
  data: z.array(refusedQuote.partial({ freshness: true })).optional().describe("the instruments, refused"),
  suggestions: z.array(z.string()).optional().describe("what was probably meant"),
});

/** TradingView's own words; see its documentation of UDF. */
const udfError = z.object({ s: z.literal("error"), errmsg: z.string() });

export const udfConfig = z.object({
  supported_resolutions: z.array(z.string()),
  supports_search: z.boolean(),
  supports_group_request: z.boolean(),
  supports_marks: z.boolean(),
  supports_timescale_marks: z.boolean(),
  supports_time: z.boolean(),
  exchanges: z.array(z.object({ value: z.string(), name: z.string(), desc: z.string() })),
  symbols_types: z.array(z.object({ name: z.string(), value: z.string() })),
});

export const udfSymbol = z.union([
  z.object({
    name: symbol,
    ticker: instrument,
    description: z.string(),
    type: z.string(),
    exchange: z.string(),
    listed_exchange: z.string(),
    session: z.string().describe("such as 0915-1530"),
    timezone: z.string(),
    format: z.string(),
    pricescale: z.int(),
    minmov: z.int(),
    has_intraday: z.boolean(),
    intraday_multipliers: z.array(z.string()),
    has_seconds: z.boolean(),
    seconds_multipliers: z.array(z.string()),
    has_daily: z.boolean(),
    daily_multipliers: z.array(z.string()),
    has_weekly_and_monthly: z.boolean(),
    supported_resolutions: z.array(z.string()),
    volume_precision: z.int(),
    data_status: z.string(),
  }),
  udfError,
]);

export const udfFound = z.array(z.object({
  symbol,
  full_name: z.string(),
  description: z.string(),
  exchange: z.string(),
  ticker: instrument,
  type: z.string(),
}));

export const udfBars = z.union([
  z.object({
    s: z.literal("ok"),
    t: z.array(z.int()).describe("seconds since 1970; of a day, its beginning in UTC"),
    o: z.array(price),
    h: z.array(price),
    l: z.array(price),
    c: z.array(price),
    v: z.array(z.number()).optional(),
  }),
  z.object({
    s: z.literal("no_data"),
    nextTime: z.int().optional().describe("the last candle before, seconds since 1970"),
  }),
  udfError,
]);

export const udfText = z.string().describe("seconds since 1970");

export const table = z.string().describe("a line with the names of the columns, then one for each row");

export const eventsText = z.string().describe(
  "Events info, system, gap and close, and without a name ticks; the data of each is JSON, see docs/http.md",
);
