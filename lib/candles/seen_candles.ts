import type { HoursOf, InstrumentHours } from "../market/instrument_hours.ts";
import { type Exchange, EXCHANGE_TYPES, type InstrumentKey, splitKey, type Tick } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";
import type { SourcedBar } from "./candle.ts";
import type { Memory } from "./candle_ring.ts";
import { candleRows } from "./candle_row.ts";
import { InstrumentCandles } from "./instrument_candles.ts";
import type { BaseInterval } from "./interval.ts";
import type { SeenSpans } from "./seen_spans.ts";

/** What candles of ticks may take altogether: enough for the minutes of a day of three thousand instruments. */
const MAX_BYTES = 128 * 1024 * 1024;

/** Candles of a second are kept for so long after someone asked for them. */
const SECONDS_KEPT_MS = 3_600_000;

/** Trades come up to so late after the end of their second. */
const LATE_MS = 1_000;

/** A candle without a later tick is over when its end is so long ago by this machine's clock. */
const SILENT_MS = 5_000;

/** A lag of the exchange's clock beyond this is no lag but a fault. */
const MAX_LAG_MS = 60_000;

export interface SeenCandlesOptions {
  readonly clock: Clock;
  readonly hours: HoursOf;
  /** By default enough for a day of three thousand instruments. */
  readonly maxBytes?: number;
  /** Candles of a second that are kept of an instrument; by default half an hour. */
  readonly keptSeconds?: number;
}

interface Entry {
  readonly candles: InstrumentCandles;
  readonly exchange: Exchange;
  hours: InstrumentHours | undefined;
  /** Elapsed time at which someone last asked for candles of seconds. */
  secondsAskedAt: number;
}

/**
 * Candles of the ticks that this process sees: of a minute for each instrument that ticks, of a second for those that
 * someone asks for. A tick costs a look-up and a few comparisons.
 */
export class SeenCandles implements Memory {
  readonly #options: SeenCandlesOptions;
  readonly #entries = new Map<InstrumentKey, Entry>();
  readonly #rows = candleRows();
  #left: number;
  /** By the broker's number of the exchange: the latest time it told, and how far that was behind this machine's. */
  readonly #told = new Float64Array(256);
  readonly #lag = new Float64Array(256);

  constructor(options: SeenCandlesOptions) {
    this.#options = options;
    this.#left = options.maxBytes ?? MAX_BYTES;
  }

