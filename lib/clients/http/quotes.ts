import { EXCHANGE_TYPES, type InstrumentKey, type Mode, splitKey } from "../../market/market.ts";
import type { Row } from "../instrument_selection.ts";
import { refusedWords, statusOf } from "../instrument_selection.ts";
import { countOf } from "../json/rows.ts";
import { subscriptionState } from "../subscription_state.ts";
import { errorResponse, isHttpError } from "./http_error.ts";
import type { LeaseHolder } from "./leases.ts";
import { csvRows, jsonRows } from "./long_answers.ts";
import { checkSelection, format, mode, selection, selectionUnits, wait } from "./parameters.ts";
import { quoteColumns, quoteCsvRow } from "./quote_csv.ts";
import { defineRoute, type HttpRoute } from "./route.ts";
import { table } from "./schemas/fields.ts";
import { quotesAnswer } from "./schemas/quotes.ts";
import { nothingAccepted, refusedRow, selected } from "./selected_rows.ts";
import type { HttpSources } from "./sources.ts";

/** The freshness of a row that has no price. */
const UNKNOWN = "unknown";

/** Rows that are leased, or of which the last value is read, in a unit of work. */
const ROWS_PER_UNIT = 10;

const unitsOf = ({ length }: readonly Row[]) => 1 + length / ROWS_PER_UNIT;

/** The last values of instruments, with what each is worth. Who asks for them is subscribed for a while. */
export function quotesRoute(sources: HttpSources): HttpRoute {
  const { leases, status } = sources;
  return defineRoute({
    path: "/quotes",
    summary: "Last values with their freshness and age",
    query: { ...selection, mode, wait, format },
    check: checkSelection,
    answers: { "application/json": quotesAnswer, "text/csv": table },
    units: (input) => 2 * selectionUnits(input),
    inPieces: true,
    async answer(input, call) {
      const found = await selected(input, sources, call.turn);
      if (isHttpError(found)) return errorResponse(found);
      const holder = leases.of(call.peer, call.entitlement);
      const rows = await call.turn(unitsOf(found.rows), () => holder.take(found.rows, input.mode));
      const nothing = nothingAccepted({ asked: found.asked, rows });
      if (nothing !== undefined) return errorResponse(nothing);
      const keys = rows.flatMap((row) => row.status === "accepted" ? [row.key] : []);
      await holder.firstTicks(keys, input.mode, input.wait);
      const { source } = status();
      // All are of one moment; to write them takes several turns.
      const { asOf, quotes } = await call.turn(unitsOf(rows), () => ({
        asOf: sources.clock.now(),
        quotes: rows.map((row, i): Record<string, unknown> => ({
          asked: found.asked[i]!,
          ...quoteOf(row, input.mode, holder, sources),
        })),
      }));
      if (input.format === "csv") {
        const cells = (quote: Record<string, unknown>) => quoteCsvRow({ ...quote, source });
        return await csvRows(quoteColumns(input.mode), quotes, cells, call.turn);
      }
      const message = `${countOf(keys.length)}${refusedWords(rows)}`;
      return await jsonRows({ ...statusOf(rows), message, source, as_of: asOf }, quotes, call.turn);
    },
  });
}

/**
 * One row of the answer. Its fields are those of a tick of the JSON wire; times in ms since the Unix epoch. Whatever a
 * program looks at first, only a price that is live says so: a row without a price is `unknown`, and why stands in it.
 */
function quoteOf(
  row: Row,
  mode: Mode,
  holder: LeaseHolder,
  sources: HttpSources,
): Record<string, unknown> {
  if (row.status === "refused") return { ...refusedRow(row), freshness: UNKNOWN };
  const { marketData, ticks } = sources;
  const { key } = row;
  const accepted = { status: row.status, ...row.doubt === undefined ? {} : { doubt: row.doubt } };
  const last = marketData.last(key);
  if (last === undefined || !last.hasPrice(mode)) {
    const stand = subscriptionState(holder, key, sources);
    const why = last === undefined ? stand : {
      instrument: stand.instrument,
      symbol: stand.symbol,
      market: stand.market,
      state: "no_data",
      since: holder.subscribedAt(key)?.now,
      reason: stand.reason ?? "its price is not to be believed",
    };
    return { ...accepted, ...why, freshness: UNKNOWN, ...instrumentFields(key), mode };
  }
  const { exchangeTime, ...tick } = last.tick;
  const pricedAt = (tick.mode === "snapquote" ? tick.lastTradeTime : undefined) ?? exchangeTime;
  const now = marketData.now();
  return {
    ...accepted,
    instrument: key,
    freshness: marketData.freshness(key, mode),
    last_tick_age_ms: marketData.ageMs(key),
    // An exchange that told no time leaves the age unknown.
    ...pricedAt > 0 ? { price_age_ms: Math.max(0, now - pricedAt) } : {},
    ...ticks.fieldsIn(mode, last),
  };
}

function instrumentFields(key: InstrumentKey): Record<string, unknown> {
  const { exchange, token } = splitKey(key);
  return { exchange, exchange_type: EXCHANGE_TYPES[exchange], token };
}
