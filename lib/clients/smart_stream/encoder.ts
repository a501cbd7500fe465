import type { MarketTick } from "../../feed/market_tick.ts";
import { type Mode, MODE_NUMBERS } from "../../market/market.ts";
import { PACKET_BYTES } from "../../smartapi/endpoints.ts";
import { joined } from "../../util/joined.ts";
import type { Encoder, Payload, Piece } from "../delivery/encoder.ts";
import { shownPacketIn } from "../delivery/packet_slices.ts";

const NOTHING = new Uint8Array(0);

/**
 * The broker's packets, one in each frame.
 *
 * @param key Clients with the same one share their messages.
 * @param modesOf The modes that a client has of an instrument in which it has several; undefined where it has one.
 */
export function packetEncoder(
  key: string,
  modesOf: (tick: MarketTick) => Iterable<Mode> | undefined = () => undefined,
): Encoder {
  function pieceOf(tick: MarketTick, mode: Mode): Piece | undefined {
    const modes = modesOf(tick);
    if (modes === undefined) return packetFor(tick, mode);
    return joined(Array.from(modes, (each) => packetFor(tick, each)));
  }
  return {
    key: `smart_stream ${key}`,
    encoding: "packet",
    pieceOf,
    snapshotOf: pieceOf,
    encode: (pieces) => framesOf(pieces as readonly Uint8Array<ArrayBuffer>[]),
    // No client of the broker understands such a thing.
    noticesOf: () => [],
  };
}

/** The packet in a mode; empty when the broker has sent less than that yet, since it is no packet of the mode. */
export function packetFor(tick: MarketTick, mode: Mode): Uint8Array<ArrayBuffer> {
  const packet = shownPacketIn(tick, mode);
  return packet?.length === PACKET_BYTES[MODE_NUMBERS[mode]] ? packet : NOTHING;
}

/** Packets, or several of them one after the other, as one frame each. */
export function framesOf(pieces: readonly Uint8Array<ArrayBuffer>[]): Payload {
  const frames: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (const piece of pieces) {
    size += piece.length;
    for (let at = 0; at < piece.length;) {
      const length = PACKET_BYTES[piece[at] as keyof typeof PACKET_BYTES];
      frames.push(length === piece.length ? piece : piece.subarray(at, at + length));
      at += length;
    }
  }
  return {
    // Nothing on this wire tells of replaced ticks.
    marked: true,
    size,
    sendTo(sink) {
      for (const frame of frames) sink.sendFrame(frame);
    },
  };
}
