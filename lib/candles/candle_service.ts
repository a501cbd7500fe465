import type { HoursOf } from "../market/instrument_hours.ts";
import { DAY_MS, istDate, istMidnight } from "../market/ist.ts";
import { type InstrumentKey, splitKey } from "../market/market.ts";
import type { DataSource } from "../smartapi/data_calls.ts";
import type { Clock } from "../util/clock.ts";
import { BrokerCandles, type CandleReader, NoCandles, todayOf } from "./broker_candles.ts";
import { aggregate, type Candle, type SourcedBar } from "./candle.ts";
import { baseOf, beginOf, brokerInterval, type Interval, lengthOf } from "./interval.ts";
import { mergedBars, type Witness } from "./merged_bars.ts";
import type { RecordedCandles, RecordedStretch } from "./recorded_candles.ts";
import { recordedPast } from "./recorded_past.ts";
import { SeenCandles } from "./seen_candles.ts";
import type { Span } from "./seen_spans.ts";
import { TodaysCandles } from "./todays_candles.ts";
import { tradingTime } from "./trading_time.ts";

export interface CandleServiceOptions {
  readonly clock: Clock;
  readonly hours: HoursOf;
  /** The broker's own candles; without it, there are those of ticks alone. */
  readonly data?: DataSource | undefined;
  /** Recordings; without them, nothing is known of before the start but by the broker. */
  readonly recorded?: RecordedCandles | undefined;
  /** The recording of today has what is yet to come: a replay's. */
  readonly foreknown?: boolean;
}

/** Candles that begin from one moment on and before another one, ms since the Unix epoch. */
export interface CandleQuery {
  readonly key: InstrumentKey;
  readonly interval: Interval;
  readonly from: number;
  readonly to: number;
  /** Whether the broker may be asked, and what it said be shown. */
  readonly broker: boolean;
  /** Also what comes after the replayed moment: all of it as it was recorded. */
  readonly ahead?: boolean | undefined;
}

/** A part of an answer, oldest first, and how much of the work is done. */
export interface CandlePart {
  readonly candles: readonly Candle[];
  readonly done: number;
  readonly total: number;
  /** Why some candles are missing that there may have been. */
  readonly missing?: string;
}

const MINUTE = lengthOf("1m");

/**
 * Candles of any instrument, from the ticks that this process saw, from recordings and from the broker. Where all of a
 * minute was seen, its ticks count; where not, the broker's candle; where that is not whole either, what was seen. Of a
 * day that is over the broker's count; where it does not give them, those of the recording. Nothing is made up: what
 * nobody traded, or nobody saw, has no candle.
 */
export class CandleService {
  readonly seen: SeenCandles;
  readonly #options: CandleServiceOptions;
  readonly #broker: BrokerCandles | undefined;
  readonly #today: TodaysCandles | undefined;
  /** What recordings told of today, of those instruments of which something was missing. */
  readonly #recorded = new Map<InstrumentKey, RecordedStretch>();

  constructor(options: CandleServiceOptions) {
    const { clock, data, hours } = options;
    this.#options = options;
    this.seen = new SeenCandles({ clock, hours });
    this.#broker = data && new BrokerCandles(data, clock);
    this.#today = this.#broker && new TodaysCandles(this.#broker, clock);
  }

  /** The time of the market that the candles are of, ms since the Unix epoch: in a replay it is not that of now. */
  now(): number {
    return this.#options.clock.now();
  }

  /**
   * Reads candles, in parts.
   *
   * @throws The signal's reason, when it is aborted.
   */
  async *read(
    query: CandleQuery,
    { signal, turn = (piece) => piece() }: CandleReader = {},
  ): AsyncGenerator<CandlePart> {
    const { key, interval, to } = query;
    const today = todayOf(this.#options.clock);
    const from = beginOf(interval, splitKey(key).exchange, query.from);
    if (baseOf(interval) === "1s") this.seen.keepSeconds(key);
    if (query.ahead) {
      for await (const candles of this.#past({ ...query, from }, signal)) {
        yield { candles, done: 0, total: 1 };
      }
      return;
    }
    const word = brokerInterval(interval);
    let done = 0;
    const isToday = to > today.from;
    if (from < today.from && from < to && query.broker && this.#broker !== undefined && word !== undefined) {
      const days = { first: istDate(from), last: istDate(Math.min(to, today.from) - 1) };
      const total = this.#broker.calls(word, days.first, days.last) + Number(isToday);
      let told = from;
      try {
        for await (const { bars, done: answered } of this.#broker.days(key, word, days, { signal, turn })) {
          done = answered;
          told = Math.max(told, istMidnight(bars.at(-1)?.time ?? 0) + DAY_MS);
          const candles = await turn(() =>
            bars.filter(({ time }) => from <= time && time < to).map((bar): Candle => ({
              ...bar,
              complete: true,
            }))
          );
          yield { candles, done, total };
        }
      } catch (error) {
        if (!(error instanceof NoCandles)) throw error;
        const rest = { ...query, from: told, to: Math.min(to, today.from) };
        yield { candles: [], done, total, missing: error.message };
        for await (const candles of this.#past(rest, signal)) yield { candles, done, total };
      }
    } else if (from < today.from) {
      const older = { ...query, from, to: Math.min(to, today.from) };
      yield { candles: [], done: 0, total: 1, missing: OLDER };
      for await (const candles of this.#past(older, signal)) yield { candles, done: 0, total: 1 };
    }
    if (!isToday) return;
    const stretch = { ...query, from: Math.max(from, today.from) };
    const missing = await this.#fill(stretch);
    signal?.throwIfAborted();
    const candles = await turn(() => this.local(stretch));
    yield { candles, done: done + 1, total: done + 1, ...missing === undefined ? {} : { missing } };
  }

  /** Has what is missing of the candle that is being made, so that it begins where it should. */
  async prepare(key: InstrumentKey, interval: Interval, broker: boolean): Promise<void> {
    if (baseOf(interval) === "1s") return this.seen.keepSeconds(key);
    const now = this.#options.clock.now();
    await this.#fill({
      key,
      interval,
      from: beginOf(interval, splitKey(key).exchange, now),
      to: now,
      broker,
    });
  }

  /** Of days that are over: what was recorded, and what was seen besides. */
  #past(query: CandleQuery, signal?: AbortSignal): AsyncIterable<readonly Candle[]> | Iterable<Candle[]> {
    const otherwise = (span: Span) => this.local({ ...query, ...span });
    const { hours, recorded } = this.#options;
    if (recorded === undefined) return [otherwise(query)];
    return recordedPast(query, { recorded, hours, otherwise }, signal);
  }

