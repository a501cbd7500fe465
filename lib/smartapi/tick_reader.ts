import { type Exchange, type InstrumentKey, type Tick } from "../market/market.ts";
import { AT } from "./packet_layout.ts";
import { PacketRefusal } from "./packet_refusal.ts";
import { int64, isTime, levels, price, quantity } from "./wire_numbers.ts";

export interface Named {
  readonly token: string;
  readonly key: InstrumentKey;
  /** Whether it is an index. */
  readonly index: boolean;
}

/** Commodities have had prices below zero (crude oil, April 2020); shares and what hangs on them have not. */
const MAY_BE_NEGATIVE: ReadonlySet<Exchange> = new Set(["mcx", "ncdex"]);

/**
 * Reads a tick field by field, each once: this runs for every packet there is.
 *
 * @param at Where the packet begins.
 */
export function readTick(
  view: DataView,
  at: number,
  mode: 1 | 2 | 3,
  exchange: Exchange,
  { token, key, index }: Named,
  units: number,
  receivedAt: number,
): Tick | PacketRefusal {
  const exchangeTime = int64(view, at + AT.exchangeTime);
  const raw = int64(view, at + AT.lastPrice);
  // A contract that never traded has neither a price nor a time.
  if (!isTime(exchangeTime) && !(exchangeTime === 0 && raw === 0)) {
    return new PacketRefusal("bad_time", AT.exchangeTime, `exchange time ${exchangeTime}`, key);
  }
  const signed = MAY_BE_NEGATIVE.has(exchange);
  const isPrice = price(raw, units, signed) !== undefined;
  const priceFault = isPrice || raw === 0
    ? undefined
    : Number.isFinite(raw)
    ? "no_price"
    : "number_out_of_range";
  if (priceFault !== undefined && mode === 1) {
    return new PacketRefusal(priceFault, AT.lastPrice, `last traded price ${raw}`, key);
  }
  const fault = priceFault === undefined ? undefined : { priceFault } as const;
  let lastPrice = isPrice ? raw / units : undefined;
  // The number is documented as not available for indices; whatever stands there is not passed on.
  const counter = index ? 0 : int64(view, at + AT.sequence);
  const sequence = Number.isFinite(counter) ? counter : 0;
  if (mode === 1) return { mode: "ltp", key, exchange, token, sequence, exchangeTime, receivedAt, lastPrice };

  const lastQuantity = int64(view, at + AT.lastQuantity);
  const averagePrice = int64(view, at + AT.averagePrice);
  const volume = int64(view, at + AT.volume);
  const totalBuy = view.getFloat64(at + AT.totalBuy, true);
  const totalSell = view.getFloat64(at + AT.totalSell, true);
  const open = int64(view, at + AT.open);
  const high = int64(view, at + AT.high);
  const low = int64(view, at + AT.low);
  const close = int64(view, at + AT.close);
  // Zero is a price as well, where it can be one and something was traded.
  if (signed && raw === 0 && volume > 0 && Number.isFinite(volume)) lastPrice = 0;
  if (mode === 2) {
    return {
      mode: "quote",
      key,
      exchange,
      token,
      sequence,
      exchangeTime,
      receivedAt,
      lastPrice,
      ...fault,
      lastQuantity: index ? undefined : quantity(lastQuantity),
      averagePrice: index ? undefined : price(averagePrice, units, signed),
      volume: index ? undefined : quantity(volume),
      totalBuyQuantity: index ? undefined : quantity(totalBuy),
      totalSellQuantity: index ? undefined : quantity(totalSell),
      open: price(open, units, signed),
      high: price(high, units, signed),
      low: price(low, units, signed),
      close: price(close, units, signed),
    };
  }

  const tradeSeconds = int64(view, at + AT.lastTradeTime);
  const openInterest = int64(view, at + AT.openInterest);
  const upperCircuit = int64(view, at + AT.upperCircuit);
  const lowerCircuit = int64(view, at + AT.lowerCircuit);
  const week52High = int64(view, at + AT.week52High);
  const week52Low = int64(view, at + AT.week52Low);
  return {
    mode: "snapquote",
    key,
    exchange,
    token,
    sequence,
    exchangeTime,
    receivedAt,
    lastPrice,
    ...fault,
    lastQuantity: index ? undefined : quantity(lastQuantity),
    averagePrice: index ? undefined : price(averagePrice, units, signed),
    volume: index ? undefined : quantity(volume),
    totalBuyQuantity: index ? undefined : quantity(totalBuy),
    totalSellQuantity: index ? undefined : quantity(totalSell),
    open: price(open, units, signed),
    high: price(high, units, signed),
    low: price(low, units, signed),
    close: price(close, units, signed),
    lastTradeTime: isTime(tradeSeconds * 1000) ? tradeSeconds * 1000 : undefined,
    // Cash instruments carry zero, or their derivatives' figure; only the latter says anything.
    openInterest: index || (openInterest === 0 && isCash(exchange)) ? undefined : quantity(openInterest),
    upperCircuit: price(upperCircuit, units, signed),
    lowerCircuit: price(lowerCircuit, units, signed),
    week52High: price(week52High, units, signed),
    week52Low: price(week52Low, units, signed),
    bids: index ? [] : levels(view, at + AT.bids, units, signed),
    asks: index ? [] : levels(view, at + AT.asks, units, signed),
  };
}

function isCash(exchange: Exchange): boolean {
  return exchange === "nse" || exchange === "bse";
}
