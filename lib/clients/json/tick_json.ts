import type { Freshness } from "../../feed/freshness.ts";
import { type EncodingSlot, encodingSlot, type MarketTick } from "../../feed/market_tick.ts";
import { istTimestamp } from "../../market/ist.ts";
import { EXCHANGE_TYPES, type InstrumentKey, lowerMode, type Mode } from "../../market/market.ts";

const LTP_FIELDS = [
  "exchange",
  "exchange_type",
  "token",
  "symbol",
  "mode",
  "last_traded_price",
  "timestamp",
  "exchange_timestamp",
  "sequence_number",
] as const;

const QUOTE_FIELDS = [
  ...LTP_FIELDS,
  "last_traded_quantity",
  "average_traded_price",
  "volume",
  "total_buy_quantity",
  "total_sell_quantity",
  "open",
  "high",
  "low",
  "close",
] as const;

const SNAPQUOTE_FIELDS = [
  ...QUOTE_FIELDS,
  "last_traded_timestamp",
  "open_interest",
  "upper_circuit",
  "lower_circuit",
  "week52_high",
  "week52_low",
  "bids",
  "asks",
] as const;

/** What a tick can say in each mode, in the documented order. */
export const FIELDS_OF_MODE: Readonly<Record<Mode, readonly string[]>> = {
  ltp: LTP_FIELDS,
  quote: QUOTE_FIELDS,
  snapquote: SNAPQUOTE_FIELDS,
};

/** All that a tick can say, in the documented order. */
export const FIELDS: readonly string[] = [...SNAPQUOTE_FIELDS, "received_at"];

/** Writes ticks as JSON; each text is made once per tick and mode, however many clients read it. */
export class TickJson {
  readonly #slots: Readonly<Record<Mode, EncodingSlot<string>>>;
  /** With what it was worth when it came. */
  readonly #liveSlots: Readonly<Record<Mode, EncodingSlot<string>>>;

  /**
   * @param symbolOf An instrument's name for people.
   * @param source What every message says of its ticks; nothing of those that are of now.
   */
  constructor(private readonly symbolOf: (key: InstrumentKey) => string, readonly source?: "replay") {
    const slotOf = (mode: Mode) =>
      encodingSlot((tick) =>
        JSON.stringify(tickFields(tick, symbolOf(tick.tick.key), lowerMode(mode, tick.tick.mode)))
      );
    this.#slots = { ltp: slotOf("ltp"), quote: slotOf("quote"), snapquote: slotOf("snapquote") };
    const liveSlotOf = (mode: Mode) =>
      encodingSlot((tick) => {
        const text = tick.encoded(this.#slots[mode]);
        const freshness = tick.freshness(mode);
        return freshness === undefined ? text : withFreshness(text, freshness);
      });
    this.#liveSlots = {
      ltp: liveSlotOf("ltp"),
      quote: liveSlotOf("quote"),
      snapquote: liveSlotOf("snapquote"),
    };
  }

  /** The tick cut down to a mode; in its own mode where that is the lower one. */
  in(mode: Mode, tick: MarketTick): string {
    const view = lowerMode(mode, tick.tick.mode);
    return tick.encoded(tick.ordinary ? this.#slots[view] : this.#liveSlots[view]);
  }

  /** The tick as one of the last known values, with what it is worth now. */
  snapshot(mode: Mode, tick: MarketTick, freshness: Freshness): string {
    return withFreshness(tick.encoded(this.#slots[lowerMode(mode, tick.tick.mode)]), freshness);
  }

  /** The fields of the tick cut down to a mode; in its own mode where that is the lower one. */
  fieldsIn(mode: Mode, tick: MarketTick): Record<string, unknown> {
    const { key, mode: own } = tick.tick;
    return tickFields(tick, this.symbolOf(key), lowerMode(mode, own));
  }

  /** Some fields of the tick, and with them always whose it is and what is not to be overlooked. */
  only(
    fields: readonly string[],
    mode: Mode,
    tick: MarketTick,
    freshness = tick.freshness(mode),
  ): string {
    const { key, mode: own, receivedAt } = tick.tick;
    const all = tickFields(tick, this.symbolOf(key), lowerMode(mode, own));
    const some: Record<string, unknown> = { exchange: all.exchange, token: all.token };
    for (const field of fields) some[field] = field === "received_at" ? receivedAt : all[field];
    if (freshness !== undefined) some.freshness = freshness;
    return JSON.stringify(some);
  }
}

function withFreshness(text: string, freshness: Freshness): string {
  return `${text.slice(0, -1)},"freshness":"${freshness}"}`;
}

/** The fields of the clients' wire in their documented order; what the broker did not say, or is not believed, is absent. */
function tickFields(marked: MarketTick, symbol: string, view: Mode): Record<string, unknown> {
  const { tick } = marked;
  const hasTime = tick.exchangeTime > 0;
  const fields = {
    exchange: tick.exchange,
    exchange_type: EXCHANGE_TYPES[tick.exchange],
    token: tick.token,
    symbol,
    mode: view,
    last_traded_price: marked.hasPrice(view) ? tick.lastPrice : undefined,
    timestamp: hasTime ? wallClock(tick.exchangeTime) : undefined,
    exchange_timestamp: hasTime ? tick.exchangeTime : undefined,
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
