import { z } from "zod";
import { INTERVAL_NAMES } from "../../../candles/interval.ts";
import { candle } from "../../json/schemas/candles.ts";
import { instrument, source, symbol, time } from "../../json/schemas/fields.ts";
import { asked, doubt } from "./fields.ts";
import { refusedQuote } from "./quotes.ts";

const refusedCandles = refusedQuote.omit({ freshness: true });

/** The candles of one instrument. */
export const candlesRow = z.object({
  asked,
  status: z.literal("accepted"),
  doubt,
  instrument,
  symbol,
  missing: z.string().optional().describe("why candles may be missing"),
  candles: z.array(candle),
});

export const candlesAnswer = z.object({
  status: z.enum(["success", "partial"]).describe("partial: some rows were refused"),
  code: z.string().optional().describe("of the first row that was refused"),
  message: z.string(),
  source,
  as_of: time,
  interval: z.enum(INTERVAL_NAMES),
  data: z.array(z.union([candlesRow, refusedCandles])),
});
