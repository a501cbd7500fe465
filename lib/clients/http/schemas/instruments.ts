import { z } from "zod";
import type { InstrumentType } from "../../../instruments/instrument.ts";
import { exchange, instrument, price, symbol, token } from "../../json/schemas/fields.ts";
import { success } from "./fields.ts";

const INSTRUMENT_TYPES = [
  "index",
  "equity",
  "future",
  "option",
  "other",
] as const satisfies readonly InstrumentType[];

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
