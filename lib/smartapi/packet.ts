import {
  type Exchange,
  EXCHANGE_TYPES,
  exchangeOfType,
  type InstrumentKey,
  isIndexToken,
  keyOf,
  type Level,
  type Tick,
} from "../market/market.ts";
import { PACKET_BYTES, unitsPerRupee } from "./endpoints.ts";
import { AT, LEVEL_BYTES, LEVELS, TOKEN_BYTES } from "./packet_layout.ts";

/** The withdrawn twenty-level depth (mode 4). It carries no price of a trade, so it is never a tick. */
export interface Depth20 {
  readonly mode: "depth20";
  readonly key: InstrumentKey;
  /** ms since the Unix epoch. */
  readonly exchangeTime: number;
  readonly bids: readonly Level[];
  readonly asks: readonly Level[];
}

/** Why bytes are not a market-data packet: a value, never thrown. */
export class PacketRefusal {
  constructor(
    readonly reason:
      | "empty"
      | "unknown_mode"
      | "wrong_length"
      | "unknown_exchange"
      | "bad_token"
      | "number_out_of_range"
      | "bad_time"
      | "no_price",
    /** Where in the packet the trouble is. */
    readonly offset: number,
    readonly detail: string,
    /** Whose packet it was, where that could be read. */
    readonly key?: InstrumentKey,
  ) {}
}

interface Named {
  readonly token: string;
  readonly key: InstrumentKey;
}

/** Tokens seen so far, so that a known one costs no new strings; emptied when a hostile feed fills it. */
const MAX_NAMES = 50_000;

export type PacketDecoder = (bytes: Uint8Array, receivedAt: number) => Tick | Depth20 | PacketRefusal;

/**
 * Makes a decoder of binary packets. It is total: any bytes give a tick, a depth packet or a refusal.
 *
 * A packet of another length than its mode's is refused: a shorter one lacks fields, and in a longer one we cannot
 * know which bytes mean what we think they mean. Prices come out in rupees; what the broker left empty is undefined.
 *
 * Sources: documentation "WebSocket Streaming 2.0"; the price is an int64 at 43 as the official Python client reads
 * it (the JavaScript one takes 32 bits of it in mode 1); sides of the book go by position, as the flags of index
 * packets mean nothing.
 */
