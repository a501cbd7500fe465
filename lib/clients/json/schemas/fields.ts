import { z } from "zod";
import type { Freshness } from "../../../feed/freshness.ts";
import { EXCHANGES, MODES } from "../../../market/market.ts";

/**
 * The shapes of what the proxy sends, for their description. It is not checked by them at run time; the suite checks
 * that every field that is sent is in them. Times are ms since the Unix epoch; prices are rupees, points for indices.
 */

const FRESHNESS = ["live", "quiet", "stale", "closed", "suspect"] as const satisfies readonly Freshness[];

export const time = z.int().describe("ms since 1970");
export const exchange = z.enum(EXCHANGES);
export const exchangeType = z.int().describe("the broker's number of the exchange");
export const token = z.string().describe("the broker's number of the instrument");
export const instrument = z.string().describe("exchange:token");
export const symbol = z.string();
export const mode = z.enum(MODES);
export const price = z.number();

export const id = z.union([z.string(), z.number()]).optional().describe("that of the command");

export const source = z.enum(["live", "simulated", "replay"])
  .describe(
    "live: from Angel One. simulated: every price is made up. replay: every price is of a recorded day",
  );

export const level = z.object({ price, quantity: z.number(), orders: z.number() });

/** The fields of every tick, and what its mode adds. */
export const tickFields = {
  exchange,
  exchange_type: exchangeType,
  token,
  symbol,
  mode: mode.describe("how much of the tick is known; it may be less than was asked for"),
  last_traded_price: price,
  timestamp: z.string().optional().describe("the exchange's clock in Indian time, as 2026-11-20 10:15:32"),
  exchange_timestamp: time.optional().describe("the same in ms since 1970"),
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

export const freshness = z.enum(FRESHNESS).describe("what the price is worth");

export const feed = {
  upstream: z.object({
    state: z.enum(["up", "connecting", "down", "refused"]),
    reason: z.string().optional().describe("why it is down or refused"),
  }),
  markets: z.record(
    z.string(),
    z.object({ state: z.string(), day: z.string().optional(), stale: z.boolean() }),
  ).describe("by exchange: those that are wanted or have a watch list"),
};

export const budget = z.object({ used: z.int(), capacity: z.int(), reserved: z.int(), left: z.int() })
  .describe("instruments that the broker's sockets carry for all clients together");
