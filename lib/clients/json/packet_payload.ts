import type { FrameSink, Payload } from "../delivery/encoder.ts";

/** The broker's packets one after the other, each after its length in 16 bits, little-endian. */
export function packetPayload(packets: readonly Uint8Array[]): Payload {
  const bytes = new Uint8Array(packets.reduce((sum, packet) => sum + 2 + packet.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const packet of packets) {
    view.setUint16(at, packet.length, true);
    bytes.set(packet, at + 2);
    at += 2 + packet.length;
  }
  return { marked: false, size: bytes.length, sendTo: (sink: FrameSink) => sink.sendFrame(bytes) };
}
