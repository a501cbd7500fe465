import { getLogger } from "@logtape/logtape";
import type { Candle } from "../../candles/candle.ts";
import type { CandleService } from "../../candles/candle_service.ts";
import { baseOf, beginOf, endOf, type Interval } from "../../candles/interval.ts";
import type { Subscriber } from "../../feed/subscribers.ts";
import type { MarketData } from "../../feed/market_data.ts";
import type { Instruments } from "../../instruments/instrument.ts";
import { type Exchange, type InstrumentKey, splitKey } from "../../market/market.ts";
import type { Clock } from "../../util/clock.ts";
import { candleFields, candleMode, mayAskBroker } from "../candle_rows.ts";
import type { ClientConnection } from "../client_connection.ts";
import type { WorkQueue } from "../work_queue.ts";

/** Instruments times lengths that one client may have. */
export const MAX_SERIES = 500;

/** How often the candle that is being made may be sent, ms. */
export const EVERY = { least: 250, usual: 1_000, most: 60_000 } as const;

/** Series that are looked at in one piece of work. */
const SERIES_AT_ONCE = 20;

/** Who has not read so many bytes yet gets its candles the next time: none is lost by it. */
const UNREAD_BYTES = 256 * 1024;

const log = getLogger(["clients"]);

/** Whatever goes wrong with one client's candles is not to end the process. */
function failed(error: unknown): void {
  log.error("a fault of the proxy at the candles of a client; please report it: {error}", { error });
}

export interface CandleFeedOptions {
  readonly clock: Clock;
  readonly marketData: Pick<MarketData, "subscribe" | "unsubscribe">;
  readonly candles: CandleService;
  readonly instruments: Pick<Instruments, "symbolOf">;
  readonly work: WorkQueue;
}

/** How the client wants its candles; the same for all of them. */
export interface CandlePace {
  readonly every: number;
  /** Whether also the one that is being made is sent. */
  readonly forming: boolean;
}

/** Candles of one instrument in one length: what has been sent of it. */
interface Series {
  readonly key: InstrumentKey;
  readonly exchange: Exchange;
  readonly interval: Interval;
  /** When the oldest candle begins that may change still. */
  from: number;
  /** What was sent of that one and those after it, by their time. */
  sent: Map<number, string>;
  version: number;
  /** When the newest candle ends that was looked at. */
  end: number;
}

/**
 * The candles that one client has subscribed: closed ones as they close, and the one that is being made at intervals of
 * the client's choice. What changes afterwards, by a late tick or the broker's word, is sent again.
 */
export class CandleFeed implements Subscriber {
  readonly #connection: ClientConnection;
  readonly #options: CandleFeedOptions;
  readonly #series = new Map<InstrumentKey, Map<Interval, Series>>();
  #pace: CandlePace = { every: EVERY.usual, forming: true };
  #disarm: (() => void) | undefined;
  #looking = false;

