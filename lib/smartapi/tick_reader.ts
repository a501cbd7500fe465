import { type Exchange, type InstrumentKey, isIndexToken, type Tick } from "../market/market.ts";
import { AT } from "./packet_layout.ts";
import { PacketRefusal } from "./packet_refusal.ts";
import { int64, isTime, levels, price, quantity } from "./wire_numbers.ts";

export interface Named {
  readonly token: string;
  readonly key: InstrumentKey;
}

/** Reads a tick field by field, each once: this runs for every packet there is. */
export function readTick(
  view: DataView,
  mode: 1 | 2 | 3,
  exchange: Exchange,
  { token, key }: Named,
  units: number,
  receivedAt: number,
): Tick | PacketRefusal {
  const exchangeTime = int64(view, AT.exchangeTime);
  if (!isTime(exchangeTime)) {
    return new PacketRefusal("bad_time", AT.exchangeTime, `exchange time ${exchangeTime}`, key);
  }
  const raw = int64(view, AT.lastPrice);
  if (raw === Infinity) {
    return new PacketRefusal("number_out_of_range", AT.lastPrice, "a number that no price can be", key);
  }
  if (raw <= 0) return new PacketRefusal("no_price", AT.lastPrice, `last traded price ${raw}`, key);
  const lastPrice = raw / units;
  const index = isIndexToken(token);
  // The number is documented as not available for indices; whatever stands there is not passed on.
  const counter = index ? 0 : int64(view, AT.sequence);
  const sequence = Number.isFinite(counter) ? counter : 0;
  if (mode === 1) return { mode: "ltp", key, exchange, token, sequence, exchangeTime, receivedAt, lastPrice };

  const lastQuantity = int64(view, AT.lastQuantity);
  const averagePrice = int64(view, AT.averagePrice);
  const volume = int64(view, AT.volume);
  const totalBuy = view.getFloat64(AT.totalBuy, true);
  const totalSell = view.getFloat64(AT.totalSell, true);
  const open = int64(view, AT.open);
  const high = int64(view, AT.high);
  const low = int64(view, AT.low);
  const close = int64(view, AT.close);
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
      lastQuantity: index ? undefined : quantity(lastQuantity),
      averagePrice: index ? undefined : price(averagePrice, units),
      volume: index ? undefined : quantity(volume),
      totalBuyQuantity: index ? undefined : quantity(totalBuy),
      totalSellQuantity: index ? undefined : quantity(totalSell),
      open: price(open, units),
      high: price(high, units),
      low: price(low, units),
      close: price(close, units),
    };
  }

  const tradeSeconds = int64(view, AT.lastTradeTime);
  const openInterest = int64(view, AT.openInterest);
  const upperCircuit = int64(view, AT.upperCircuit);
  const lowerCircuit = int64(view, AT.lowerCircuit);
  const week52High = int64(view, AT.week52High);
  const week52Low = int64(view, AT.week52Low);
  return {
    mode: "snapquote",
    key,
    exchange,
    token,
    sequence,
    exchangeTime,
    receivedAt,
    lastPrice,
    lastQuantity: index ? undefined : quantity(lastQuantity),
    averagePrice: index ? undefined : price(averagePrice, units),
    volume: index ? undefined : quantity(volume),
    totalBuyQuantity: index ? undefined : quantity(totalBuy),
    totalSellQuantity: index ? undefined : quantity(totalSell),
    open: price(open, units),
    high: price(high, units),
    low: price(low, units),
    close: price(close, units),
    lastTradeTime: isTime(tradeSeconds * 1000) ? tradeSeconds * 1000 : undefined,
    // Cash instruments carry zero, or their derivatives' figure; only the latter says anything.
    openInterest: index || (openInterest === 0 && isCash(exchange)) ? undefined : quantity(openInterest),
    upperCircuit: price(upperCircuit, units),
    lowerCircuit: price(lowerCircuit, units),
    week52High: price(week52High, units),
    week52Low: price(week52Low, units),
    bids: index ? [] : levels(view, AT.bids, units),
    asks: index ? [] : levels(view, AT.asks, units),
  };
}

function isCash(exchange: Exchange): boolean {
  return exchange === "nse" || exchange === "bse";
}
