import { z } from "zod";
import { success } from "./fields.ts";

export const recordingsAnswer = z.object({
  status: success,
  message: z.string(),
  data: z.array(z.object({
    date: z.string().describe("a day in India, as 2026-11-20"),
    recorded: z.enum(["live", "simulated"]).describe("prices of the broker, or made up"),
    bytes: z.int().describe("of its file"),
  })).describe("oldest first; of each day at most one of both"),
});
