import { z } from "zod";
import type { Valuation } from "../../../chain/valuation.ts";
import { freshness, instrument, price, source, symbol, time } from "../../json/schemas/fields.ts";
import { age } from "./fields.ts";

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
