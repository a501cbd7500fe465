import type { InstrumentHours } from "../market/instrument_hours.ts";
import { istMidnight } from "../market/ist.ts";
import { isIndexToken, type Tick } from "../market/market.ts";
import { CandleRing, type Memory } from "./candle_ring.ts";
import { type BaseInterval, lengthOf } from "./interval.ts";
import { NumberRows } from "../util/number_rows.ts";
import { SeenSpans } from "./seen_spans.ts";

/** A whole day of the longest session. */
const KEPT_MINUTES = 960;

/** Half an hour. */
const KEPT_SECONDS = 1_800;

const MINUTE = lengthOf("1m");
const SECOND = lengthOf("1s");

/** What is asked for each tick, in a row of numbers; NaN for what is not known. */
const AT = {
  /** The packet before: of which day it was, and what it said. */
  day: 0,
  price: 1,
  quantity: 2,
  total: 3,
  /** The latest trade, ms since the Unix epoch. */
  tradedAt: 4,
  /** The newest minute, and what has been traded in it since it was last written to the ring. */
  minute: 5,
  high: 6,
  low: 7,
  close: 8,
  volume: 9,
  interest: 10,
  /** 1 where the minute's volume is not known. */
  noVolume: 11,
  /** 1 where there is something to be written. */
  unwritten: 12,
} as const;

/** Two lines of a processor's cache. */
const ROW = 16;

/** Rows for the candles of many instruments. */
export function candleRows(): NumberRows {
  return new NumberRows(ROW);
}

