import {
  type Exchange,
  EXCHANGE_TYPES,
  exchangeOfType,
  isIndexToken,
  keyOf,
  type Tick,
} from "../market/market.ts";
import { type Depth20, readDepth20 } from "./depth20_reader.ts";
import { PACKET_BYTES, unitsPerRupee } from "./endpoints.ts";
import { AT, TOKEN_BYTES } from "./packet_layout.ts";
import { PacketRefusal } from "./packet_refusal.ts";
import { type Named, readTick } from "./tick_reader.ts";

export { type Depth20, PacketRefusal };

/** Tokens seen so far, so that a known one costs no new strings; emptied when a hostile feed fills it. */
const MAX_NAMES = 50_000;

export type PacketDecoder = (bytes: Uint8Array, receivedAt: number) => Tick | Depth20 | PacketRefusal;

/**
 * Makes a decoder of binary packets. It is total: any bytes give a tick, a depth packet or a refusal.
 *
 * A packet that is shorter than its mode's is refused, since it lacks fields; one that is longer has grown at its end,
 * and is read as far as it is known. Prices come out in rupees; what the broker left empty is undefined,
 * and so is a number that cannot be: one bad field costs that field. Without a price or a time there is no tick.
 *
 * Sources: documentation "WebSocket Streaming 2.0"; the price is an int64 at 43 as the official Python client reads
 * it (the JavaScript one takes 32 bits of it in mode 1); sides of the book go by position, as the flags of index
 * packets mean nothing.
 */
export function createPacketDecoder(): PacketDecoder {
  const names = new Map<number, Named>();
  /** Of the memory that the last packet was in, which it shared with the others of its read. */
  let view: DataView = new DataView(new ArrayBuffer(0));

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
    const named = { token, key: keyOf(exchange, token), index: isIndexToken(token) };
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
    if (bytes.length < expected) {
      return new PacketRefusal(
        "wrong_length",
        bytes.length,
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
    const units = unitsPerRupee(exchangeType!);
    if (mode === 4) {
      return readDepth20(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), named.key, units);
    }
    const { buffer } = bytes;
    if (buffer !== view.buffer) view = new DataView(buffer);
    return readTick(view, bytes.byteOffset, mode, exchange, named, units, receivedAt);
  };
}

/**
 * The packets of a frame. The broker sends one in each; several are taken apart where their lengths say so to the last
 * byte, and any other frame is taken for one packet.
 */
export function packetsOf(frame: Uint8Array): readonly Uint8Array[] {
  const first = lengthAt(frame, 0);
  if (first === undefined || first >= frame.length) return [frame];
  const packets: Uint8Array[] = [];
  for (let at = 0; at < frame.length;) {
    const length = lengthAt(frame, at);
    if (length === undefined || at + length > frame.length) return [frame];
    packets.push(frame.subarray(at, at += length));
  }
  return packets;
}

/** The length of the packet that begins at a place, where mode and exchange are such as there are. */
function lengthAt(frame: Uint8Array, at: number): number | undefined {
  if (exchangeOfType(frame[at + AT.exchange] ?? -1) === undefined) return undefined;
  return PACKET_BYTES[frame[at + AT.mode] as keyof typeof PACKET_BYTES];
}
