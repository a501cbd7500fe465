import { istDate } from "../../market/ist.ts";
import { type InstrumentKey, keyOf } from "../../market/market.ts";
import {
  type CandleRequest,
  type CandleRow,
  daysOf,
  isAskedFor,
  isWithinDays,
  readCandleRequest,
} from "../../smartapi/candle_request.ts";
import type { DataAnswer, DataBody, DataSource } from "../../smartapi/data_calls.ts";
import type { Clock } from "../../util/clock.ts";
import type { CandleSeries, CandleStore } from "./candle_store.ts";

/** A day without candles is believed when the broker has had so long to bring them. */
const EMPTY_AFTER_MS = 3 * 86_400_000;

export interface CandleCacheOptions {
  readonly source: DataSource;
  readonly store: CandleStore;
  readonly clock: Clock;
  /** The name of an instrument: exchanges give the number of an old contract to a new one. */
  readonly symbolOf: (key: InstrumentKey) => string;
}

/** Answers calls for candles from what is kept of the days that are over, and asks only for the rest. */
export function createCandleCache({ source, store, clock, symbolOf }: CandleCacheOptions): DataSource {
  /** The calls under way: who asks for the same meanwhile gets the same answer. */
  const underWay = new Map<string, Promise<DataAnswer>>();

  async function answer(request: CandleRequest, body: DataBody): Promise<DataAnswer> {
    const series = seriesOf(request);
    const today = istDate(clock.now());
    const days = daysOf(request);
    const kept = await store.load(series, days.filter((day) => day < today));
    const missing = days.filter((day) => !kept.has(day));
    const [first, last] = [missing[0], missing.at(-1)];
    if (first === undefined || last === undefined) {
      return keptAnswer([...kept.values()].flat().filter(([time]) => isAskedFor(time, request)));
    }
    const asked = spanOf(request, first, last, today);
    const given = await source.ask("candles", { ...body, fromdate: asked.from, todate: asked.to });
    const rows = given.kind === "answer" ? rowsOf(given.status, given.text) : undefined;
    if (given.kind !== "answer" || rows === undefined) return given;
    await store.save(series, overDays(asked, rows, today));
    const all = [
      ...[...kept].filter(([day]) => day < first).flatMap(([, rows]) => rows),
      ...rows,
      ...[...kept].filter(([day]) => day > last).flatMap(([, rows]) => rows),
    ];
    return { ...given, text: envelope(all.filter(([time]) => isAskedFor(time, request))) };
  }

  /** The days of an answer that can be kept: they are over, and were asked for as a whole. */
  function overDays(asked: CandleRequest, rows: readonly CandleRow[], today: string) {
    const byDay = new Map<string, CandleRow[]>();
    for (const row of rows) {
      const day = row[0].slice(0, 10);
      const known = byDay.get(day);
      if (known === undefined) byDay.set(day, [row]);
      else known.push(row);
    }
    const lastDay = rows.at(-1)?.[0].slice(0, 10) ?? "";
    const old = istDate(clock.now() - EMPTY_AFTER_MS);
    const whole = daysOf(asked).filter((day) =>
      day < today && asked.from <= `${day} 00:00` && `${day} 23:59` <= asked.to
    );
    // The broker may be late with a day; what it has later ones of, it has.
    const sure = whole.filter((day) => byDay.has(day) || day < lastDay || day < old);
    return new Map(sure.map((day) => [day, byDay.get(day) ?? []]));
  }

  function seriesOf({ exchange, token, interval }: CandleRequest): CandleSeries {
    const symbol = symbolOf(keyOf(exchange, token)).replace(/[^\w-]/g, "_").slice(0, 40);
    return { name: `${exchange}-${token}-${symbol}`, interval };
  }

  return {
    ask(call, body) {
      const request = call === "candles" ? readCandleRequest(body) : undefined;
      if (request === undefined || !isWithinDays(request)) return source.ask(call, body);
      const id = JSON.stringify(request);
      const same = underWay.get(id);
      if (same !== undefined) return same;
      const asked = answer(request, body).finally(() => underWay.delete(id));
      underWay.set(id, asked);
      return asked;
    },
  };
}

/** What is asked for from the first to the last missing day: days that are over as a whole, where one call gives so much. */
function spanOf(request: CandleRequest, first: string, last: string, today: string): CandleRequest {
  const begin = first === request.from.slice(0, 10) ? request.from : `${first} 00:00`;
  const end = last === request.to.slice(0, 10) ? request.to : `${last} 23:59`;
  const whole = {
    ...request,
    from: first < today ? `${first} 00:00` : begin,
    to: last < today ? `${last} 23:59` : end,
  };
  return isWithinDays(whole) ? whole : { ...request, from: begin, to: end };
}

/** The candles of an answer; undefined when it is none that can be trusted to the letter. */
function rowsOf(httpStatus: number, text: string): CandleRow[] | undefined {
  try {
    const { status, data } = JSON.parse(text);
    return httpStatus === 200 && status === true && Array.isArray(data) && data.every(isRow) &&
        isInOrder(data)
      ? data
      : undefined;
  } catch {
    return undefined;
  }
}

function isRow(row: unknown): row is CandleRow {
  return Array.isArray(row) && row.length === 6 && typeof row[0] === "string" &&
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+05:30$/.test(row[0]) && row.slice(1).every(Number.isFinite);
}

function isInOrder(rows: readonly CandleRow[]): boolean {
  return rows.every(([time], i) => i === 0 || rows[i - 1]![0] < time);
}

function keptAnswer(rows: readonly CandleRow[]): DataAnswer {
  return { kind: "kept", text: envelope(rows) };
}

function envelope(data: readonly CandleRow[]): string {
  return JSON.stringify({ status: true, message: "SUCCESS", errorcode: "", data });
}
