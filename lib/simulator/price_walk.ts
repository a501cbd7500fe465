import { keyOf, type Level, type Mode, type Tick } from "../market/market.ts";
import type { CandleRow } from "../smartapi/candle_request.ts";
import type { Depth20 } from "../smartapi/packet.ts";
import { circuitsOf, roundToTick, type SimulatedInstrument } from "./instruments.ts";
import type { Shown } from "./traded_minutes.ts";

/** The most that one level holds, in lots; a side's total is never less than its five levels can be. */
const MAX_LEVEL_LOTS = 500;

const MIN_TOTAL_LOTS = 5 * MAX_LEVEL_LOTS;

/** One instrument's day: a walk that stays within its circuits and keeps its figures true to each other. */
export class PriceWalk {
  readonly #instrument: SimulatedInstrument;
  readonly #random: () => number;
  readonly #priceAt: ((now: number) => number) | undefined;
  #previousClose!: number;
  #upper!: number;
  #lower!: number;
  #price: number;
  #open!: number;
  #high!: number;
  #low!: number;
  #volume = 0;
  #turnover = 0;
  #lastQuantity = 0;
  #lastTradeTime = 0;
  /** The price of the day's last trade; undefined where there was none. */
  #traded: number | undefined;
  #before: (() => CandleRow | undefined) | undefined;
  #openInterest: number;
  /** What waits on each side beyond the best levels too, in lots. */
  #buyLots: number;
  #sellLots: number;

  /**
   * @param priceAt The price at a moment, where it follows another one; else it walks by chance.
   * @param before What of the day was before the walk; asked for once, when somebody first looks at it.
   */
  constructor(
    instrument: SimulatedInstrument,
    random: () => number,
    priceAt?: (now: number) => number,
    before?: () => CandleRow | undefined,
  ) {
    this.#instrument = instrument;
    this.#random = random;
    this.#priceAt = priceAt;
    this.#price = instrument.price;
    this.#beginDay(instrument.previousClose);
    this.#before = before;
    this.#openInterest = Math.floor(random() * 100_000) * instrument.lotSize;
    this.#buyLots = MIN_TOTAL_LOTS + Math.floor(random() * 1e5);
    this.#sellLots = MIN_TOTAL_LOTS + Math.floor(random() * 1e5);
  }

