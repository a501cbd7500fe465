/**
 * A WebSocket frame as a server sends it, unmasked (RFC 6455, section 5.2). Built by hand, so that the packets of a
 * moment leave in one write, and so that frames can be sent which no library would make.
 *
 * @param opcode 0 continuation, 1 text, 2 binary.
 */
export function frameOf(opcode: 0 | 1 | 2, payload: Uint8Array, final = true): Uint8Array {
  const length = payload.length;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = new Uint8Array(head + length);
  const view = new DataView(frame.buffer);
  frame[0] = (final ? 0x80 : 0) | opcode;
  if (head === 2) frame[1] = length;
  else if (head === 4) {
    frame[1] = 126;
    view.setUint16(2, length);
  } else {
    frame[1] = 127;
    view.setBigUint64(2, BigInt(length));
  }
  frame.set(payload, head);
  return frame;
}