  constructor(connection: ClientConnection, options: CandleFeedOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  get pace(): CandlePace {
    return this.#pace;
  }

  /** Series that the client has. */
  get size(): number {
    let size = 0;
    for (const { size: lengths } of this.#series.values()) size += lengths;
    return size;
  }

  /** The lengths in which the client has candles of an instrument; undefined for none. */
  intervalsOf(key: InstrumentKey): Interval[] | undefined {
    const lengths = this.#series.get(key);
    return lengths && [...lengths.keys()];
  }

  /** Candles are made whether or not anyone is told of the ticks. */
  offer(): void {}

  /** Subscribes; other lengths than these end. The instruments are subscribed by the connection. */
  set(keys: readonly InstrumentKey[], intervals: readonly Interval[], pace: Partial<CandlePace>): void {
    this.#pace = { ...this.#pace, ...pace };
    const added: Series[] = [];
    for (const key of keys) {
      const before = this.#series.get(key);
      if (before === undefined) this.#begin(key);
      const lengths = new Map<Interval, Series>();
      for (const interval of intervals) {
        const series = before?.get(interval) ?? this.#create(key, interval);
        if (before?.has(interval) !== true) added.push(series);
        lengths.set(interval, series);
      }
      this.#series.set(key, lengths);
    }
    this.#prepare(added).catch(failed);
    this.#arm(0);
  }

  stop(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    for (const key of [...this.#series.keys()]) this.#end(key);
  }

  #begin(key: InstrumentKey): void {
    this.#options.marketData.subscribe(this, key, candleMode(key));
    this.#connection.whenEnded(key, () => this.#end(key));
  }

  #end(key: InstrumentKey): void {
    if (!this.#series.delete(key)) return;
    this.#options.marketData.unsubscribe(this, key);
  }

  #create(key: InstrumentKey, interval: Interval): Series {
    const { exchange } = splitKey(key);
    if (baseOf(interval) === "1s") this.#options.candles.seen.keepSeconds(key);
    const from = beginOf(interval, exchange, this.#options.candles.now());
    return { key, exchange, interval, from, sent: new Map(), version: -1, end: -Infinity };
  }

  /** Has what came of the present candles before anyone looked; one after the other, since the broker is asked. */
  async #prepare(added: readonly Series[]): Promise<void> {
    const { candles } = this.#options;
    for (const { key, interval } of added) {
      if (!this.#connection.isOpen) return;
      // A minute is over before the broker has told of its beginning.
      if (baseOf(interval) === "1s" || interval === "1m") continue;
      const series = this.#series.get(key)?.get(interval);
      await candles.prepare(key, interval, mayAskBroker(this.#connection.entitlement));
      if (series !== undefined) series.version = -1;
    }
  }

  #arm(ms: number): void {
    this.#disarm?.();
    this.#disarm = this.#options.clock.after(ms, () => {
      this.#disarm = undefined;
      if (this.#series.size === 0 || !this.#connection.isOpen) return;
      this.#arm(this.#pace.every);
      if (this.#looking || this.#connection.unread > UNREAD_BYTES) return;
      this.#looking = true;
      this.#look().catch(failed).finally(() => this.#looking = false);
    });
  }

  /** Sends what has changed, a few series at a time and in the client's turn. */
  async #look(): Promise<void> {
    const all = [...this.#series.values()].flatMap((lengths) => [...lengths.values()]);
    for (let from = 0; from < all.length; from += SERIES_AT_ONCE) {
      await this.#options.work.turn(this.#connection, SERIES_AT_ONCE, () => {
        if (!this.#connection.isOpen) return;
        const rows = all.slice(from, from + SERIES_AT_ONCE).flatMap((series) => this.#rowOf(series) ?? []);
        if (rows.length > 0) this.#connection.send(`{"type":"candle_data","data":[${rows.join(",")}]}`);
      });
    }
  }

  /** What is to be sent of a series, as JSON; undefined for nothing. */
  #rowOf(series: Series): string | undefined {
    const { key, exchange, interval } = series;
    const { candles, instruments } = this.#options;
    if (this.#series.get(key)?.get(interval) !== series) return undefined;
    const version = candles.seen.version(key);
    const isOver = (candle: Candle) => candles.seen.isPast(exchange, endOf(interval, exchange, candle.time));
    if (version === series.version && !candles.seen.isPast(exchange, series.end)) return undefined;
    series.version = version;
    if (baseOf(interval) === "1s") candles.seen.keepSeconds(key);
    const broker = mayAskBroker(this.#connection.entitlement);
    const found = candles.local({ key, interval, from: series.from, to: candles.now() + 1, broker });
    const newest = found.at(-1);
    // Until there is a tick after it, nothing of the newest candle changes but that it is over.
    series.end = newest === undefined || isOver(newest) ? Infinity : endOf(interval, exchange, newest.time);
    const texts: string[] = [];
    for (const candle of found) {
      if (!this.#pace.forming && !isOver(candle)) continue;
      const text = JSON.stringify(candleFields(candle));
      if (series.sent.get(candle.time) === text) continue;
      series.sent.set(candle.time, text);
      texts.push(text);
    }
    // The last two may change still: the newest, and the one before it by a late tick.
    series.from = found.at(-2)?.time ?? series.from;
    for (const time of series.sent.keys()) if (time < series.from) series.sent.delete(time);
    if (texts.length === 0) return undefined;
    const head = JSON.stringify({ instrument: key, symbol: instruments.symbolOf(key), interval });
    return `${head.slice(0, -1)},"candles":[${texts.join(",")}]}`;
  }
}
