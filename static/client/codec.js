// @ts-check
/** What is packed inside the proxy's messages. */

/** @param {string} text @returns {Uint8Array<ArrayBuffer>} */
function bytesOfBase64(text) {
  const { fromBase64 } = /** @type {any} */ (Uint8Array);
  if (fromBase64) return fromBase64.call(Uint8Array, text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/**
 * The ticks of a data message; only `compressed` says how they are packed.
 *
 * @type {import("./parts.d.ts").TicksOf}
 */
export const ticksOf = async ({ compressed, data }) => {
  if (!compressed) return data;
  const gunzip = new DecompressionStream("gzip");
  const writer = gunzip.writable.getWriter();
  // Broken bytes fail at both ends; the reading end reports it.
  writer.write(bytesOfBase64(/** @type {string} */ (data))).catch(() => {});
  writer.close().catch(() => {});
  return await new Response(gunzip.readable).json();
};

/**
 * The broker's packets of a binary frame: each stands after its length in 16 bits, little-endian.
 *
 * @type {import("./parts.d.ts").PacketsOf}
 */
export const packetsOf = (frame) => {
  const view = new DataView(frame);
  const packets = [];
  for (let at = 0; at < frame.byteLength; at += 2 + view.getUint16(at, true)) {
    packets.push(new Uint8Array(frame, at + 2, view.getUint16(at, true)));
  }
  return packets;
};