export function createPacketDecoder(): PacketDecoder {
  const names = new Map<number, Named>();

  /** The token up to its NUL and its key, or undefined when it is not made of digits. */
  function nameAt(bytes: Uint8Array, exchange: Exchange): Named | undefined {
    let length = 0;
    let value = 0;
    for (; length < TOKEN_BYTES; length++) {
      const digit = bytes[AT.token + length];
      if (digit === 0) break;
      if (digit! < 48 || digit! > 57) return undefined;
      value = value * 10 + digit! - 48;
    }
    if (length === 0) return undefined;
    // Up to twelve digits and no leading zero, the number stands for the text; with the exchange it is a cache key.
    const cacheable = length <= 12 && bytes[AT.token] !== 48;
    const id = value * 16 + EXCHANGE_TYPES[exchange];
    const known = cacheable ? names.get(id) : undefined;
    if (known !== undefined) return known;
    const token = String.fromCharCode(...bytes.subarray(AT.token, AT.token + length));
    const named = { token, key: keyOf(exchange, token) };
    if (cacheable) {
      if (names.size >= MAX_NAMES) names.clear();
      names.set(id, named);
    }
    return named;
  }

  return function decode(bytes, receivedAt) {
    if (bytes.length === 0) return new PacketRefusal("empty", 0, "no bytes");
    const mode = bytes[AT.mode] as keyof typeof PACKET_BYTES;
    const expected = PACKET_BYTES[mode];
    if (expected === undefined) return new PacketRefusal("unknown_mode", AT.mode, `mode ${mode}`);
    const exchangeType = bytes[AT.exchange];
    const exchange = exchangeOfType(exchangeType!);
    const named = exchange && bytes.length >= AT.sequence ? nameAt(bytes, exchange) : undefined;
    if (bytes.length !== expected) {
      return new PacketRefusal(
        "wrong_length",
        Math.min(bytes.length, expected),
        `${bytes.length} bytes for mode ${mode}, which has ${expected}`,
        named?.key,
      );
    }
    if (exchange === undefined) {
      return new PacketRefusal("unknown_exchange", AT.exchange, `exchange type ${exchangeType}`);
    }
    if (named === undefined) {
      return new PacketRefusal("bad_token", AT.token, "the token is not made of digits");
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return mode === 4
      ? readDepth20(view, named.key, unitsPerRupee(exchangeType!))
      : readTick(view, mode, exchange, named, unitsPerRupee(exchangeType!), receivedAt);
  };
}

/** Beyond the year 2200 a time is garbage. */
const LAST_TIME_MS = 7_258_118_400_000;

/** Reads a tick field by field, each once: this runs for every packet there is. */
function readTick(
  view: DataView,
  mode: 1 | 2 | 3,
  exchange: Exchange,
  { token, key }: Named,
  units: number,
  receivedAt: number,
): Tick | PacketRefusal {
  const exchangeTime = int64(view, AT.exchangeTime);
  if (!(exchangeTime > 0 && exchangeTime < LAST_TIME_MS)) {
    return new PacketRefusal("bad_time", AT.exchangeTime, `exchange time ${exchangeTime}`, key);
  }
  const raw = int64(view, AT.lastPrice);
  if (raw === Infinity) return outOfRange(view, AT.lastPrice, AT.lastPrice, key);
  if (raw <= 0) return new PacketRefusal("no_price", AT.lastPrice, `last traded price ${raw}`, key);
  const lastPrice = raw / units;
  const index = isIndexToken(token);
  // The number is documented as not available for indices; whatever stands there is not passed on.
  const sequence = index ? 0 : int64(view, AT.sequence);
  if (!Number.isFinite(sequence)) return outOfRange(view, AT.sequence, AT.sequence, key);
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
  // One sum instead of seven questions: a number that is out of range makes it infinite as well.
  const sum = lastQuantity + averagePrice + volume + open + high + low + close;
  if (!Number.isFinite(sum) || !(Math.abs(totalBuy) <= MAX_SAFE) || !(Math.abs(totalSell) <= MAX_SAFE)) {
    return outOfRange(view, AT.lastQuantity, AT.close, key);
  }
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
  const snapSum = openInterest + upperCircuit + lowerCircuit + week52High + week52Low;
  if (!Number.isFinite(snapSum)) {
    return !Number.isFinite(openInterest)
      ? outOfRange(view, AT.openInterest, AT.openInterest, key)
      : outOfRange(view, AT.upperCircuit, AT.week52Low, key);
  }
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
    lastTradeTime: tradeSeconds > 0 && tradeSeconds * 1000 < LAST_TIME_MS ? tradeSeconds * 1000 : undefined,
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

const MAX_SAFE = Number.MAX_SAFE_INTEGER;

/** Names the first field of a stretch that no price, quantity or counter can have. */
function outOfRange(view: DataView, first: number, last: number, key: InstrumentKey): PacketRefusal {
  let at = first;
  for (; at < last; at += 8) {
    const float = at === AT.totalBuy || at === AT.totalSell;
    const value = float ? view.getFloat64(at, true) : int64(view, at);
    if (!(Math.abs(value) <= MAX_SAFE)) break;
  }
  return new PacketRefusal("number_out_of_range", at, "a number no price, quantity or counter can have", key);
}

function isCash(exchange: Exchange): boolean {
  return exchange === "nse" || exchange === "bse";
}

/** The high half of what is a safe integer. */
const MAX_HIGH = 0x1fffff;

/** A signed 64-bit integer from two 32-bit reads, exact; infinite where it is beyond 2^53. */
function int64(view: DataView, at: number): number {
  const high = view.getInt32(at + 4, true);
  if (high > MAX_HIGH || high < -MAX_HIGH) return high > 0 ? Infinity : -Infinity;
  return high * 4_294_967_296 + view.getUint32(at, true);
}

/** Rupees; zero and below mean that the broker has none. */
function price(raw: number, units: number): number | undefined {
  return raw > 0 ? raw / units : undefined;
}

function quantity(value: number): number | undefined {
  return value >= 0 ? value : undefined;
}

/** Five slots of a book side; an empty one (no price) and the sentinels of -1 are dropped. */
function levels(view: DataView, start: number, units: number): Level[] {
  const side: Level[] = [];
  for (let at = start; at < start + LEVELS * LEVEL_BYTES; at += LEVEL_BYTES) {
    const quantity = int64(view, at + 2);
    const raw = int64(view, at + 10);
    if (raw <= 0 || quantity <= 0 || raw === Infinity || quantity === Infinity) continue;
    const orders = view.getInt16(at + 18, true);
    side.push({ price: raw / units, quantity, orders: orders > 0 ? orders : 0 });
  }
  return side;
}

function readDepth20(view: DataView, key: InstrumentKey, units: number): Depth20 | PacketRefusal {
  const exchangeTime = int64(view, 27);
  if (!(exchangeTime > 0 && exchangeTime < LAST_TIME_MS)) {
    return new PacketRefusal("bad_time", 27, `exchange time ${exchangeTime}`, key);
  }
  const side = (start: number): Level[] => {
    const found: Level[] = [];
    for (let at = start; at < start + 200; at += 10) {
      const quantity = view.getInt32(at, true);
      const raw = view.getInt32(at + 4, true);
      if (raw > 0 && quantity > 0) {
        found.push({ price: raw / units, quantity, orders: Math.max(0, view.getInt16(at + 8, true)) });
      }
    }
    return found;
  };
  return { mode: "depth20", key, exchangeTime, bids: side(43), asks: side(243) };
}
