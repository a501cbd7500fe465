import type { InstrumentHours } from "../market/instrument_hours.ts";
import { istMidnight } from "../market/ist.ts";
import { isIndexToken, type Tick } from "../market/market.ts";
import { CandleRing, type Memory } from "./candle_ring.ts";
import { AT, candleRows } from "./candle_row.ts";
import { type BaseInterval, lengthOf } from "./interval.ts";
import { NewestMinute } from "./newest_minute.ts";
import type { NumberRows } from "../util/number_rows.ts";
import { SeenSpans } from "./seen_spans.ts";

/** A whole day of the longest session. */
const KEPT_MINUTES = 960;

/** Half an hour. */
const KEPT_SECONDS = 1_800;

const MINUTE = lengthOf("1m");
const SECOND = lengthOf("1s");

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
  readonly #newest: NewestMinute;
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
    this.#rows = rows;
    this.#row = rows.take();
    const { values } = rows;
    values.fill(NaN, this.#row + AT.price, this.#row + AT.total + 1);
    values[this.#row + AT.day] = -Infinity;
    values[this.#row + AT.tradedAt] = -Infinity;
    this.#newest = new NewestMinute(new CandleRing(KEPT_MINUTES, memory), rows, this.#row);
  }

  get minutes(): CandleRing {
    return this.#newest.written();
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
    this.#newest.clear();
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
    if (!this.#newest.note(tick, time, this.#unitsOf(tick, before))) {
      this.#tradeIn("1m", this.minutes, Math.floor(time / MINUTE) * MINUTE, tick, time, before);
      this.#newest.look();
    }
    if (this.#seconds !== undefined) {
      this.#tradeIn("1s", this.#seconds, Math.floor(time / SECOND) * SECOND, tick, time, before);
    }
    const { values } = this.#rows;
    if (time > values[this.#row + AT.tradedAt]!) values[this.#row + AT.tradedAt] = time;
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
    const units = this.#unitsOf(tick, before);
    ring.addVolume(place, Number.isNaN(units) ? undefined : units);
  }

  /** What was traded since the packet before; NaN where it is not known. */
  #unitsOf(tick: Tick, before: number): number {
    return this.#isIndex ? 0 : Math.max(0, totalOf(tick) - before);
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
