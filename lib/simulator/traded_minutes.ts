import { type InstrumentKey, isIndexToken, splitKey } from "../market/market.ts";
import { MINUTE_MS } from "./trading_hours.ts";

/** A minute of trading: its beginning in ms since the Unix epoch, prices in rupees, units. */
export interface TradedMinute {
  readonly time: number;
  readonly open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/** What an instrument shows of its last trade. */
export interface Shown {
  readonly price: number;
  readonly quantity: number;
  /** Of the day. */
  readonly volume: number;
}

/** Minutes of an instrument that are remembered: three days. */
const MAX_MINUTES = 3 * 1_440;

/**
 * What was traded on the simulated stream, minute by minute: the candles that a broker makes of its own ticks. They are
 * made here from the trades themselves, and not by the code that makes candles of packets, so that either can be
 * checked by the other.
 */
export class TradedMinutes {
  readonly #minutes = new Map<InstrumentKey, TradedMinute[]>();

  /** Notes a move, where it shows: what changes nothing that can be seen is no trade. */
  note(key: InstrumentKey, before: Shown, after: Shown, now: number): void {
    const index = isIndexToken(splitKey(key).token);
    const { price, quantity, volume } = after;
    if (!index && price === before.price && quantity === before.quantity && volume === before.volume) return;
    const units = index ? 0 : volume - before.volume;
    const time = Math.floor(now / MINUTE_MS) * MINUTE_MS;
    const minutes = this.#of(key);
    const last = minutes.at(-1);
    if (last?.time !== time) {
      minutes.push({ time, open: price, high: price, low: price, close: price, volume: units });
      if (minutes.length > MAX_MINUTES) minutes.shift();
      return;
    }
    last.high = Math.max(last.high, price);
    last.low = Math.min(last.low, price);
    last.close = price;
    last.volume += units;
  }

  /** The minutes of an instrument that begin from one moment on and before another one. */
  between(key: InstrumentKey, from: number, to: number): TradedMinute[] {
    return (this.#minutes.get(key) ?? []).filter(({ time }) => from <= time && time < to);
  }

  #of(key: InstrumentKey): TradedMinute[] {
    let minutes = this.#minutes.get(key);
    if (minutes === undefined) this.#minutes.set(key, minutes = []);
    return minutes;
  }
}
