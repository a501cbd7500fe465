import { z } from "zod";
import { countOf, instrumentFields } from "../rows.ts";
import { defineCommand, success } from "./define_command.ts";
import { exchange } from "./fields.ts";

export const MAX_SEARCH_ROWS = 100;

export const DEFAULT_SEARCH_ROWS = 20;

/** Looks instruments up by the words of their names. */
export const search = defineCommand({
  name: "search",
  fields: {
    query: z.string("must be a text").trim().min(1, "is empty").max(100),
    limit: z.number().int().min(1).max(MAX_SEARCH_ROWS, `must be at most ${MAX_SEARCH_ROWS}`).optional(),
    exchange: exchange.optional(),
  },
  units: () => 20,
  handle({ query, limit = DEFAULT_SEARCH_ROWS, exchange }, { instruments }) {
    const found = instruments.search(query, limit, exchange);
    return success(`${countOf(found.length)} found`, found.map(instrumentFields));
  },
});