  take(bytes: number): boolean {
    while (bytes > this.#left) if (!this.#evict()) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }

  /** A tick that was accepted. @param old It repeats a last value. @param cameAt Elapsed ms; now by default. */
  tick(tick: Tick, old: boolean, cameAt: number = this.#options.clock.elapsed()): void {
    const { key, exchangeTime, receivedAt } = tick;
    const entry = this.#entries.get(key) ?? this.#enter(key, tick);
    if (!old) {
      const type = EXCHANGE_TYPES[tick.exchange];
      if (exchangeTime > this.#told[type]!) this.#told[type] = exchangeTime;
      this.#lag[type] = Math.min(MAX_LAG_MS, Math.max(0, receivedAt - exchangeTime));
    }
    const { candles, secondsAskedAt } = entry;
    if (candles.seconds !== undefined && cameAt - secondsAskedAt > SECONDS_KEPT_MS) {
      candles.dropSeconds();
    }
    candles.take(tick, { old, hours: this.#hoursOf(entry, key, exchangeTime) });
  }

  /** What came of some instruments since a moment of this machine's clock was not seen, until they tick again. */
  lost(keys: Iterable<InstrumentKey>, since: number): void {
    for (const key of keys) {
      const entry = this.#entries.get(key);
      entry?.candles.spans.break(Math.min(since, this.told(entry.exchange)));
    }
  }

  /** What is subscribed now: everything else is not seen. */
  subscribed(keys: ReadonlyMap<InstrumentKey, unknown>): void {
    const now = this.#options.clock.now();
    for (const [key, { candles, exchange }] of this.#entries) {
      if (!keys.has(key)) candles.spans.break(Math.min(now, this.told(exchange)));
    }
  }

  /** Numbers that mean something else from now on. */
  forget(keys: Iterable<InstrumentKey>): void {
    for (const key of keys) {
      this.#entries.get(key)?.candles.end();
      this.#entries.delete(key);
    }
  }

  /** It is another time. Candles of seconds that someone asked for are kept again, from the next tick on. */
  forgetAll(): void {
    for (const [key, { candles }] of [...this.#entries]) {
      const hasSeconds = candles.seconds !== undefined;
      this.forget([key]);
      if (hasSeconds) this.keepSeconds(key);
    }
    this.#told.fill(0);
    this.#lag.fill(0);
  }

  /** The calendar has changed. */
  forgetHours(): void {
    for (const entry of this.#entries.values()) entry.hours = undefined;
  }

  /** Rises with each trade of an instrument; 0 before the first. */
  version(key: InstrumentKey): number {
    return this.#entries.get(key)?.candles.version ?? 0;
  }

  /** When an instrument was watched; undefined for one that never ticked. */
  spans(key: InstrumentKey): SeenSpans | undefined {
    return this.#entries.get(key)?.candles.spans;
  }

  /** Keeps candles of seconds, from the next tick on and for a while. */
  keepSeconds(key: InstrumentKey): void {
    const entry = this.#entries.get(key) ?? this.#enter(key, splitKey(key));
    entry.secondsAskedAt = this.#options.clock.elapsed();
    entry.candles.keepSeconds();
  }

  /** Since when the candles of a length are there, ms since the Unix epoch; undefined for none. */
  keptSince(key: InstrumentKey, base: BaseInterval): number | undefined {
    return this.#ring(key, base)?.oldestTime;
  }

  /** What is kept of a stretch of time, oldest first. */
  bars(key: InstrumentKey, base: BaseInterval, from: number, to: number): SourcedBar[] {
    const ring = this.#ring(key, base);
    return ring === undefined
      ? []
      : Array.from(ring.between(from, to), (bar) => ({ ...bar, origin: "ticks" }));
  }

  /** The latest time that an exchange told, or what must be past by this machine's clock; ms since the Unix epoch. */
  told(exchange: Exchange): number {
    const type = EXCHANGE_TYPES[exchange];
    const silent = this.#options.clock.now() - SILENT_MS - this.#lag[type]!;
    return Math.max(this.#told[type]! - LATE_MS, silent);
  }

  /** Whether a moment of the exchange's clock is past, so that nothing of before it is to come. */
  isPast(exchange: Exchange, at: number): boolean {
    return this.told(exchange) >= at;
  }

  #ring(key: InstrumentKey, base: BaseInterval) {
    const candles = this.#entries.get(key)?.candles;
    return base === "1m" ? candles?.minutes : candles?.seconds;
  }

  #enter(key: InstrumentKey, { exchange, token }: { exchange: Exchange; token: string }): Entry {
    const candles = new InstrumentCandles(token, this, this.#options.keptSeconds, this.#rows);
    const entry: Entry = { candles, exchange, hours: undefined, secondsAskedAt: -Infinity };
    this.#entries.set(key, entry);
    return entry;
  }

  #hoursOf(entry: Entry, key: InstrumentKey, at: number): InstrumentHours {
    const known = entry.hours;
    if (known !== undefined && known.from <= at && at < known.until) return known;
    return entry.hours = this.#options.hours(key, at);
  }

  /** Gives up the candles of an instrument that is not watched any more. @returns Whether there was one. */
  #evict(): boolean {
    for (const [key, { candles }] of this.#entries) {
      if (!candles.spans.broken || candles.minutes.size === 0) continue;
      candles.end();
      this.#entries.delete(key);
      return true;
    }
    return false;
  }
}
