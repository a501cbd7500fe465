import { z } from "zod";
import type { ChainNews } from "../../../chain/rolling_chain.ts";
import { instrument, mode, price, symbol } from "./fields.ts";

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
