import { z } from "zod";
import type { Instrument } from "../../instruments/instrument.ts";
import { listAge } from "../../instruments/list_age.ts";
import type { ListAge } from "../../instruments/resolver/resolution.ts";
import { keyOf } from "../../market/market.ts";
import { DEFAULT_SEARCH_ROWS, MAX_SEARCH_ROWS } from "../json/commands/search.ts";
import { countOf, instrumentFields } from "../json/rows.ts";
import { errorResponse } from "./http_error.ts";
import { exchange, format, token } from "./parameters.ts";
import { keptCsv, keptJson } from "./responses.ts";
import { defineRoute, type HttpRoute } from "./route.ts";
import { table } from "./schemas/fields.ts";
import { instrumentAnswer, searchAnswer } from "./schemas/instruments.ts";
import type { HttpSources } from "./sources.ts";

/** The list of instruments changes once a day, or when it has been loaded. */
const KEEP_SECONDS = 60;

const COLUMNS = [
  "instrument",
  "exchange",
  "token",
  "symbol",
  "name",
  "type",
  "expiry",
  "strike",
  "lot_size",
  "tick_size",
];

const RANGE = `must be a whole number from 1 to ${MAX_SEARCH_ROWS}`;

/** Looks instruments up by the words of their names. */
export function searchRoute({ instruments }: HttpSources): HttpRoute {
  return defineRoute({
    path: "/search",
    summary: "Instruments by the words of their names, best first",
    query: {
      query: z.string("is missing, such as query=nifty bank").trim().min(1, "is empty")
        .max(100, "is longer than 100").describe("words that stand in the symbol or the name"),
      exchange: exchange.optional(),
      limit: z.number(RANGE).int(RANGE).min(1, RANGE).max(MAX_SEARCH_ROWS, RANGE)
        .default(DEFAULT_SEARCH_ROWS).describe("rows at most"),
      format,
    },
    answers: { "application/json": searchAnswer, "text/csv": table },
    units: () => 20,
    answer({ query, exchange, limit, format }, call) {
      const rows = instruments.search(query, limit, exchange).map(rowOf);
      if (format === "csv") return keptCsv(call, COLUMNS, rows, KEEP_SECONDS);
      const body = { status: "success", message: `${countOf(rows.length)} found`, data: rows };
      return keptJson(call, body, KEEP_SECONDS);
    },
  });
}

/** One instrument of the broker's list. */
export function instrumentRoute({ instruments, clock }: HttpSources): HttpRoute {
  return defineRoute({
    path: "/instruments/{exchange}/{token}",
    summary: "One instrument of the broker's list",
    query: {},
    pathParameters: { exchange, token },
    answers: { "application/json": instrumentAnswer },
    answer({ exchange, token }, call) {
      const found = instruments.get(keyOf(exchange, token));
      if (found !== undefined) return keptJson(call, { status: "success", data: rowOf(found) }, KEEP_SECONDS);
      return errorResponse({
        http: 404,
        code: "unknown_instrument",
        message: notFound(listAge(instruments, clock.now())),
      });

      function notFound({ complete, loaded, text }: ListAge): string {
        if (complete) {
          return `${exchange} has no instrument with the token ${token} today; expired contracts disappear. /search finds names`;
        }
        return loaded
          ? `The list ${text} has no ${exchange}:${token}; it may have been listed since`
          : "The instrument master is not loaded yet; ask again in a moment";
      }
    },
  });
}

function rowOf(instrument: Instrument): Record<string, unknown> {
  return { instrument: instrument.key, ...instrumentFields(instrument) };
}
