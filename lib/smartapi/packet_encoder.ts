import { EXCHANGE_TYPES, type Level, MODE_NUMBERS, type Tick } from "../market/market.ts";
import { PACKET_BYTES, unitsPerRupee } from "./endpoints.ts";
import { AT, LEVEL_BYTES, LEVELS, TOKEN_BYTES } from "./packet_layout.ts";

/** What an empty book slot holds: zeros, or the -1 that the feed puts into every slot of an index. */
export type EmptyLevel = "zero" | "sentinel";

/**
 * Encodes a tick as the broker would send it; the counterpart of the decoder, for the simulator and the tests.
 *
 * @throws {RangeError} The token is longer than its 25 bytes.
 */
export function encodePacket(tick: Tick, empty: EmptyLevel = "zero"): Uint8Array {
  const mode = MODE_NUMBERS[tick.mode];
  const units = unitsPerRupee(EXCHANGE_TYPES[tick.exchange]);
  const bytes = new Uint8Array(PACKET_BYTES[mode]);
  const view = new DataView(bytes.buffer);
  const whole = (at: number, value = 0) => view.setBigInt64(at, BigInt(Math.round(value)), true);
  const rupees = (at: number, value = 0) => whole(at, value * units);
  if (tick.token.length > TOKEN_BYTES) {
    throw new RangeError(`token ${tick.token} is longer than ${TOKEN_BYTES} bytes`);
  }
  view.setUint8(AT.mode, mode);
  view.setUint8(AT.exchange, EXCHANGE_TYPES[tick.exchange]);
  for (let i = 0; i < tick.token.length; i++) bytes[AT.token + i] = tick.token.charCodeAt(i);
  whole(AT.sequence, tick.sequence);
  whole(AT.exchangeTime, tick.exchangeTime);
  rupees(AT.lastPrice, tick.lastPrice);
  if (tick.mode === "ltp") return bytes;
  whole(AT.lastQuantity, tick.lastQuantity);
  rupees(AT.averagePrice, tick.averagePrice);
  whole(AT.volume, tick.volume);
  view.setFloat64(AT.totalBuy, tick.totalBuyQuantity ?? 0, true);
  view.setFloat64(AT.totalSell, tick.totalSellQuantity ?? 0, true);
  rupees(AT.open, tick.open);
  rupees(AT.high, tick.high);
  rupees(AT.low, tick.low);
  rupees(AT.close, tick.close);
  if (tick.mode === "quote") return bytes;
  whole(AT.lastTradeTime, (tick.lastTradeTime ?? 0) / 1000);
  whole(AT.openInterest, tick.openInterest);
  encodeSide(view, AT.bids, 1, tick.bids, units, empty);
  encodeSide(view, AT.asks, 0, tick.asks, units, empty);
  rupees(AT.upperCircuit, tick.upperCircuit);
  rupees(AT.lowerCircuit, tick.lowerCircuit);
  rupees(AT.week52High, tick.week52High);
  rupees(AT.week52Low, tick.week52Low);
  return bytes;
}

function encodeSide(
  view: DataView,
  start: number,
  flag: 0 | 1,
  side: readonly Level[],
  units: number,
  empty: EmptyLevel,
): void {
  for (let i = 0; i < LEVELS; i++) {
    const at = start + i * LEVEL_BYTES;
    const level = side[i];
    const blank = empty === "sentinel" && level === undefined ? -1 : 0;
    view.setInt16(at, blank || flag, true);
    view.setBigInt64(at + 2, BigInt(level?.quantity ?? blank), true);
    view.setBigInt64(at + 10, BigInt(Math.round((level?.price ?? 0) * units) || blank), true);
    view.setInt16(at + 18, level?.orders ?? blank, true);
  }
}
