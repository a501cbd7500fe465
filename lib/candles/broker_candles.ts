import { boundsOfDay, nextDay } from "../market/day_range.ts";
import { istDate, istTimestamp } from "../market/ist.ts";
import { type InstrumentKey, splitKey } from "../market/market.ts";
import { CANDLE_INTERVALS, type CandleInterval } from "../smartapi/candle_request.ts";
import { type CandleDays, readCandles } from "../smartapi/candle_rows.ts";
import type { DataAnswer, DataBody, DataSource } from "../smartapi/data_calls.ts";
import { restExchange } from "../smartapi/segments.ts";
import type { Clock } from "../util/clock.ts";
import { inTurns, paced, type Turns } from "../util/pace.ts";
import type { SourcedBar } from "./candle.ts";
import { wait } from "./wait.ts";

/** A call that has no turn is made again after this: who has fewer of them comes in between. */
const AGAIN_AFTER_MS = 2_000;

/** So often in a row; that is five minutes. */
const MOST_TRIES = 150;

/** The days, `2026-11-20`, of one call. */
interface Stretch {
  readonly first: string;
  readonly last: string;
}

/** The broker gave no candles. Its message may be shown to anyone. */
export class NoCandles extends Error {
  override readonly name = "NoCandles";
}

/** Who reads candles. */
export interface CandleReader {
  /** Does a piece of the work when it is the reader's turn; by default, short work is done at once and long work paced. */
  readonly turn?: Turns | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Bars of one call, and how many calls of how many have been answered. */
export interface BrokerPart {
  readonly bars: SourcedBar[];
  readonly done: number;
  readonly total: number;
}

/**
 * The broker's own candles, asked for as it demands: so many days in one call, each call in its turn among all others.
 * What was asked for before is answered from what the source keeps.
 */
export class BrokerCandles {
  constructor(private readonly source: DataSource, private readonly clock: Clock) {}

  /** How many calls some days take. */
  calls(interval: CandleInterval, first: string, last: string): number {
    return stretchesOf(interval, first, last).length;
  }

  /**
   * The candles of some days that are over, oldest first, one call after the other.
   *
   * @throws {NoCandles} The broker gave none.
   * @throws The signal's reason, when it is aborted.
   */
  async *days(
    key: InstrumentKey,
    interval: CandleInterval,
    { first, last }: Stretch,
    reader: CandleReader = {},
  ): AsyncGenerator<BrokerPart> {
    const stretches = stretchesOf(interval, first, last);
    for (const [i, stretch] of stretches.entries()) {
      const bars = await this.#ask(key, interval, `${stretch.first} 00:00`, `${stretch.last} 23:59`, reader);
      yield { bars, done: i + 1, total: stretches.length };
    }
  }

  /**
   * The minutes of a day up to now.
   *
   * @throws {NoCandles} The broker gave none.
   */
  minutesOf(day: string, key: InstrumentKey): Promise<SourcedBar[]> {
    const now = istTimestamp(this.clock.now()).slice(0, 16);
    return this.#ask(key, "ONE_MINUTE", `${day} 00:00`, now);
  }

  async #ask(
    key: InstrumentKey,
    interval: CandleInterval,
    fromdate: string,
    todate: string,
    { signal, turn }: CandleReader = {},
  ): Promise<SourcedBar[]> {
    const { exchange, token } = splitKey(key);
    const body = { exchange: restExchange(exchange), symboltoken: token, interval, fromdate, todate };
    const answer = await this.#answer(body, signal);
    if (!("text" in answer)) throw new NoCandles(wordsOf(answer));
    const done = <Result>(work: Generator<void, Result>) =>
      turn === undefined ? paced(work, signal) : inTurns(work, turn, signal);
    const days = await done(readCandles(answer.text));
    if (days === undefined) throw new NoCandles(refusalIn(answer.text));
    return await done(barsOf(days));
  }

  async #answer(body: DataBody, signal: AbortSignal | undefined): Promise<DataAnswer> {
    for (let tries = 1;; tries++) {
      signal?.throwIfAborted();
      const answer = await this.source.ask("candles", body);
      const busy = answer.kind === "busy" || (answer.kind === "answer" && isThrottled(answer.status));
      if (!busy || tries === MOST_TRIES) return answer;
      await wait(this.clock, AGAIN_AFTER_MS, signal);
    }
  }
}

/** Days as the broker takes them, the oldest first. */
function stretchesOf(interval: CandleInterval, first: string, last: string): Stretch[] {
  const { days } = CANDLE_INTERVALS[interval];
  const stretches: Stretch[] = [];
  for (let day = first; day <= last;) {
    const from = day;
    let to = day;
    for (let i = 1; i < days && nextDay(to) <= last; i++) to = nextDay(to);
    stretches.push({ first: from, last: to });
    day = nextDay(to);
  }
  return stretches;
}

/** Pauses after every few days: one of minutes takes some of a millisecond. */
function* barsOf(days: CandleDays): Generator<void, SourcedBar[]> {
  const bars: SourcedBar[] = [];
  let read = 0;
  for (const rows of days.values()) {
    for (const [time, open, high, low, close, volume] of JSON.parse(`[${rows}]`)) {
      bars.push({ time: Date.parse(time), open, high, low, close, volume, origin: "broker" });
    }
    if (bars.length - read > 1_000) {
      read = bars.length;
      yield;
    }
  }
  return bars;
}

/** The gateway's two answers to too many calls. */
function isThrottled(status: number): boolean {
  return status === 403 || status === 429;
}

function wordsOf(answer: DataAnswer): string {
  return answer.kind === "failed"
    ? `the broker did not answer: ${answer.message}`
    : "the broker is asked for too much at present; ask again later";
}

function refusalIn(text: string): string {
  try {
    const { message, errorcode, errorCode } = JSON.parse(text);
    return `the broker refused: ${String(errorcode ?? errorCode ?? "").slice(0, 20)} ${
      String(message).slice(0, 100)
    }`;
  } catch {
    return "the broker answered with something else than candles";
  }
}

/** The day in India of a moment, and the moment before which all days are over. */
export function todayOf(clock: Clock): { readonly day: string; readonly from: number; readonly to: number } {
  const day = istDate(clock.now());
  return { day, ...boundsOfDay(day) };
}
