import { z } from "zod";

/** The shapes of the answers over HTTP, for their description; see `json/schemas/fields.ts`. Here: what several of them have. */

export const success = z.literal("success");
export const age = z.int();

export const asked = z.string().describe("the instrument as the request named it");

export const doubt = z.string().optional().describe(
  "why it may not exist: the list of instruments is old and lacks it",
);

export const table = z.string().describe("a line with the names of the columns, then one for each row");
