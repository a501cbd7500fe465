import { z } from "zod";
import { INTERVAL_NAMES } from "../../../candles/interval.ts";
import { id, instrument, price, symbol, time } from "./fields.ts";

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
