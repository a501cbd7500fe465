import { EXCHANGE_TYPES, type InstrumentKey, splitKey } from "../market/market.ts";
import { AT, TOKEN_BYTES } from "../smartapi/packet_layout.ts";
import { FILTER_BYTES } from "./format.ts";

/**
 * Which instruments a block may hold: one bit for each, by a hash of its exchange and token. A bit that is not set says
 * that the block holds no tick of the instrument; one that is set says that it may.
 */
const BITS = FILTER_BYTES * 8;

/** FNV-1a. */
const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** Notes the instrument of a packet, which was decoded before and so is long enough. */
export function noteInstrument(filter: Uint8Array, packet: Uint8Array): void {
  let hash = Math.imul(OFFSET ^ packet[AT.exchange]!, PRIME);
  const end = AT.token + TOKEN_BYTES;
  for (let i = AT.token; i < end && packet[i] !== 0; i++) hash = Math.imul(hash ^ packet[i]!, PRIME);
  setBit(filter, hash);
}

/** Whether a block with this filter may hold ticks of any of the instruments. */
export function mayHold(filter: Uint8Array, keys: Iterable<InstrumentKey>): boolean {
  for (const key of keys) {
    const { exchange, token } = splitKey(key);
    let hash = Math.imul(OFFSET ^ EXCHANGE_TYPES[exchange], PRIME);
    for (let i = 0; i < token.length; i++) hash = Math.imul(hash ^ token.charCodeAt(i), PRIME);
    const bit = bitOf(hash);
    if ((filter[bit >> 3]! & (1 << (bit & 7))) !== 0) return true;
  }
  return false;
}

function setBit(filter: Uint8Array, hash: number): void {
  const bit = bitOf(hash);
  filter[bit >> 3]! |= 1 << (bit & 7);
}

/** The low bits of FNV alone are weak: the high ones are mixed in. */
function bitOf(hash: number): number {
  return (hash ^ (hash >>> 8) ^ (hash >>> 19)) & (BITS - 1);
}
