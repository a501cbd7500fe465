import type { Candle } from "../../candles/candle.ts";
import { INTERVAL_NAMES } from "../../candles/interval.ts";
import { isDay } from "../../market/day_range.ts";
import { estimate, stretchOf, tooManyCandles } from "../candle_rows.ts";
import { permittedRows, readAll } from "../http/candles.ts";
import { JSON_TYPE, pacedResponse } from "../http/responses.ts";
import type { HttpSources } from "../http/sources.ts";
import { select } from "../instrument_selection.ts";
import { type Moment, readMoment } from "../moments.ts";
import { textOf } from "../smart_rest/rest_request.ts";
import { type Answer, type Call, refusedAnswer } from "./rest_call.ts";

/** Rows that are written between two pauses: a millisecond or two. */
const ROWS_AT_ONCE = 500;

/** Candles of whole days. Their times are Unix seconds, as its plugin for AmiBroker reads them. */
export async function history(
  { body, entitlement, peer, turn }: Call,
  sources: HttpSources,
): Promise<Answer | Response> {
  const { candles: service, instruments, watchlist } = sources;
  const [symbol, exchange] = [textOf(body.symbol), textOf(body.exchange)];
  if (!symbol || !exchange) {
    return { http: 400, message: "symbol and exchange are needed, such as SBIN and NSE" };
  }
  const word = textOf(body.interval);
  const interval = word === "D" ? "1d" : INTERVAL_NAMES.find((each) => each === word);
  if (interval === undefined) {
    return { http: 400, message: `interval is one of ${INTERVAL_NAMES.join(", ")}, D` };
  }
  const [from, to] = [readDay(body.start_date), readDay(body.end_date)];
  if (from === undefined || to === undefined) {
    return { http: 400, message: "start_date and end_date are needed, such as 2026-11-20" };
  }
  const stretch = stretchOf(interval, from, to, service.now());
  if (typeof stretch === "string") return { http: 400, message: "start_date comes after end_date" };
  const tooMany = tooManyCandles(1, estimate(interval, stretch));
  if (tooMany !== undefined) return { http: 400, message: tooMany };
  const found = select({ symbols: [`${exchange}:${symbol}`] }, watchlist, instruments);
  const [row] = permittedRows(found, stretch, { entitlement, peer }, sources);
  if (row === undefined || row.status === "refused") return refusedAnswer(`${exchange}:${symbol}`, row);
  const { candles, missing } = await readAll(service, row.key, interval, stretch, { entitlement, turn });
  if (candles.length === 0 && missing !== undefined) return { http: 503, message: missing };
  return pacedResponse(JSON_TYPE, historyPieces(candles, missing), turn);
}

/** A day as its own beginning and end. */
function readDay(value: unknown): Moment | undefined {
  const text = textOf(value);
  return text !== undefined && isDay(text) ? readMoment(text) : undefined;
}

function* historyPieces(candles: readonly Candle[], message: string | undefined): Generator<string> {
  yield `${JSON.stringify({ status: "success", message }).slice(0, -1)},"data":[`;
  for (let from = 0; from < candles.length; from += ROWS_AT_ONCE) {
    const rows = candles.slice(from, from + ROWS_AT_ONCE).map((
      { time, open, high, low, close, volume, openInterest },
    ) =>
      JSON.stringify({
        timestamp: time / 1_000,
        open,
        high,
        low,
        close,
        volume,
        oi: openInterest,
      })
    );
    yield `${from === 0 ? "" : ","}${rows.join(",")}`;
  }
  yield "]}";
}
