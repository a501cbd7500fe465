import type { Freshness } from "../../feed/freshness.ts";
import { istTimestamp } from "../../market/ist.ts";
import { EXCHANGE_TYPES, lowerMode, type Mode, MODE_NUMBERS, type Tick } from "../../market/market.ts";

/** All that a tick can say, in the documented order. */
export const FIELDS: readonly string[] = [
  "exchange",
  "exchange_type",
  "token",
  "symbol",
  "mode",
  "last_traded_price",
  "timestamp",
  "exchange_timestamp",
  "sequence_number",
  "last_traded_quantity",
  "average_traded_price",
  "volume",
  "total_buy_quantity",
  "total_sell_quantity",
  "open",
  "high",
  "low",
  "close",
  "last_traded_timestamp",
  "open_interest",
  "upper_circuit",
  "lower_circuit",
  "week52_high",
  "week52_low",
  "bids",
  "asks",
  "received_at",
];

const NO_PACKET = new Uint8Array(0);

/** One tick with its texts for the clients: each is made once, at its first use, however many will read it. */
export class TickJson {
  readonly #texts: (string | undefined)[] = [];

  /**
   * @param symbol The instrument's name for people.
   * @param closed It came while its exchange was closed: a last value, and no trade of now.
   * @param packet What it was read from, for those who read packets themselves.
   */
  constructor(
    readonly tick: Tick,
    readonly symbol: string,
    readonly closed = false,
    readonly packet: Uint8Array<ArrayBuffer> = NO_PACKET,
  ) {}

  /** The tick as JSON, cut down to a mode; in its own mode where that is the lower one. */
  in(mode: Mode): string {
    const view = lowerMode(mode, this.tick.mode);
    return this.#texts[MODE_NUMBERS[view]] ??= this.#make(view);
  }

  /** The tick as one of the last known values, with what it is worth now. */
  asSnapshot(mode: Mode, freshness: Freshness): string {
    const text = this.in(mode);
    // One that already says `closed` says enough.
    return this.closed ? text : `${text.slice(0, -1)},"freshness":"${freshness}"}`;
  }

  /** Some fields of the tick, and with them always whose it is and what is not to be overlooked. */
  only(fields: readonly string[], mode: Mode, freshness?: Freshness): string {
    const all = tickFields(this.tick, this.symbol, lowerMode(mode, this.tick.mode));
    const some: Record<string, unknown> = { exchange: all.exchange, token: all.token };
    for (const field of fields) some[field] = field === "received_at" ? this.tick.receivedAt : all[field];
    const worth = this.closed ? "closed" : freshness;
    if (worth !== undefined) some.freshness = worth;
    return JSON.stringify(some);
  }

  #make(view: Mode): string {
    const text = JSON.stringify(tickFields(this.tick, this.symbol, view));
    return this.closed ? `${text.slice(0, -1)},"freshness":"closed"}` : text;
  }
}

/** The fields of the clients' wire in their documented order; what the broker did not say is absent. */
function tickFields(tick: Tick, symbol: string, view: Mode): Record<string, unknown> {
  const fields = {
    exchange: tick.exchange,
    exchange_type: EXCHANGE_TYPES[tick.exchange],
    token: tick.token,
    symbol,
    mode: view,
    last_traded_price: tick.lastPrice,
    timestamp: wallClock(tick.exchangeTime),
    exchange_timestamp: tick.exchangeTime,
    sequence_number: tick.sequence,
  };
  if (view === "ltp" || tick.mode === "ltp") return fields;
  const quote = {
    ...fields,
    last_traded_quantity: tick.lastQuantity,
    average_traded_price: tick.averagePrice,
    volume: tick.volume,
    total_buy_quantity: tick.totalBuyQuantity,
    total_sell_quantity: tick.totalSellQuantity,
    open: tick.open,
    high: tick.high,
    low: tick.low,
    close: tick.close,
  };
  if (view === "quote" || tick.mode === "quote") return quote;
  return {
    ...quote,
    last_traded_timestamp: tick.lastTradeTime,
    open_interest: tick.openInterest,
    upper_circuit: tick.upperCircuit,
    lower_circuit: tick.lowerCircuit,
    week52_high: tick.week52High,
    week52_low: tick.week52Low,
    bids: tick.bids,
    asks: tick.asks,
  };
}

/** Most ticks of a moment share their second, and making a date's text costs more than the rest of the tick. */
let lastSecond = -1;
let lastText = "";

function wallClock(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = istTimestamp(ms);
  }
  return lastText;
}
