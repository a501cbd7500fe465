import { keyOf, type Level, type Mode, type Tick } from "../market.ts";
import { onTick, type SimulatedInstrument } from "./instruments.ts";

/** One instrument's day: a walk that stays within its circuits and keeps its figures true to each other. */
export class PriceWalk {
  readonly #instrument: SimulatedInstrument;
  readonly #random: () => number;
  readonly #upper: number;
  readonly #lower: number;
  #price: number;
  #open: number;
  #high: number;
  #low: number;
  #volume = 0;
  #turnover = 0;
  #lastQuantity = 0;
  #lastTradeTime = 0;
  #openInterest: number;

  constructor(instrument: SimulatedInstrument, random: () => number) {
    this.#instrument = instrument;
    this.#random = random;
    const { previousClose, tickSize, band, price, lotSize } = instrument;
    this.#upper = onTick(previousClose * (1 + band), tickSize);
    this.#lower = Math.max(tickSize, onTick(previousClose * (1 - band), tickSize));
    this.#price =
      this.#open =
      this.#high =
      this.#low =
        price;
    this.#openInterest = Math.floor(random() * 100_000) * lotSize;
  }

  /** Something happens: mostly a trade; now and then only the last price and quantity change, as on the real feed. */
  move(now: number): void {
    const { tickSize, lotSize } = this.#instrument;
    const steps = Math.round((this.#random() - 0.5) * 2 * Math.max(1, this.#price / tickSize / 4_000));
    const moved = onTick(this.#price + steps * tickSize, tickSize);
    this.#price = Math.min(this.#upper, Math.max(this.#lower, moved));
    this.#high = Math.max(this.#high, this.#price);
    this.#low = Math.min(this.#low, this.#price);
    this.#lastQuantity = (1 + Math.floor(this.#random() * 40)) * lotSize;
    this.#lastTradeTime = Math.floor(now / 1000) * 1000;
    if (this.#random() < 0.15) return;
    this.#volume += this.#lastQuantity;
    this.#turnover += this.#lastQuantity * this.#price;
    this.#openInterest = Math.max(0, this.#openInterest + Math.round(this.#random() - 0.5) * lotSize);
  }

  /** The present state as the packet of a mode would carry it. */
  tick(mode: Mode, sequence: number, exchangeTime: number): Tick {
    const { exchange, token, book, previousClose, tickSize } = this.#instrument;
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
      averagePrice: index || this.#volume === 0 ? 0 : onTick(this.#turnover / this.#volume, 0.01),
      volume: index ? 0 : this.#volume,
      totalBuyQuantity: index || book === "no_buyers" ? 0 : 1_000 + Math.floor(this.#random() * 1e6),
      totalSellQuantity: index ? 0 : 1_000 + Math.floor(this.#random() * 1e6),
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
      week52High: onTick(previousClose * 1.22, tickSize),
      week52Low: onTick(previousClose * 0.71, tickSize),
      bids: this.#side(-1),
      asks: this.#side(1),
    };
  }

  #side(direction: 1 | -1): Level[] {
    const { book, tickSize, lotSize } = this.#instrument;
    if (book === "index" || (book === "no_buyers" && direction < 0)) return [];
    const levels: Level[] = [];
    for (let i = 0; i < (book === "thin" ? 2 : 5); i++) {
      const distance = direction < 0 ? i : i + 1;
      const price = onTick(this.#price + direction * distance * tickSize, tickSize);
      if (price <= 0 || price > this.#upper) break;
      levels.push({
        price,
        quantity: (1 + Math.floor(this.#random() * 500)) * lotSize,
        orders: 1 + Math.floor(this.#random() * 20),
      });
    }
    return levels;
  }
}