/** How things stood when the newest candle began. */
interface Beginning {
  /** The day's volume; NaN where it is not known. */
  total: number;
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
  readonly #minutes: CandleRing;
  readonly #memory: Memory;
  #seconds: CandleRing | undefined;
  readonly #isIndex: boolean;
  /** Counts changes: who has seen a number has nothing to look for until it is another one. */
  version = 0;
  readonly #rows: NumberRows;
  readonly #row: number;
  readonly #began: Readonly<Record<BaseInterval, Beginning>> = {
    "1m": { total: NaN, tradedAt: -Infinity },
    "1s": { total: NaN, tradedAt: -Infinity },
  };

  constructor(
    token: string,
    memory: Memory,
    private readonly keptSeconds = KEPT_SECONDS,
    rows: NumberRows = candleRows(),
  ) {
    this.#isIndex = isIndexToken(token);
    this.#memory = memory;
    this.#minutes = new CandleRing(KEPT_MINUTES, memory);
    this.#rows = rows;
    this.#row = rows.take();
    const { values } = rows;
    values.fill(NaN, this.#row + AT.price, this.#row + AT.total + 1);
    values[this.#row + AT.day] = -Infinity;
    values[this.#row + AT.tradedAt] = -Infinity;
    this.#forgetMinute();
  }

  get minutes(): CandleRing {
    this.#write();
    return this.#minutes;
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
    this.#forgetMinute();
    this.#minutes.clear();
    this.dropSeconds();
  }

  /** Nothing is asked of it any more. */
  end(): void {
    this.clear();
    this.#rows.give(this.#row);
  }

  take(tick: Tick, { old, hours }: TickMoment): void {
    const { values } = this.#rows;
    const row = this.#row;
    const time = tick.exchangeTime;
    // After a break the first packet tells where things stand; what led there was not seen.
    const first = this.spans.broken;
    if (first) this.spans.resume((old || time === 0 ? tick.receivedAt : time) + 1);
    const day = istMidnight(time);
    if (day > values[row + AT.day]!) {
      values[row + AT.day] = day;
      if (!Number.isNaN(values[row + AT.total]!)) values[row + AT.total] = 0;
    }
    const isTrade = !old && this.#isTrade(tick, first);
    const before = first ? NaN : values[row + AT.total]!;
    const total = totalOf(tick);
    if (isTrade && (hours.trading || hours.phase === "unknown")) {
      this.#trade(tick, tradeTimeOf(tick), before);
    } // What an auction before the opening trades belongs to the first minute after it.
    else if (isTrade && hours.phase === "pre_open" && total > (Number.isNaN(before) ? 0 : before)) {
      this.#trade(tick, hours.until, before);
    }
    if (tick.lastPrice !== undefined) values[row + AT.price] = tick.lastPrice;
    values[row + AT.quantity] = tick.mode === "ltp" ? NaN : tick.lastQuantity ?? NaN;
    const known = values[row + AT.total]!;
    values[row + AT.total] = first || !(total < known) ? total : known;
  }

  /** The packets of indices, and those with nothing but a price, do not tell. */
  #isTrade(tick: Tick, first: boolean): boolean {
    const price = tick.lastPrice;
    if (price === undefined) return false;
    if (this.#isIndex || tick.mode === "ltp") return true;
    if (first) return false;
    const { values } = this.#rows;
    return price !== values[this.#row + AT.price] ||
      differ(tick.lastQuantity ?? NaN, values[this.#row + AT.quantity]!) ||
      differ(tick.volume ?? NaN, values[this.#row + AT.total]!);
  }

  /** @param before The day's volume before the packet; NaN where it is not known. */
  #trade(tick: Tick, time: number, before: number): void {
    this.version++;
    if (!this.#tradeInNewest(tick, time, before)) {
      this.#write();
      this.#tradeIn("1m", this.#minutes, Math.floor(time / MINUTE) * MINUTE, tick, time, before);
      this.#lookAtNewest();
    }
    if (this.#seconds !== undefined) {
      this.#tradeIn("1s", this.#seconds, Math.floor(time / SECOND) * SECOND, tick, time, before);
    }
    const { values } = this.#rows;
    if (time > values[this.#row + AT.tradedAt]!) values[this.#row + AT.tradedAt] = time;
  }

  /** Almost every trade is the latest of the newest minute. @returns Whether this one is, and was noted. */
  #tradeInNewest(tick: Tick, time: number, before: number): boolean {
    const { values } = this.#rows;
    const row = this.#row;
    const minute = values[row + AT.minute]!;
    if (!(time >= minute && time < minute + MINUTE && time >= values[row + AT.tradedAt]!)) return false;
    const units = this.#isIndex ? 0 : Math.max(0, totalOf(tick) - before);
    if (Number.isNaN(units)) {
      if (values[row + AT.noVolume] === 0) return false;
    } else values[row + AT.volume]! += units;
    const price = tick.lastPrice!;
    if (price > values[row + AT.high]!) values[row + AT.high] = price;
    if (price < values[row + AT.low]!) values[row + AT.low] = price;
    values[row + AT.close] = price;
    if (tick.mode === "snapquote" && tick.openInterest !== undefined) {
      values[row + AT.interest] = tick.openInterest;
    }
    values[row + AT.unwritten] = 1;
    return true;
  }

  /** Brings what was noted of the newest minute to the ring. */
  #write(): void {
    const { values } = this.#rows;
    const row = this.#row;
    if (values[row + AT.unwritten] !== 1) return;
    const place = this.#minutes.find(values[row + AT.minute]!)!;
    this.#minutes.trade(place, values[row + AT.high]!, false);
    this.#minutes.trade(place, values[row + AT.low]!, false);
    this.#minutes.trade(place, values[row + AT.close]!, true);
    const interest = values[row + AT.interest]!;
    if (!Number.isNaN(interest)) this.#minutes.setInterest(place, interest);
    const volume = values[row + AT.volume]!;
    if (volume > 0) this.#minutes.addVolume(place, volume);
    this.#lookAtNewest();
  }

  /** From here on trades of the newest minute are noted in the row. */
  #lookAtNewest(): void {
    const newest = this.#minutes.newestTime;
    this.#forgetMinute();
    if (newest === undefined) return;
    const { values } = this.#rows;
    values[this.#row + AT.minute] = newest;
    values[this.#row + AT.noVolume] = this.#minutes.newestLacksVolume ? 1 : 0;
  }

  #forgetMinute(): void {
    const { values } = this.#rows;
    const row = this.#row;
    values[row + AT.minute] = NaN;
    values[row + AT.high] = -Infinity;
    values[row + AT.low] = Infinity;
    values[row + AT.volume] = 0;
    values[row + AT.interest] = NaN;
    values[row + AT.unwritten] = 0;
  }

  #tradeIn(
    base: BaseInterval,
    ring: CandleRing,
    begin: number,
    tick: Tick,
    time: number,
    before: number,
  ): void {
    const price = tick.lastPrice!;
    const total = totalOf(tick);
    const tradedAt = this.#rows.values[this.#row + AT.tradedAt]!;
    const newest = ring.newestTime ?? -Infinity;
    const late = begin < newest;
    let place = ring.find(begin);
    let last = !late && time >= tradedAt;
    if (place === undefined) {
      // Older than what can be mended.
      if (late) return;
      place = ring.begin(begin, price);
      if (place === undefined) return;
      this.#began[base].total = before;
      this.#began[base].tradedAt = tradedAt;
    } else {
      if (late && place === ring.previous) last = this.#late(base, ring, place, newest, time, total);
      ring.trade(place, price, last);
    }
    if (last && tick.mode === "snapquote" && tick.openInterest !== undefined) {
      ring.setInterest(place, tick.openInterest);
    }
    if (late || this.#isIndex) return;
    const units = Math.max(0, total - before);
    ring.addVolume(place, Number.isNaN(units) ? undefined : units);
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
    total: number,
  ): boolean {
    const began = this.#began[base];
    if (total > began.total) {
      ring.addVolume(place, total - began.total);
      ring.addVolume(ring.find(newest)!, began.total - total);
      began.total = total;
    }
    if (time < began.tradedAt) return false;
    began.tradedAt = time;
    return true;
  }
}

/** The day's volume by a packet; NaN where it does not tell. */
function totalOf(tick: Tick): number {
  return tick.mode === "ltp" ? NaN : tick.volume ?? NaN;
}

/** Of the trade that a packet tells of, where it tells when that was; of the packet, where it does not. */
function tradeTimeOf(tick: Tick): number {
  const traded = tick.mode === "snapquote" ? tick.lastTradeTime : undefined;
  const isOfToday = traded !== undefined && traded <= tick.exchangeTime &&
    istMidnight(traded) === istMidnight(tick.exchangeTime);
  return isOfToday ? traded : tick.exchangeTime;
}

/** What one of two packets did not say (NaN) is no difference. */
function differ(a: number, b: number): boolean {
  return a < b || a > b;
}
