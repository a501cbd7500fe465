import type { Bar } from "./candle.ts";

/** What one candle takes: four prices, a time, two counts of 40 bits, and what is known of it. */
export const CANDLE_BYTES = 4 * 8 + 4 + 2 * (4 + 1) + 1;

/** Room for so many candles at first; it doubles as they come. */
const FIRST_ROOM = 32;

/** How far back a late trade is looked for, in candles. */
const LATE_CANDLES = 8;

/** The largest count that is kept. */
const MAX_COUNT = 2 ** 40 - 1;

const HAS_INTEREST = 1;
const NO_VOLUME = 2;

/** Memory that many rings share. */
export interface Memory {
  /** @returns Whether there is so much. */
  take(bytes: number): boolean;
  give(bytes: number): void;
}

/** The newest candles of one instrument in one length, in typed arrays; the oldest make room. */
export class CandleRing {
  readonly #most: number;
  readonly #memory: Memory;
  #room = 0;
  /** The place of the newest, and how many there are. */
  #newest = -1;
  #size = 0;
  #prices = new Float64Array(0);
  /** Seconds since the Unix epoch. */
  #times = new Uint32Array(0);
  /** Volume and open interest, side by side: their lower 32 bits, and the 8 above. */
  #counts = new Uint32Array(0);
  #high = new Uint8Array(0);
  #known = new Uint8Array(0);

  /** @param most Candles that are kept at most. */
  constructor(most: number, memory: Memory) {
    this.#most = most;
    this.#memory = memory;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#room * CANDLE_BYTES;
  }

  /** When the newest begins, ms since the Unix epoch; undefined while there is none. */
  get newestTime(): number | undefined {
    return this.#size === 0 ? undefined : this.#times[this.#newest]! * 1000;
  }

  /** Whether the newest one's volume is not known. */
  get newestLacksVolume(): boolean {
    return this.#size > 0 && (this.#known[this.#newest]! & NO_VOLUME) !== 0;
  }

  /** When the oldest begins. */
  get oldestTime(): number | undefined {
    return this.#size === 0 ? undefined : this.#times[this.#place(this.#size - 1)]! * 1000;
  }

  /** Begins a candle that is newer than all others. @returns Its place; undefined when there is no memory for any. */
  begin(time: number, price: number): number | undefined {
    if (this.#size === this.#room && this.#room < this.#most) this.#grow();
    if (this.#room === 0) return undefined;
    const place = this.#newest = (this.#newest + 1) % this.#room;
    this.#size = Math.min(this.#size + 1, this.#room);
    this.#times[place] = time / 1000;
    this.#prices.fill(price, 4 * place, 4 * place + 4);
    this.#counts.fill(0, 2 * place, 2 * place + 2);
    this.#high.fill(0, 2 * place, 2 * place + 2);
    this.#known[place] = 0;
    return place;
  }

  /** The place of the candle that begins at a time, if it is one of the newest. */
  find(time: number): number | undefined {
    const second = time / 1000;
    for (let back = 0; back < this.#size && back < LATE_CANDLES; back++) {
      const place = this.#place(back);
      if (this.#times[place] === second) return place;
      if (this.#times[place]! < second) return undefined;
    }
    return undefined;
  }

  /** The place of the candle before the newest one. */
  get previous(): number | undefined {
    return this.#size < 2 ? undefined : this.#place(1);
  }

  /** A trade within a candle. @param last Whether it is the last one so far. */
  trade(place: number, price: number, last: boolean): void {
    const at = 4 * place;
    if (price > this.#prices[at + 1]!) this.#prices[at + 1] = price;
    if (price < this.#prices[at + 2]!) this.#prices[at + 2] = price;
    if (last) this.#prices[at + 3] = price;
  }

  /** @param units Undefined where it is not told: then the candle's volume is not known. */
  addVolume(place: number, units: number | undefined): void {
    if (units === undefined) this.#known[place]! |= NO_VOLUME;
    else this.#setCount(2 * place, this.#count(2 * place) + units);
  }

  setInterest(place: number, units: number): void {
    this.#known[place]! |= HAS_INTEREST;
    this.#setCount(2 * place + 1, units);
  }

  /** Those that begin from one moment on and before another one, oldest first. */
  *between(from: number, to: number): Generator<Bar> {
    for (let back = this.#firstBack(from); back >= 0; back--) {
      const bar = this.#bar(this.#place(back));
      if (bar.time >= to) return;
      yield bar;
    }
  }

  /** Gives its memory back; it is empty afterwards. */
  clear(): void {
    this.#memory.give(this.bytes);
    this.#resize(0, 0);
    this.#newest = -1;
    this.#size = 0;
  }

  #bar(place: number): Bar {
    const at = 4 * place;
    const known = this.#known[place]!;
    return {
      time: this.#times[place]! * 1000,
      open: this.#prices[at]!,
      high: this.#prices[at + 1]!,
      low: this.#prices[at + 2]!,
      close: this.#prices[at + 3]!,
      ...(known & NO_VOLUME) === 0 ? { volume: this.#count(2 * place) } : {},
      ...(known & HAS_INTEREST) === 0 ? {} : { openInterest: this.#count(2 * place + 1) },
    };
  }

  /** How many candles back the first one is that begins from a moment on; -1 for none. */
  #firstBack(from: number): number {
    let [low, high] = [0, this.#size];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#times[this.#place(middle)]! * 1000 >= from) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #place(back: number): number {
    return (this.#newest - back + this.#room) % this.#room;
  }

  #count(at: number): number {
    return this.#counts[at]! + this.#high[at]! * 2 ** 32;
  }

  #setCount(at: number, value: number): void {
    const count = Math.min(MAX_COUNT, Math.max(0, value));
    this.#counts[at] = count;
    this.#high[at] = count / 2 ** 32;
  }

  /** Only while it is full, and so in order from its first place on or turned. */
  #grow(): void {
    const room = Math.min(this.#most, this.#room === 0 ? FIRST_ROOM : 2 * this.#room);
    if (!this.#memory.take((room - this.#room) * CANDLE_BYTES)) return;
    this.#resize(room, this.#room === 0 ? 0 : (this.#newest + 1) % this.#room);
    this.#newest = this.#size - 1;
  }

  /** @param oldest The place that becomes the first. */
  #resize(room: number, oldest: number): void {
    this.#prices = turned(this.#prices, new Float64Array(4 * room), 4 * oldest);
    this.#times = turned(this.#times, new Uint32Array(room), oldest);
    this.#counts = turned(this.#counts, new Uint32Array(2 * room), 2 * oldest);
    this.#high = turned(this.#high, new Uint8Array(2 * room), 2 * oldest);
    this.#known = turned(this.#known, new Uint8Array(room), oldest);
    this.#room = room;
  }
}

function turned<Numbers extends Float64Array | Uint32Array | Uint8Array>(
  from: Numbers,
  into: Numbers,
  first: number,
): Numbers {
  if (into.length < from.length) return into;
  into.set(from.subarray(first));
  into.set(from.subarray(0, first), from.length - first);
  return into;
}
