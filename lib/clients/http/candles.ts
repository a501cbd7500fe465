import { z } from "zod";
import type { Candle } from "../../candles/candle.ts";
import type { CandleService } from "../../candles/candle_service.ts";
import { type Interval, INTERVAL_NAMES } from "../../candles/interval.ts";
import { istMidnight, istTimestamp } from "../../market/ist.ts";
import type { InstrumentKey } from "../../market/market.ts";
import {
  candleFields,
  candleMode,
  type CandleStretch,
  estimate,
  INTERVAL_WORDS,
  mayAskBroker,
  stretchOf,
  tooManyCandles,
} from "../candle_rows.ts";
import { refusedWords, type Row, statusOf } from "../instrument_selection.ts";
import { countOf } from "../json/rows.ts";
import { MOMENT_FORMS, readMoment } from "../moments.ts";
import { csvLine } from "./csv.ts";
import type { HttpCall, RoutedCall } from "./http_call.ts";
import { errorResponse, type HttpError, isHttpError } from "./http_error.ts";
import { checkSelection, format, selection, selectionUnits } from "./parameters.ts";
import { CSV_TYPE, JSON_TYPE, pacedResponse } from "./responses.ts";
import { defineRoute, type HttpRoute } from "./route.ts";
import { candlesAnswer } from "./schemas/candles.ts";
import { table } from "./schemas/fields.ts";
import { nothingAccepted, refusedRow, selected } from "./selected_rows.ts";
import type { HttpSources } from "./sources.ts";

export const interval = z.enum(INTERVAL_NAMES, INTERVAL_WORDS).default("1m").describe("how long a candle is");

const moment = z.string().refine((text) => readMoment(text) !== undefined, MOMENT_FORMS).transform((text) =>
  readMoment(text)!
).optional();

/** Rows that are written between two pauses: a millisecond or two. */
const ROWS_AT_ONCE = 500;

const COLUMNS = [
  "asked",
  "instrument",
  "symbol",
  "interval",
  "time",
  "timestamp",
  "open",
  "high",
  "low",
  "close",
  "volume",
  "open_interest",
  "origin",
  "complete",
  "source",
  "message",
];

/** The candles of one instrument, or why it has none. */
interface CandleRows {
  readonly row: Row;
  readonly asked: string;
  readonly candles: readonly Candle[];
  readonly missing?: string;
}

/** Candles of a stretch of time. Who asks for those of today is subscribed for a while, so that they go on. */
export function candlesRoute(sources: HttpSources): HttpRoute {
  const { candles } = sources;
  return defineRoute({
    path: "/candles",
    summary: "Candles of one second to one day",
    query: {
      ...selection,
      interval,
      from: moment.describe("the first candle begins then, or holds it; without it, today"),
      to: moment.describe("no candle begins then or later; a day counts as a whole; without it, now"),
      format,
    },
    check(input) {
      const wrong = checkSelection(input);
      if (wrong !== undefined) return wrong;
      const stretch = stretchOf(input.interval, input.from, input.to, candles.now());
      return typeof stretch === "string" ? stretch : undefined;
    },
    answers: { "application/json": candlesAnswer, "text/csv": table },
    units: (input) => 2 * selectionUnits(input) + 20,
    inPieces: true,
    async answer(input, call) {
      const found = await selected(input, sources, call.turn);
      if (isHttpError(found)) return errorResponse(found);
      const stretch = stretchOf(input.interval, input.from, input.to, candles.now()) as CandleStretch;
      const wrong = tooMuch(found.rows, estimate(input.interval, stretch));
      if (wrong !== undefined) return errorResponse(wrong);
      const rows = permittedRows(found.rows, stretch, call, sources);
      const nothing = nothingAccepted({ asked: found.asked, rows });
      if (nothing !== undefined) return errorResponse(nothing);
      const results: CandleRows[] = [];
      for (const [i, row] of rows.entries()) {
        const read = row.status === "refused"
          ? { candles: [] }
          : await readAll(sources.candles, row.key, input.interval, stretch, call);
        results.push({ row, asked: found.asked[i]!, ...read });
      }
      return input.format === "csv"
        ? pacedResponse(CSV_TYPE, csvPieces(results, input.interval, sources), call.turn)
        : pacedResponse(JSON_TYPE, jsonPieces(results, input.interval, sources), call.turn);
    },
  });
}

