/** Packets are copied into pieces of memory of this size. The last packet of a silent instrument keeps its whole piece alive. */
const PIECE_BYTES = 8 * 1024;

/**
 * Copies packets out of the bytes they came with, which would otherwise be kept for as long as any of them. Many
 * copies share a piece of memory: one of its own for each costs ten times as much as the copying.
 */
export class PacketCopies {
  #piece = new Uint8Array(PIECE_BYTES);
  #used = 0;

  /** @param length Bytes of it that are copied, from its beginning on; all by default. */
  copy(packet: Uint8Array, length = packet.length): Uint8Array<ArrayBuffer> {
    const bytes = packet.length === length ? packet : packet.subarray(0, length);
    if (length > PIECE_BYTES) return bytes.slice();
    if (this.#used + length > PIECE_BYTES) {
      this.#piece = new Uint8Array(PIECE_BYTES);
      this.#used = 0;
    }
    const copy = this.#piece.subarray(this.#used, this.#used += length);
    copy.set(bytes);
    return copy;
  }
}