  #goOn(): void {
    const row = this.#before?.();
    this.#before = undefined;
    if (row === undefined) return;
    const [, open, high, low, close, volume] = row;
    this.#open = open;
    this.#high = Math.max(high, this.#high);
    this.#low = Math.min(low, this.#low);
    this.#volume = volume;
    this.#turnover = volume * (open + high + low + close) / 4;
    this.#traded = close;
  }

  /** Midnight: the last traded price becomes the previous close, with circuits around it, and nothing has been traded. */
  newDay(): void {
    this.#goOn();
    this.#beginDay(this.#traded ?? this.#previousClose);
    this.#traded = undefined;
    this.#volume = 0;
    this.#turnover = 0;
    this.#lastQuantity = 0;
  }

  #beginDay(previousClose: number): void {
    this.#previousClose = previousClose;
    const { upper, lower } = circuitsOf(this.#instrument, previousClose);
    this.#upper = upper;
    this.#lower = lower;
    this.#open = this.#high = this.#low = this.#price;
  }

  /** Something happens: mostly a trade; now and then only the last price and quantity change, as on the real feed. */
  move(now: number): void {
    this.#goOn();
    const { tickSize, lotSize } = this.#instrument;
    if (this.#priceAt === undefined) {
      const steps = Math.round((this.#random() - 0.5) * 2 * Math.max(1, this.#price / tickSize / 4_000));
      this.#priced(this.#price + steps * tickSize);
    } else this.#follow(now);
    this.#traded = this.#price;
    this.#lastQuantity = (1 + Math.floor(this.#random() * 40)) * lotSize;
    this.#lastTradeTime = Math.floor(now / 1000) * 1000;
    this.#buyLots = Math.max(MIN_TOTAL_LOTS, this.#buyLots + Math.round((this.#random() - 0.5) * 400));
    this.#sellLots = Math.max(MIN_TOTAL_LOTS, this.#sellLots + Math.round((this.#random() - 0.5) * 400));
    if (this.#random() < 0.15) return;
    this.#volume += this.#lastQuantity;
    this.#turnover += this.#lastQuantity * this.#price;
    this.#openInterest = Math.max(0, this.#openInterest + Math.round(this.#random() - 0.5) * lotSize);
  }

  /** The last price. */
  get price(): number {
    return this.#price;
  }

  /** Trades at a price, as far as the day's bounds permit it. */
  moveTo(price: number, now: number): void {
    this.#goOn();
    this.#priced(price);
    this.#traded = this.#price;
    this.#lastTradeTime = Math.floor(now / 1000) * 1000;
  }

  #follow(now: number): void {
    if (this.#priceAt !== undefined) this.#priced(this.#priceAt(now));
  }

  #priced(price: number): void {
    const moved = roundToTick(price, this.#instrument.tickSize);
    this.#price = Math.min(this.#upper, Math.max(this.#lower, moved));
    this.#high = Math.max(this.#high, this.#price);
    this.#low = Math.min(this.#low, this.#price);
  }

  /** What can be seen of the last trade. */
  get shown(): Shown {
    this.#goOn();
    return { price: this.#price, quantity: this.#lastQuantity, volume: this.#volume };
  }

  /** The present state as the packet of a mode would carry it. */
  tick(mode: Mode, sequence: number, exchangeTime: number): Tick {
    this.#follow(exchangeTime);
    if (mode !== "ltp") this.#goOn();
    const { exchange, token, book, tickSize, lotSize } = this.#instrument;
    const previousClose = this.#previousClose;
    const base = {
      key: keyOf(exchange, token),
      exchange,
      token,
      sequence,
      exchangeTime,
      receivedAt: exchangeTime,
      lastPrice: this.#price,
    };
    if (mode === "ltp") return { mode, ...base };
    const index = book === "index";
    const quote = {
      lastQuantity: index ? 0 : this.#lastQuantity,
      averagePrice: index || this.#volume === 0
        ? 0
        : roundToTick(this.#turnover / this.#volume, Math.min(tickSize, 0.01)),
      volume: index ? 0 : this.#volume,
      totalBuyQuantity: index || book === "no_buyers" ? 0 : this.#buyLots * lotSize,
      // At the upper circuit nobody sells.
      totalSellQuantity: index || this.#price >= this.#upper ? 0 : this.#sellLots * lotSize,
      open: this.#open,
      high: this.#high,
      low: this.#low,
      close: previousClose,
    };
    if (mode === "quote") return { mode, ...base, ...quote };
    const derivative = exchange !== "nse" && exchange !== "bse";
    return {
      mode,
      ...base,
      ...quote,
      lastTradeTime: this.#lastTradeTime,
      openInterest: derivative ? this.#openInterest : 0,
      upperCircuit: index ? 0 : this.#upper,
      lowerCircuit: index ? 0 : this.#lower,
      week52High: Math.max(this.#high, roundToTick(previousClose * 1.22, tickSize)),
      week52Low: Math.min(this.#low, roundToTick(previousClose * 0.71, tickSize)),
      bids: this.#side(-1, 5),
      asks: this.#side(1, 5),
    };
  }

  /** Twenty levels of each side, as the withdrawn mode 4 had them; its time has milliseconds. */
  depth20(exchangeTime: number): Depth20 {
    const { exchange, token } = this.#instrument;
    const [bids, asks] = [this.#side(-1, 20), this.#side(1, 20)];
    return { mode: "depth20", key: keyOf(exchange, token), exchangeTime, bids, asks };
  }

  #side(direction: 1 | -1, most: number): Level[] {
    const { book, tickSize, lotSize } = this.#instrument;
    if (book === "index" || (book === "no_buyers" && direction < 0)) return [];
    const levels: Level[] = [];
    for (let i = 0; i < (book === "thin" ? 2 : most); i++) {
      const distance = direction < 0 ? i : i + 1;
      const price = roundToTick(this.#price + direction * distance * tickSize, tickSize);
      if (price < this.#lower || price > this.#upper) break;
      levels.push({
        price,
        quantity: (1 + Math.floor(this.#random() * MAX_LEVEL_LOTS)) * lotSize,
        orders: 1 + Math.floor(this.#random() * 20),
      });
    }
    return levels;
  }
}
