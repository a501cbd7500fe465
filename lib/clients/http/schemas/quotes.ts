import { z } from "zod";
import {
  exchange,
  exchangeType,
  freshness,
  instrument,
  mode,
  source,
  symbol,
  tickFields,
  time,
  token,
} from "../../json/schemas/fields.ts";
import { age, asked, doubt } from "./fields.ts";

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

export const quotesAnswer = z.object({
  status: z.enum(["success", "partial"]).describe("partial: some rows were refused"),
  code: z.string().optional().describe("of the first row that was refused"),
  message: z.string(),
  source,
  as_of: time,
  data: z.array(z.union([quote, quoteWithoutPrice, refusedQuote])),
});
