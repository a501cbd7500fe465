import { z } from "zod";
import type { Freshness } from "../../feed/freshness.ts";
import type { InstrumentType } from "../../instruments/instrument.ts";
import { EXCHANGES, MODES } from "../../market/market.ts";

/**
 * The shapes of the answers, for their description. Answers are not checked by them at run time; the suite checks that
 * every field of every answer is in them. Times are ms since the Unix epoch; prices are rupees, points for indices.
 */

const FRESHNESS = ["live", "quiet", "stale", "closed", "suspect"] as const satisfies readonly Freshness[];

const INSTRUMENT_TYPES = [
  "index",
  "equity",
  "future",
  "option",
  "other",
] as const satisfies readonly InstrumentType[];

const time = z.int().describe("ms since 1970");
const age = z.int().describe("ms");
const exchange = z.enum(EXCHANGES);
const exchangeType = z.int().describe("the broker's number of the exchange");
const token = z.string().describe("the broker's number of the instrument");
const instrument = z.string().describe("exchange:token");
const symbol = z.string();
const mode = z.enum(MODES);
const success = z.literal("success");
const price = z.number();

export const source = z.enum(["live", "simulated"])
  .describe("live: from Angel One. simulated: every price is made up");

export const level = z.object({ price, quantity: z.number(), orders: z.number() });

const tick = {
  exchange,
  exchange_type: exchangeType,
  token,
  symbol,
  mode: mode.describe("how much of the tick is known; it may be less than was asked for"),
  last_traded_price: price,
  timestamp: z.string().describe("the exchange's clock in Indian time, as 2026-11-20 10:15:32"),
  exchange_timestamp: time.describe("the same in ms since 1970"),
  sequence_number: z.number(),
  ...z.object({
    last_traded_quantity: z.number(),
    average_traded_price: price,
    volume: z.number(),
    total_buy_quantity: z.number(),
    total_sell_quantity: z.number(),
    open: price,
    high: price,
    low: price,
    close: price.describe("of the previous session"),
    last_traded_timestamp: time,
    open_interest: z.number(),
    upper_circuit: price,
    lower_circuit: price,
    week52_high: price,
    week52_low: price,
    bids: z.array(level),
    asks: z.array(level),
  }).partial().shape,
};

const asked = z.string().describe("the instrument as the request named it");

/** An instrument with a price. */
export const quote = z.object({
  asked,
  status: z.literal("accepted"),
  instrument,
  freshness: z.enum(FRESHNESS).describe("what the price is worth now"),
  last_tick_age_ms: age.describe("ms since its last tick came to the proxy"),
  price_age_ms: age.describe("ms since the exchange made the price; in snapquote since the last trade"),
  ...tick,
});

/** An instrument that is subscribed, and of which no price is known. */
export const quoteWithoutPrice = z.object({
  asked,
  status: z.literal("accepted"),
  instrument,
  symbol,
  freshness: z.literal("unknown"),
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

export const statusAnswer = z.object({
  status: success,
  source,
  version: z.string(),
  as_of: time,
  upstream: z.object({
    state: z.enum(["up", "connecting", "down", "refused"]),
    reason: z.string().optional().describe("why it is down or refused"),
  }),
  markets: z.record(
    z.string(),
    z.object({ state: z.string(), day: z.string().optional(), stale: z.boolean() }),
  ).describe("by exchange: those that are wanted or have a watch list"),
  budget: z.object({ used: z.int(), capacity: z.int(), reserved: z.int(), left: z.int() })
    .describe("instruments that the broker's sockets carry for all clients together"),
});

export const errorAnswer = z.object({
  status: z.literal("error"),
  code: z.string().describe("for programs"),
  message: z.string().describe("for people: what was wrong, and what would do"),
  data: z.array(refusedQuote.partial({ freshness: true })).optional().describe("the instruments, refused"),
});

export const table = z.string().describe("a line with the names of the columns, then one for each row");

export const eventsText = z.string().describe(
  "Events info, system, gap and close, and without a name ticks; the data of each is JSON, see docs/http.md",
);
