import { EXCHANGE_TYPES, type Level, splitKey } from "../market/market.ts";
import { PACKET_BYTES, unitsPerRupee } from "../smartapi/endpoints.ts";
import type { Depth20 } from "../smartapi/packet.ts";
import { DEPTH20_AT as AT, DEPTH20_LEVEL_BYTES as LEVEL_BYTES } from "../smartapi/packet_layout.ts";

/** Encodes a packet of the withdrawn mode 4, 443 bytes; the counterpart of what the decoder calls `Depth20`. */
export function encodeDepth20({ key, exchangeTime, bids, asks }: Depth20): Uint8Array {
  const { exchange, token } = splitKey(key);
  const units = unitsPerRupee(EXCHANGE_TYPES[exchange]);
  const bytes = new Uint8Array(PACKET_BYTES[4]);
  const view = new DataView(bytes.buffer);
  view.setUint8(AT.mode, 4);
  view.setUint8(AT.exchange, EXCHANGE_TYPES[exchange]);
  new TextEncoder().encodeInto(token, bytes.subarray(AT.token, AT.exchangeTime));
  view.setBigInt64(AT.exchangeTime, BigInt(exchangeTime), true);
  const side = (start: number, levels: readonly Level[]) => {
    for (const [i, { price, quantity, orders }] of levels.entries()) {
      const at = start + i * LEVEL_BYTES;
      view.setInt32(at, quantity, true);
      view.setInt32(at + 4, Math.round(price * units), true);
      view.setInt16(at + 8, orders, true);
    }
  };
  side(AT.bids, bids);
  side(AT.asks, asks);
  return bytes;
}
