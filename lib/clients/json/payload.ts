import { getLogger } from "@logtape/logtape";
import type { FrameSink, Marks, Payload } from "../delivery/encoder.ts";
import { gzipBase64 } from "./gzip.ts";

/** Below this many bytes gzip and Base64 make a message longer, whatever it holds. */
const MIN_COMPRESSIBLE = 300;

const log = getLogger(["clients"]);

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
    this.#tail = `${marksText(marks)},"data":${compressed ? `"${data}"` : data}}`;
  }

  frame(seq: number): string {
    if (seq !== this.#seq) {
      this.#seq = seq;
      this.#frame = this.#head + seq + this.#tail;
    }
    return this.#frame;
  }

  sendTo(sink: FrameSink, seq: number): void {
    sink.sendFrame(this.frame(seq));
  }
}

/** What a message says of itself, as JSON to stand after another field. */
export function marksText({ snapshot, stale, source, conflated, sentAt }: Marks): string {
  return (source === undefined ? "" : `,"source":"${source}"`) +
    (snapshot ? ',"snapshot":true' : "") +
    (stale ? ',"stale":true' : "") +
    (conflated ? `,"conflated":${conflated}` : "") +
    (sentAt === undefined ? "" : `,"sent_at":${sentAt}`);
}

/** Joins ticks into one JSON array. */
export function jsonPayload(pieces: readonly string[], marks: Marks = {}): JsonPayload {
  return new JsonPayload(false, arrayOf(pieces), marks);
}

/**
 * Joins ticks into one JSON array, gzips it and encodes it in Base64; stays with the array where that is shorter. A
 * short one is not tried, and is there at once.
 */
export function gzipPayload(
  pieces: readonly string[],
  marks: Marks = {},
): JsonPayload | Promise<JsonPayload> {
  const json = arrayOf(pieces);
  if (json.length < MIN_COMPRESSIBLE) return new JsonPayload(false, json, marks);
  return compressed(json, marks);
}

async function compressed(json: string, marks: Marks): Promise<JsonPayload> {
  try {
    const base64 = await gzipBase64(json);
    if (base64.length + 2 < json.length) return new JsonPayload(true, base64, marks);
  } catch (error) {
    log.error("a message could not be compressed and is sent as it is; please report it: {error}", { error });
  }
  return new JsonPayload(false, json, marks);
}

function arrayOf(pieces: readonly string[]): string {
  return `[${pieces.join(",")}]`;
}