function tooMuch(rows: readonly Row[], each: number): HttpError | undefined {
  const named = tooManyCandles(rows.length, each);
  return named === undefined ? undefined : { http: 400, code: "bad_query", message: named };
}

/**
 * The rows, those refused that the client may not have. Those of today are subscribed for a while, where there is room:
 * candles do not need it, but without it the broker is asked again each time.
 */
export function permittedRows(
  rows: readonly Row[],
  { to }: CandleStretch,
  { entitlement, peer }: Pick<HttpCall, "entitlement" | "peer">,
  { budget, candles, leases }: Pick<HttpSources, "budget" | "candles" | "leases">,
): Row[] {
  const live = to > istMidnight(candles.now());
  const nobody = { entitlement, subscriptions: new Map() };
  return rows.map((row): Row => {
    if (row.status === "refused") return row;
    const [result] = live
      ? leases.of(peer, entitlement).take([row], candleMode(row.key))
      : budget.permitted(nobody, [row]);
    return result?.status === "refused" && result.code === "not_allowed" ? result : row;
  });
}

/** Units of work that a piece of reading takes at least. */
const UNITS_PER_PIECE = 1;

/** All candles of a stretch, and why some are missing. */
export async function readAll(
  service: CandleService,
  key: InstrumentKey,
  interval: Interval,
  stretch: CandleStretch,
  { entitlement, turn }: Pick<RoutedCall, "entitlement" | "turn">,
): Promise<{ readonly candles: Candle[]; readonly missing?: string }> {
  const candles: Candle[] = [];
  let missing: string | undefined;
  const query = { key, interval, ...stretch, broker: mayAskBroker(entitlement) };
  for await (const part of service.read(query, { turn: (piece) => turn(UNITS_PER_PIECE, piece) })) {
    for (const candle of part.candles) candles.push(candle);
    missing ??= part.missing;
  }
  return { candles, ...missing === undefined ? {} : { missing } };
}

function* jsonPieces(
  results: readonly CandleRows[],
  interval: Interval,
  { clock, instruments, status }: HttpSources,
): Generator<string> {
  const rows = results.map(({ row }) => row);
  const accepted = rows.filter((row) => row.status === "accepted").length;
  const head = {
    ...statusOf(rows),
    message: `${countOf(accepted)}${refusedWords(rows)}`,
    source: status().source,
    as_of: clock.now(),
    interval,
  };
  yield `${JSON.stringify(head).slice(0, -1)},"data":[`;
  for (const [i, { row, asked, candles, missing }] of results.entries()) {
    const own = row.status === "refused" ? { asked, ...refusedRow(row) } : {
      asked,
      status: row.status,
      doubt: row.doubt,
      instrument: row.key,
      symbol: instruments.symbolOf(row.key),
      missing,
    };
    const text = JSON.stringify(own);
    yield i === 0 ? "" : ",";
    if (row.status === "refused") yield text;
    else {
      yield `${text.slice(0, -1)},"candles":[`;
      for (let from = 0; from < candles.length; from += ROWS_AT_ONCE) {
        const piece = candles.slice(from, from + ROWS_AT_ONCE).map((each) =>
          JSON.stringify(candleFields(each))
        );
        yield `${from === 0 ? "" : ","}${piece.join(",")}`;
      }
      yield "]}";
    }
  }
  yield "]}";
}

function* csvPieces(
  results: readonly CandleRows[],
  interval: Interval,
  { instruments, status }: HttpSources,
): Generator<string> {
  yield csvLine(COLUMNS);
  const { source } = status();
  const line = (fields: Record<string, unknown>) => csvLine(COLUMNS.map((column) => fields[column]));
  for (const { row, asked, candles, missing } of results) {
    const message = row.status === "refused" ? row.message : missing;
    if (message !== undefined) yield line({ asked, interval, source, message });
    if (row.status === "refused") continue;
    const symbol = instruments.symbolOf(row.key);
    for (let from = 0; from < candles.length; from += ROWS_AT_ONCE) {
      yield candles.slice(from, from + ROWS_AT_ONCE).map((candle) =>
        line({
          asked,
          instrument: row.key,
          symbol,
          interval,
          timestamp: istTimestamp(candle.time),
          source,
          ...candleFields(candle),
        })
      ).join("");
    }
  }
}
