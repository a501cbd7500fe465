import { exchangeOfType, type InstrumentKey, keyOf } from "../market/market.ts";
import { AT, TOKEN_BYTES } from "./packet_layout.ts";

/** The instrument of a packet that was decoded before; undefined where its bytes name none. */
export function keyOfPacket(packet: Uint8Array): InstrumentKey | undefined {
  const exchange = exchangeOfType(packet[AT.exchange]!);
  if (exchange === undefined) return undefined;
  let token = "";
  for (let i = AT.token; i < AT.token + TOKEN_BYTES && packet[i] !== 0; i++) {
    token += String.fromCharCode(packet[i]!);
  }
  return keyOf(exchange, token);
}