  /** What is at hand of today, and of what was seen before. */
  local({ key, interval, from, to, broker }: CandleQuery): Candle[] {
    const { exchange } = splitKey(key);
    const base = baseOf(interval);
    const begun = Math.min(to, this.#options.clock.now() + 1);
    const bars = mergedBars(this.#witnesses(key, base === "1m", from, begun, broker), lengthOf(base));
    return aggregate(bars, interval, exchange, this.#wholeness(key, base === "1m", broker));
  }

  /** Numbers that mean something else from now on. */
  forget(keys: readonly InstrumentKey[]): void {
    this.seen.forget(keys);
    this.#today?.forget(keys);
    for (const key of keys) this.#recorded.delete(key);
  }

  /** Who has seen what, the best one first. */
  #witnesses(key: InstrumentKey, minutes: boolean, from: number, to: number, broker: boolean): Witness[] {
    const known = minutes && broker ? this.#today?.known(key) : undefined;
    const recorded = this.#recordedOf(key);
    const within = (bars: readonly SourcedBar[]) => bars.filter(({ time }) => from <= time && time < to);
    // A replay tells nothing of a minute that is not over but what it has played.
    const over = this.#options.foreknown ? to - lengthOf(minutes ? "1m" : "1s") : to;
    return [
      {
        bars: this.seen.bars(key, minutes ? "1m" : "1s", from, to),
        isWhole: (span) => this.seen.spans(key)?.covers(span) ?? false,
      },
      ...known === undefined
        ? []
        : [{ bars: within(known.bars), isWhole: ({ to }: Span) => to <= known.until }],
      ...recorded === undefined ? [] : [{
        bars: within(minutes ? recorded.minutes : recorded.seconds).filter(({ time }) => time < over),
        isWhole: recorded.isWhole,
      }],
    ];
  }

  #recordedOf(key: InstrumentKey): RecordedStretch | undefined {
    const recorded = this.#recorded.get(key);
    return recorded?.day === todayOf(this.#options.clock).day ? recorded : undefined;
  }

  /** Asks for what was not seen of a stretch of today. @returns Why something of it is still missing. */
  async #fill({ key, interval, from, to, broker }: CandleQuery): Promise<string | undefined> {
    const minutes = baseOf(interval) === "1m";
    const { exchange } = splitKey(key);
    const told = this.seen.told(exchange);
    const until = minutes ? Math.floor(told / MINUTE) * MINUTE : told;
    const missing = () => this.#unseen(key, minutes, broker)(from, Math.min(to, until));
    let last = missing().at(-1);
    if (last === undefined) return undefined;
    const refusal = minutes && broker ? await this.#today?.fetch(key, last.to) : undefined;
    last = missing().at(-1);
    if (last === undefined || this.#options.recorded === undefined) return refusal;
    const { day } = todayOf(this.#options.clock);
    const stretch = await this.#options.recorded.read(key, day);
    if (stretch !== undefined) this.#recorded.set(key, stretch);
    return refusal;
  }

  /** The parts of stretches in trading hours that nobody has seen, as it stands now. What they share is looked up once. */
  #unseen(key: InstrumentKey, minutes: boolean, broker: boolean): (from: number, to: number) => Span[] {
    const { clock, hours } = this.#options;
    const within = tradingTime(key, hours, clock.now());
    const seen = this.seen.spans(key);
    const today = todayOf(clock);
    const until = minutes && broker ? this.#today?.known(key)?.until ?? -Infinity : -Infinity;
    const recorded = this.#recordedOf(key);
    return (from, to) => {
      const span = within(from, to);
      if (span.from >= span.to || seen?.covers(span)) return [];
      const unseen = seen?.missing(span) ?? [span];
      return unseen.filter((each) =>
        !(each.from >= today.from && each.to <= until) && !(recorded?.isWhole(each) ?? false)
      );
    };
  }

  /** Whether all of a stretch was seen, and it is over. */
  #wholeness(key: InstrumentKey, minutes: boolean, broker: boolean): (from: number, to: number) => boolean {
    const { clock, hours } = this.#options;
    const { exchange } = splitKey(key);
    const within = tradingTime(key, hours, clock.now());
    const unseen = this.#unseen(key, minutes, broker);
    return (from, to) => this.seen.isPast(exchange, within(from, to).to) && unseen(from, to).length === 0;
  }
}

const OLDER =
  "candles of before today are the broker's, which is not asked here; what was recorded has its own";
