import { z } from "zod";
import { instrument, price, symbol } from "../../json/schemas/fields.ts";

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
