import { z } from "zod";
import { INTERVAL_NAMES } from "../../candles/interval.ts";
import type { ChainNews } from "../../chain/rolling_chain.ts";
import type { Freshness } from "../../feed/freshness.ts";
import { EXCHANGES, MODES } from "../../market/market.ts";
import { ENCODINGS, MAX_INTERVAL_MS } from "./delivery_options.ts";

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

const id = z.union([z.string(), z.number()]).optional().describe("that of the command");

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

export const tick = z.object({
  ...tickFields,
  received_at: time.describe("when the proxy received it; only where `fields` names it"),
  freshness: freshness.describe("of last known values, and of ticks that are not live"),
}).partial().required({ exchange: true, token: true })
  .describe("without what the broker did not say, and without what `fields` left out");

const replayState = z.enum(["waiting", "playing", "paused", "ended"])
  .describe("waiting: until somebody subscribes");
const speed = z.number().describe("of market time to real time; 0: as fast as it is read");

/** Which day is replayed, and where it is. */
export const replay = z.object({
  date: z.string().describe("in India, 2026-11-20"),
  recorded: z.enum(["live", "simulated"]).describe("what the prices were when they were recorded"),
  from: time,
  to: time,
  time: time.describe("of the market"),
  state: replayState,
  speed,
  session: z.string().optional().describe("its name, where clients share it"),
});

/** The time of the replayed market: at each of its seconds, and when its state changes. */
export const clock = z.object({
  type: z.literal("clock"),
  source: z.literal("replay"),
  time,
  timestamp: z.string().describe("the same in Indian time, as 2026-11-20 10:15:32"),
  state: replayState,
  speed,
});

/** A replay has come to its end. */
export const end = z.object({
  type: z.literal("end"),
  source: z.literal("replay"),
  time,
  message: z.string(),
});

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

const replaySource = z.literal("replay").optional().describe("of a recording, and of no price of now");

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

export const candle = z.object({
  time: time.describe("when it begins"),
  open: price,
  high: price,
  low: price,
  close: price,
  volume: z.number().optional().describe("units; absent where no packet told"),
  open_interest: z.number().optional().describe("at its end; absent where nobody told"),
  origin: z.enum(["ticks", "recording", "broker", "mixed"]).describe("who has seen it"),
  complete: z.boolean().describe("its time is over, and all of it was seen"),
});

/** Candles that were asked for, with the id of the command, or subscribed. */
export const candleData = z.object({
  type: z.literal("candle_data"),
  data: z.array(z.object({
    instrument,
    symbol,
    interval: z.enum(INTERVAL_NAMES),
    candles: z.array(candle).describe("oldest first; a later message about the same candle replaces it"),
  })),
  id,
});

/** How far a command is that takes long. */
export const progress = z.object({ type: z.literal("progress"), done: z.int(), total: z.int(), id });

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

/** How one instrument of a command fares. */
export const row = z.object({
  status: z.enum(["accepted", "refused"]).optional(),
  instrument: z.string(),
  symbol: symbol.optional(),
  mode: mode.optional(),
  market: z.string().optional().describe(
    "what its market does now; `unknown` where its hours or holidays are not known",
  ),
  state: z.enum(["requested", "live", "no_data", "expired", "replaced"]).optional(),
  since: time.optional(),
  reason: z.string().optional(),
  chains: z.array(z.string()).optional().describe("ids of the chains that it is a part of"),
  doubt: z.string().optional().describe("why it may not exist"),
  freshness: freshness.optional(),
  last_tick_age_ms: z.int().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
  suggestions: z.array(z.string()).optional(),
  candles: z.int().optional().describe("so many were sent"),
  intervals: z.array(z.enum(INTERVAL_NAMES)).optional().describe("the candles that are subscribed"),
  missing: z.string().optional().describe("why candles may be missing"),
});

/** How a client's option chain stands. */
export const chain = z.object({
  id: z.string().describe("underlying and expiry as it was asked for, such as `nfo:NIFTY nearest`"),
  underlying: z.string().describe("the exchange of its contracts, and its name there"),
  expiry: z.string().describe("as it was asked for: nearest, next, monthly or a day"),
  expires: z.string().optional().describe("the day that this means now; absent while none is listed"),
  strikes: z.int().describe("on each side of the money"),
  mode,
  state: z.enum(["waiting", "following", "ended"]).describe("waiting: for a first price, or for a list"),
  reference: instrument.optional().describe("whose price tells which strike is at the money"),
  price: price.optional(),
  at_the_money: price.optional().describe("the strike"),
});

/** An instrument of a chain; that which tells where the money is has no strike and no side. */
export const chainPart = z.object({
  instrument,
  symbol,
  strike: price.optional(),
  side: z.enum(["CE", "PE"]).optional(),
});

const NEWS = ["started", "moved", "rolled", "changed", "ended"] as const satisfies readonly ChainNews[];

/** What has changed in a chain of the client's. */
export const chainChange = z.object({
  type: z.literal("chain"),
  status: z.enum(NEWS),
  message: z.string(),
  chain,
  added: z.array(chainPart),
  dropped: z.array(chainPart),
  refused: z.array(z.object({ instrument, code: z.string(), message: z.string() })).optional()
    .describe("what there is no room for; asked for again at the next change"),
});

/** The answer to a command; what `data` is depends on the command. */
export const reply = z.object({
  status: z.enum(["success", "partial", "error"]),
  message: z.string(),
  code: z.string().optional().describe("why not, for programs"),
  data: z.unknown().optional(),
  results: z.array(row).optional(),
  budget: budget.optional(),
  from: time.optional().describe("since when recorded ticks follow"),
  chain: chain.optional().describe("the chain that was asked for"),
  added: z.array(chainPart).optional().describe("its instruments, the nearest to the money first"),
  chains: z.array(chain).optional().describe("all chains of the client"),
  unsubscribed: z.array(z.string()).optional().describe("ids of the chains that were given up"),
  suggestions: z.array(z.string()).optional(),
  candles: z.object({ intervals: z.array(z.enum(INTERVAL_NAMES)), every: z.number(), forming: z.boolean() })
    .optional().describe("how the subscribed candles come"),
  left: z.int().optional().describe("instruments that are still subscribed"),
  id,
});

export const pong = z.object({ type: z.literal("pong"), ts: z.unknown().optional(), server_ts: time, id });

/** What may stand in the address of a connection. */
export const address = z.object({
  encoding: z.enum(ENCODINGS).default("gzip"),
  interval: z.int().min(0).max(MAX_INTERVAL_MS).default(0).describe("ms; 0 for every tick"),
  token: z.string().optional().describe("the access token, where one is needed"),
});
