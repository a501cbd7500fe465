import type { Freshness } from "../feed/freshness.ts";
import { istTimestamp } from "../ist.ts";
import { EXCHANGE_TYPES, lowerMode, type Mode, MODE_NUMBERS, type Tick } from "../market.ts";

/** One tick with its texts for the clients: each is made once, at its first use, however many will read it. */
export class TickText {
  readonly #texts: (string | undefined)[] = [];

  /**
   * @param symbol The instrument's name for people.
   * @param closed It came while its exchange was closed: a last value, and no trade of now.
   */
  constructor(readonly tick: Tick, readonly symbol: string, readonly closed = false) {}

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
