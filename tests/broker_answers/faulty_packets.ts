import { AT } from "../../lib/smartapi/packet_layout.ts";
import type { PacketFault } from "../../lib/simulator/faults.ts";
import { joined } from "../../lib/util/joined.ts";

/** Makes the next packet of an instrument. */
type MakePacket = (price?: number, more?: Record<string, unknown>) => Uint8Array;

/** The frames of something that no broker should send about an instrument; those that are too large never arrive. */
export function faultyPackets(fault: PacketFault, packet: MakePacket): (Uint8Array | string)[] {
  const [kind, length] = fault.split("_");
  if (kind === "truncated") return [packet().subarray(0, Number(length) % packet().length)];
  switch (fault) {
    case "unknown_mode_0":
    case "unknown_mode_9":
      return [withByte(packet(), AT.mode, Number(fault.at(-1)))];
    case "token_without_nul":
      return [packet().fill("7".charCodeAt(0), AT.token, AT.sequence)];
    case "negative_price":
      return [packet(-812.35)];
    case "time_backwards":
      return [packet(700, { exchangeTime: Date.parse("2026-11-20T09:20:00+05:30") })];
    case "outside_circuits":
      return [packet(900, { upperCircuit: 850, lowerCircuit: 700 })];
    case "crossed_book":
      return [packet(undefined, {
        bids: [{ price: 801, quantity: 10, orders: 1 }],
        asks: [{ price: 799, quantity: 10, orders: 1 }],
      })];
    case "not_asked":
      return [packet(undefined, { token: "424242" })];
    case "duplicate": {
      const one = packet();
      return [one, one];
    }
    case "two_in_one":
      return [joined([packet(), packet()])];
    case "unknown_json":
      return ['{"hello":"world","mode":1}'];
    case "fragmented":
      // The library puts the pieces together.
      return [packet()];
    default:
      return [];
  }
}

function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  bytes[at] = value;
  return bytes;
}
