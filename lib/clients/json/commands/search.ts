import { z } from "zod";
import { listAge } from "../../../instruments/list_age.ts";
import { countOf, instrumentFields } from "../rows.ts";
import { defineCommand, success } from "./define_command.ts";
import { exchange, numberFrom, optional } from "./fields.ts";

export const MAX_SEARCH_ROWS = 100;

export const DEFAULT_SEARCH_ROWS = 20;

/** Looks instruments up by the words of their names. */
export const search = defineCommand({
  name: "search",
  fields: {
    query: z.union([z.string(), z.number()], "must be a text").transform(String).pipe(
      z.string().trim().min(1, "is empty").max(100),
    ),
    limit: optional(numberFrom(
      z.number("must be a number").int().min(1).max(MAX_SEARCH_ROWS, `must be at most ${MAX_SEARCH_ROWS}`),
    )),
    exchange: optional(exchange),
  },
  units: () => 20,
  handle({ query, limit = DEFAULT_SEARCH_ROWS, exchange }, { instruments, clock }) {
    const found = instruments.search(query, limit, exchange);
    const { complete, loaded, text } = listAge(instruments, clock.now());
    const where = complete || !loaded ? "" : ` in the list ${text}`;
    return success(`${countOf(found.length)} found${where}`, found.map(instrumentFields));
  },
});
