import { z } from "zod";
import { budget, feed, source, time } from "../../json/schemas/fields.ts";
import { success } from "./fields.ts";
import { refusedQuote } from "./quotes.ts";

export const statusAnswer = z.object({
  status: success,
  source,
  version: z.string(),
  as_of: time,
  ...feed,
  budget,
});

export const errorAnswer = z.object({
  status: z.literal("error"),
  code: z.string().describe("for programs"),
  message: z.string().describe("for people: what was wrong, and what would do"),
  data: z.array(refusedQuote.partial({ freshness: true })).optional().describe("the instruments, refused"),
  suggestions: z.array(z.string()).optional().describe("what was probably meant"),
});
