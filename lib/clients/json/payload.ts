import { gzipSync } from "node:zlib";

/** What beside the ticks a data message says of itself. */
export interface Marks {
  /** These are last known values, not news. */
  readonly snapshot?: boolean;
  /** Ticks that newer ones replaced before they could be sent. */
  readonly conflated?: number;
  /** When the message was made, ms since the Unix epoch. */
  readonly sentAt?: number;
}

/** Below this many bytes gzip and Base64 make a message longer, whatever it holds. */
const MIN_COMPRESSIBLE = 300;

/**
 * Measured at the sizes that occur (bench/README.md): the stream of the web takes twice as long and compresses on this
 * thread all the same; the levels above take up to twice as long again and save two bytes in a hundred.
 */
const GZIP = { level: 3 };

/** One tick as it stands in a message: JSON, or the broker's packet. */
export type Piece = string | Uint8Array<ArrayBuffer>;

/** The part of a data message that all its receivers share. */
export interface Payload {
  /** The whole message with a client's own number. */
  frame(seq: number): string | Uint8Array<ArrayBuffer>;
  /** Length of the ticks in it, as they are sent. */
  readonly size: number;
  /** Whether the number, and what else there is to say, has a place in it. */
  readonly marked: boolean;
}

/**
 * Only `seq`, which each client counts for itself, is put in at the sending; receivers that happen to count alike
 * share even that.
 */
export class JsonPayload implements Payload {
  readonly marked = true;
  readonly size: number;
  readonly #head: string;
  readonly #tail: string;
  #seq = -1;
  #frame = "";

  constructor(compressed: boolean, data: string, marks: Marks) {
    this.size = data.length;
    this.#head = `{"type":"market_data","compressed":${compressed},"seq":`;
    this.#tail = (marks.snapshot ? ',"snapshot":true' : "") +
      (marks.conflated ? `,"conflated":${marks.conflated}` : "") +
      (marks.sentAt === undefined ? "" : `,"sent_at":${marks.sentAt}`) +
      `,"data":${compressed ? `"${data}"` : data}}`;
  }

  frame(seq: number): string {
    if (seq !== this.#seq) {
      this.#seq = seq;
      this.#frame = this.#head + seq + this.#tail;
    }
    return this.#frame;
  }
}

/**
 * Joins ticks into one JSON array, gzips it and encodes it in Base64; stays with the array where that is shorter, or
 * where compression is not wanted.
 */
export function encodePayload(texts: readonly string[], marks: Marks = {}, compress = true): JsonPayload {
  const json = `[${texts.join(",")}]`;
  if (!compress || json.length < MIN_COMPRESSIBLE) return new JsonPayload(false, json, marks);
  const base64 = gzipSync(json, GZIP).toString("base64");
  return base64.length + 2 < json.length
    ? new JsonPayload(true, base64, marks)
    : new JsonPayload(false, json, marks);
}

/** The broker's packets one after the other, each after its length in 16 bits, little-endian. */
export function encodeBinary(packets: readonly Uint8Array[]): Payload {
  const bytes = new Uint8Array(packets.reduce((sum, packet) => sum + 2 + packet.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const packet of packets) {
    view.setUint16(at, packet.length, true);
    bytes.set(packet, at + 2);
    at += 2 + packet.length;
  }
  return { marked: false, size: bytes.length, frame: () => bytes };
}
