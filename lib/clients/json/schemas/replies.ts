import { z } from "zod";
import { INTERVAL_NAMES } from "../../../candles/interval.ts";
import { chain, chainPart } from "./chain.ts";
import { budget, freshness, id, mode, symbol, time } from "./fields.ts";

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

/** How far a command is that takes long. */
export const progress = z.object({ type: z.literal("progress"), done: z.int(), total: z.int(), id });
