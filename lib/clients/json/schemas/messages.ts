import { z } from "zod";
import { ENCODINGS, MAX_INTERVAL_MS } from "../delivery_options.ts";
import { exchange, feed, freshness, instrument, source, symbol, tickFields, time } from "./fields.ts";
import { replay } from "./replay.ts";

const replaySource = z.literal("replay").optional().describe("of a recording, and of no price of now");

export const tick = z.object({
  ...tickFields,
  received_at: time.describe("when the proxy received it; only where `fields` names it"),
  freshness: freshness.describe("of last known values, and of ticks that are not live"),
}).partial().required({ exchange: true, token: true })
  .describe("without what the broker did not say, and without what `fields` left out");

/** The first message of a connection. */
export const info = z.object({
  type: z.literal("info"),
  message: z.string(),
  available_exchanges: z.array(exchange).describe("those that have a watch list"),
  protocol: z.literal(1),
  version: z.string(),
  source,
  epoch: z.string().describe("another one after each restart of the proxy"),
  replay: replay.optional(),
  ...feed,
});

export const marketData = z.object({
  type: z.literal("market_data"),
  compressed: z.boolean().describe("whether data is gzipped and then Base64-encoded"),
  seq: z.int().describe("counts this client's data messages from 1, without holes"),
  snapshot: z.literal(true).optional().describe("these are last known values"),
  stale: z.literal(true).optional().describe(
    "these are of before an outage, or of before a change of market phase",
  ),
  conflated: z.int().optional().describe("so many ticks were replaced by newer ones"),
  source: replaySource,
  sent_at: time.optional().describe("only where `fields` names it"),
  data: z.union([z.array(tick), z.string()]),
});

const SYSTEM = [
  "replay_completed",
  "replay_refused",
  "token_required",
  "upstream_down",
  "upstream_silent",
  "upstream_up",
  "upstream_refused",
  "subscription_refused",
  "market",
  "stale",
  "fresh",
  "suspect",
  "expired",
  "replaced",
  "renamed",
  "conflated",
  "waited",
  "restart",
  "shutdown",
] as const;

/** What happens to the feed, the markets and the proxy. */
export const system = z.object({
  type: z.literal("system"),
  status: z.enum(SYSTEM),
  message: z.string(),
  since: time.optional(),
  from: time.optional(),
  to: time.optional(),
  reason: z.string().optional(),
  exchange: exchange.optional(),
  state: z.string().optional(),
  day: z.string().optional(),
  conflated: z.int().optional(),
  gaps: z.array(z.object({ from: time, to: time })).optional().describe("what the recording does not have"),
  instruments: z.array(instrument).optional(),
  source: replaySource,
  changes: z.array(z.object({
    instrument,
    from: symbol.describe("what the number meant"),
    to: symbol.optional().describe("what it means now"),
  })).optional(),
});

/** What may stand in the address of a connection. */
export const address = z.object({
  encoding: z.enum(ENCODINGS).default("gzip"),
  interval: z.int().min(0).max(MAX_INTERVAL_MS).default(0).describe("ms; 0 for every tick"),
  token: z.string().optional().describe("the access token, where one is needed"),
});
