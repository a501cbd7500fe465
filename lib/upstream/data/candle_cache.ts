import { istDate } from "../../market/ist.ts";
import { type InstrumentKey, keyOf } from "../../market/market.ts";
import {
  type CandleRequest,
  daysOf,
  isWithinDays,
  readCandleRequest,
} from "../../smartapi/candle_request.ts";
import { askedRows, candleAnswer, type CandleDays, readCandles } from "../../smartapi/candle_rows.ts";
import type { DataAnswer, DataBody, DataSource } from "../../smartapi/data_calls.ts";
import type { Clock } from "../../util/clock.ts";
import { paced } from "../../util/pace.ts";
import type { CandleSeries, CandleStorage } from "./candle_store.ts";

/** A day without candles is believed when the broker has had so long to bring them. */
const EMPTY_AFTER_MS = 3 * 86_400_000;

export interface CandleCacheOptions {
  readonly source: DataSource;
  readonly store: CandleStorage;
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
    const answerWith = (rows: ReadonlyMap<string, string>) =>
      candleAnswer(days.map((day) => askedRows(day, rows.get(day) ?? "", request)));
    if (first === undefined || last === undefined) return { kind: "kept", text: answerWith(kept) };
    const asked = spanOf(request, first, last, today);
    const given = await source.ask("candles", { ...body, fromdate: asked.from, todate: asked.to });
    if (given.kind !== "answer" || given.status !== 200) return given;
    const rows = await paced(readCandles(given.text));
    if (rows === undefined) return given;
    await store.save(series, overDays(asked, rows, today));
    return { ...given, text: answerWith(new Map([...kept, ...rows])) };
  }

  /** The days of an answer that can be kept: they are over, and were asked for as a whole. */
  function overDays(asked: CandleRequest, rows: CandleDays, today: string): CandleDays {
    const lastDay = [...rows.keys()].at(-1) ?? "";
    const old = istDate(clock.now() - EMPTY_AFTER_MS);
    const whole = daysOf(asked).filter((day) =>
      day < today && asked.from <= `${day} 00:00` && `${day} 23:59` <= asked.to
    );
    // The broker may be late with a day; what it has later ones of, it has.
    const sure = whole.filter((day) => rows.has(day) || day < lastDay || day < old);
    return new Map(sure.map((day) => [day, rows.get(day) ?? ""]));
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
