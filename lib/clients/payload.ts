import { Buffer } from "node:buffer";

/** What beside the ticks a data message says of itself. */
export interface Marks {
  /** These are last known values, not news. */
  readonly snapshot?: boolean;
  /** Ticks that newer ones replaced before they could be sent. */
  readonly conflated?: number;
}

/** Below this many bytes gzip and Base64 make a message longer, whatever it holds. */
const MIN_COMPRESSIBLE = 300;

/**
 * The part of a data message that all its receivers share. Only `seq`, which each client counts for itself, is put in
 * at the sending; receivers that happen to count alike share even that.
 */
export class Payload {
  readonly #head: string;
  readonly #tail: string;
  #seq = -1;
  #frame = "";

  constructor(compressed: boolean, data: string, marks: Marks) {
    this.#head = `{"type":"market_data","compressed":${compressed},"seq":`;
    this.#tail = (marks.snapshot ? ',"snapshot":true' : "") +
      (marks.conflated ? `,"conflated":${marks.conflated}` : "") +
      `,"data":${compressed ? `"${data}"` : data}}`;
  }

  /** The whole message with a client's own number. */
  frame(seq: number): string {
    if (seq !== this.#seq) {
      this.#seq = seq;
      this.#frame = this.#head + seq + this.#tail;
    }
    return this.#frame;
  }
}

/** Joins ticks into one JSON array, gzips it and encodes it in Base64; stays with the array where that is shorter. */
export async function encodePayload(texts: readonly string[], marks: Marks = {}): Promise<Payload> {
  const json = `[${texts.join(",")}]`;
  if (json.length < MIN_COMPRESSIBLE) return new Payload(false, json, marks);
  const base64 = await gzipBase64(json);
  return base64.length + 2 < json.length ? new Payload(true, base64, marks) : new Payload(false, json, marks);
}

const utf8 = new TextEncoder();

async function gzipBase64(text: string): Promise<string> {
  const gzip = new CompressionStream("gzip");
  const writer = gzip.writable.getWriter();
  // Settles only as the other end is read; a failure shows there.
  writer.write(utf8.encode(text)).catch(() => {});
  writer.close().catch(() => {});
  const bytes = await new Response(gzip.readable).arrayBuffer();
  return Buffer.from(bytes).toString("base64");
}
