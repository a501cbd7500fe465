import type { InstrumentHours } from "../market/instrument_hours.ts";
import { istMidnight } from "../market/ist.ts";
import { isIndexToken, type Tick } from "../market/market.ts";
import { CandleRing, type Memory } from "./candle_ring.ts";
import { type BaseInterval, lengthOf } from "./interval.ts";
import { SeenSpans } from "./seen_spans.ts";

/** A whole day of the longest session. */
const KEPT_MINUTES = 960;

/** Half an hour. */
const KEPT_SECONDS = 1_800;

const MINUTE = lengthOf("1m");
const SECOND = lengthOf("1s");

/** How things stood when the newest candle began. */
interface Beginning {
  /** The day's volume. */
  total: number | undefined;
  /** The latest trade before it, ms since the Unix epoch. */
  tradedAt: number;
}

/** What decides about a tick, beside itself. */
export interface TickMoment {
  /** It repeats a last value. */
  readonly old: boolean;
  /** Of its instrument at its exchange time. */
  readonly hours: Pick<InstrumentHours, "phase" | "trading" | "until">;
}

/**
 * The candles of one instrument as its ticks make them.
 *
 * The exchange's clock decides: a tick belongs to the minute of its trade where it tells that, else to that of its own
 * time, whenever it comes. A packet that repeats price, quantity and volume tells of no trade. Volume is the difference
 * of the packets' totals, so that a tick that was missed falsifies none.
 */
export class InstrumentCandles {
  readonly spans = new SeenSpans();
  readonly minutes: CandleRing;
  readonly #memory: Memory;
  #seconds: CandleRing | undefined;
  readonly #isIndex: boolean;
  /** Counts changes: who has seen a number has nothing to look for until it is another one. */
  version = 0;
  /** What the packet before said, and of which day it was. */
  #price: number | undefined;
  #quantity: number | undefined;
  #total: number | undefined;
  #day = -Infinity;
  /** The latest trade, ms since the Unix epoch. */
  #tradedAt = -Infinity;
  readonly #began: Readonly<Record<BaseInterval, Beginning>> = {
    "1m": { total: undefined, tradedAt: -Infinity },
    "1s": { total: undefined, tradedAt: -Infinity },
  };

  constructor(token: string, memory: Memory, private readonly keptSeconds = KEPT_SECONDS) {
    this.#isIndex = isIndexToken(token);
    this.#memory = memory;
    this.minutes = new CandleRing(KEPT_MINUTES, memory);
  }

  get seconds(): CandleRing | undefined {
    return this.#seconds;
  }

  /** Keeps candles of a second too, from here on. */
  keepSeconds(): void {
    this.#seconds ??= new CandleRing(this.keptSeconds, this.#memory);
  }

  dropSeconds(): void {
    this.#seconds?.clear();
    this.#seconds = undefined;
  }

  clear(): void {
    this.minutes.clear();
    this.dropSeconds();
  }

  take(tick: Tick, { old, hours }: TickMoment): void {
    const time = tick.exchangeTime;
    // After a break the first packet tells where things stand; what led there was not seen.
    const first = this.spans.broken;
    if (first) this.spans.resume((old || time === 0 ? tick.receivedAt : time) + 1);
    const day = istMidnight(time);
    if (day > this.#day) {
      this.#day = day;
      if (this.#total !== undefined) this.#total = 0;
    }
    const isTrade = !old && this.#isTrade(tick, first);
    const before = first ? undefined : this.#total;
    const total = totalOf(tick);
    if (isTrade && (hours.trading || hours.phase === "unknown")) {
      this.#trade(tick, tradeTimeOf(tick), before);
    } // What an auction before the opening trades belongs to the first minute after it.
    else if (isTrade && hours.phase === "pre_open" && total !== undefined && total > (before ?? 0)) {
      this.#trade(tick, hours.until, before);
    }
    this.#price = tick.lastPrice ?? this.#price;
    this.#quantity = tick.mode === "ltp" ? undefined : tick.lastQuantity;
    this.#total = first || total === undefined ? total : Math.max(total, this.#total ?? 0);
  }

  /** The packets of indices, and those with nothing but a price, do not tell. */
  #isTrade(tick: Tick, first: boolean): boolean {
    const price = tick.lastPrice;
    if (price === undefined) return false;
    if (this.#isIndex || tick.mode === "ltp") return true;
    if (first) return false;
    return price !== this.#price || differ(tick.lastQuantity, this.#quantity) ||
      differ(tick.volume, this.#total);
  }

  #trade(tick: Tick, time: number, before: number | undefined): void {
    this.version++;
    this.#tradeIn("1m", this.minutes, Math.floor(time / MINUTE) * MINUTE, tick, time, before);
    if (this.#seconds !== undefined) {
      this.#tradeIn("1s", this.#seconds, Math.floor(time / SECOND) * SECOND, tick, time, before);
    }
    this.#tradedAt = Math.max(this.#tradedAt, time);
  }

  #tradeIn(
    base: BaseInterval,
    ring: CandleRing,
    begin: number,
    tick: Tick,
    time: number,
    before: number | undefined,
  ): void {
    const price = tick.lastPrice!;
    const total = totalOf(tick);
    const newest = ring.newestTime ?? -Infinity;
    const late = begin < newest;
    let place = ring.find(begin);
    let last = !late && time >= this.#tradedAt;
    if (place === undefined) {
      // Older than what can be mended.
      if (late) return;
      place = ring.begin(begin, price);
      if (place === undefined) return;
      this.#began[base].total = before;
      this.#began[base].tradedAt = this.#tradedAt;
    } else {
      if (late && place === ring.previous) last = this.#late(base, ring, place, newest, time, total);
      ring.trade(place, price, last);
    }
    if (last && tick.mode === "snapquote" && tick.openInterest !== undefined) {
      ring.setInterest(place, tick.openInterest);
    }
    if (late || this.#isIndex) return;
    const units = total === undefined || before === undefined ? undefined : Math.max(0, total - before);
    ring.addVolume(place, units);
  }

  /**
   * A late packet tells how much had been traded before the newest candle: so much of it was not traded in that one.
   *
   * @returns Whether its trade was the last one before the newest candle.
   */
  #late(
    base: BaseInterval,
    ring: CandleRing,
    place: number,
    newest: number,
    time: number,
    total: number | undefined,
  ): boolean {
    const began = this.#began[base];
    if (began.total !== undefined && total !== undefined && total > began.total) {
      ring.addVolume(place, total - began.total);
      ring.addVolume(ring.find(newest)!, began.total - total);
      began.total = total;
    }
    if (time < began.tradedAt) return false;
    began.tradedAt = time;
    return true;
  }
}

function totalOf(tick: Tick): number | undefined {
  return tick.mode === "ltp" ? undefined : tick.volume;
}

/** Of the trade that a packet tells of, where it tells when that was; of the packet, where it does not. */
function tradeTimeOf(tick: Tick): number {
  const traded = tick.mode === "snapquote" ? tick.lastTradeTime : undefined;
  const isOfToday = traded !== undefined && traded <= tick.exchangeTime &&
    istMidnight(traded) === istMidnight(tick.exchangeTime);
  return isOfToday ? traded : tick.exchangeTime;
}

/** What one of two packets did not say is no difference. */
function differ(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && a !== b;
}
