import {
  type Exchange,
  type InstrumentKey,
  isIndexToken,
  keyOf,
  MODE_NUMBERS,
  type Tick,
} from "../lib/market/market.ts";

/** What a client was told of one tick, as far as its contract has it. Times in ms since the Unix epoch. */
export interface Told {
  readonly key: InstrumentKey;
  readonly mode?: Tick["mode"];
  readonly price: number;
  readonly sequence: number;
  readonly time: number;
  /** {@linkcode quoteSum} and {@linkcode bookSum} of the modes that have them. */
  readonly quote?: number;
  readonly book?: number;
}

type Level = Readonly<Record<"price" | "quantity" | "orders", number>>;

// deno-lint-ignore no-explicit-any
type Message = Record<string, any>;

const MAX_KEPT = 1 << 20;

/** The latest ticks of one exchange by their sequence number, which counts every one of them. */
class Ring {
  #capacity = 1 << 12;
  #sequence = new Float64Array(this.#capacity);
  #price = new Float64Array(this.#capacity);
  #time = new Float64Array(this.#capacity);
  #quote = new Float64Array(this.#capacity);
  #book = new Float64Array(this.#capacity);
  #key = new Int32Array(this.#capacity);

  set(tick: Tick, key: number): void {
    if (tick.sequence >= this.#capacity && this.#capacity < MAX_KEPT) this.#grow();
    const at = tick.sequence % this.#capacity;
    this.#sequence[at] = tick.sequence;
    this.#price[at] = tick.lastPrice ?? NaN;
    this.#time[at] = tick.exchangeTime;
    this.#key[at] = key;
    const told = toldByTick(tick);
    this.#quote[at] = told.quote ?? NaN;
    this.#book[at] = told.book ?? NaN;
  }

  differs(told: Told, key: number): string | undefined {
    const at = told.sequence % this.#capacity;
    if (this.#sequence[at] !== told.sequence) return "no tick with this sequence number was sent";
    if (this.#key[at] !== key) return "the sequence number is another instrument's";
    if (this.#price[at] !== told.price) return `the price sent was ${this.#price[at]}`;
    if (this.#time[at] !== told.time) return `the time sent was ${this.#time[at]}`;
    if (told.quote !== undefined && this.#quote[at] !== told.quote) return "its figures were not sent";
    if (told.book !== undefined && this.#book[at] !== told.book) return "its book was not sent";
    return undefined;
  }

  /** While nothing has been overwritten, every tick has the place of its number. */
  #grow(): void {
    this.#capacity *= 2;
    const larger = <Column extends Float64Array | Int32Array>(column: Column): Column => {
      const grown = new (column.constructor as new (length: number) => Column)(this.#capacity);
      grown.set(column);
      return grown;
    };
    this.#sequence = larger(this.#sequence);
    this.#price = larger(this.#price);
    this.#time = larger(this.#time);
    this.#quote = larger(this.#quote);
    this.#book = larger(this.#book);
    this.#key = larger(this.#key);
  }
}

/** After this many ticks of indices, the older half is forgotten. */
const MAX_INDEX_TICKS = 200_000;

/** Every tick that the simulator has made: what no client may be told otherwise. */
export class Truth {
  readonly #rings = new Map<Exchange, Ring>();
  readonly #numbers = new Map<InstrumentKey, number>();
  readonly #last = new Map<InstrumentKey, number>();
  readonly #counts = new Map<InstrumentKey, number>();
  /** Indices have no sequence number: what was sent of them, as text. */
  #indices = new Set<string>();
  #olderIndices = new Set<string>();

  note(tick: Tick): void {
    const { key } = tick;
    this.#last.set(key, tick.lastPrice ?? NaN);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    if (isIndexToken(tick.token)) return this.#noteIndex(toldByTick(tick));
    let number = this.#numbers.get(key);
    if (number === undefined) this.#numbers.set(key, number = this.#numbers.size);
    let ring = this.#rings.get(tick.exchange);
    if (ring === undefined) this.#rings.set(tick.exchange, ring = new Ring());
    ring.set(tick, number);
  }

  #noteIndex(told: Told): void {
    if (this.#indices.size > MAX_INDEX_TICKS) {
      this.#olderIndices = this.#indices;
      this.#indices = new Set();
    }
    for (const text of indexTexts(told)) this.#indices.add(text);
  }

  /** What is wrong with what a client was told; undefined where it was sent just so. */
  differs(told: Told): string | undefined {
    const { key } = told;
    const colon = key.indexOf(":");
    if (isIndexToken(key.slice(colon + 1))) {
      const text = indexTexts(told).at(-1)!;
      const known = this.#indices.has(text) || this.#olderIndices.has(text);
      return known ? undefined : "no such tick of this index was sent";
    }
    const number = this.#numbers.get(key);
    const ring = this.#rings.get(key.slice(0, colon) as Exchange);
    if (number === undefined || ring === undefined) return "nothing was sent of this instrument";
    return ring.differs(told, number);
  }

  /** The last price made of an instrument. */
  last(key: InstrumentKey): number | undefined {
    return this.#last.get(key);
  }

  /** How many ticks were made of an instrument since the last {@linkcode countAnew}. */
  count(key: InstrumentKey): number {
    return this.#counts.get(key) ?? 0;
  }

  countAnew(): void {
    this.#counts.clear();
  }
}

/** From the poorest to the richest that the tick can be known by. */
function indexTexts({ key, price, time, quote, book }: Told): string[] {
  const texts = [`${key} ${price} ${time}`];
  if (quote !== undefined) texts.push(`${texts[0]} ${quote}`);
  if (book !== undefined) texts.push(`${texts[1]} ${book}`);
  return texts;
}

/** A tick of the simulator's, or one that was read from a packet. */
export function toldByTick(tick: Tick): Told {
  const { key, mode, lastPrice: price = NaN, sequence, exchangeTime: time } = tick;
  const base = { key, mode, price, sequence, time };
  if (tick.mode === "ltp") return base;
  const quote = sumOf([
    tick.lastQuantity,
    tick.averagePrice,
    tick.volume,
    tick.totalBuyQuantity,
    tick.totalSellQuantity,
    tick.open,
    tick.high,
    tick.low,
    tick.close,
  ]);
  if (tick.mode === "quote") return { ...base, quote };
  const figures = [
    tick.lastTradeTime,
    tick.openInterest,
    tick.upperCircuit,
    tick.lowerCircuit,
    tick.week52High,
    tick.week52Low,
  ];
  return { ...base, quote, book: sumOf([...figures, levelsSum(tick.bids), levelsSum(tick.asks)]) };
}

/** A tick as the clients' JSON has it; undefined where it lacks what it could be known by. */
export function toldByMessage(tick: Message): Told | undefined {
  const { exchange, token, mode, last_traded_price: price, sequence_number: sequence } = tick;
  const time = tick.exchange_timestamp;
  if (typeof price !== "number" || typeof sequence !== "number" || typeof time !== "number") return undefined;
  const base = { key: keyOf(exchange, token), mode, price, sequence, time };
  if (!(MODE_NUMBERS[mode as Tick["mode"]] > 1)) return base;
  const quote = sumOf([
    tick.last_traded_quantity,
    tick.average_traded_price,
    tick.volume,
    tick.total_buy_quantity,
    tick.total_sell_quantity,
    tick.open,
    tick.high,
    tick.low,
    tick.close,
  ]);
  if (mode === "quote") return { ...base, quote };
  const figures = [
    tick.last_traded_timestamp,
    tick.open_interest,
    tick.upper_circuit,
    tick.lower_circuit,
    tick.week52_high,
    tick.week52_low,
  ];
  return { ...base, quote, book: sumOf([...figures, levelsSum(tick.bids), levelsSum(tick.asks)]) };
}

/** What is absent counts as 0. Different for different figures, but for rare chance: they are weighted by their place. */
function sumOf(figures: readonly (number | undefined)[]): number {
  let sum = 0;
  for (let i = 0; i < figures.length; i++) sum += (i + 1) * Math.round((figures[i] ?? 0) * 1e4) % 1e14;
  return sum;
}

function levelsSum(levels: readonly Level[]): number {
  return sumOf(levels.flatMap(({ price, quantity, orders }) => [price, quantity, orders])) % 1e9;
}
