import { crc32 } from "node:zlib";
import { bestCodec, compress } from "./codec.ts";
import { type BlockHeader, encodeBlockHead, FILTER_BYTES } from "./format.ts";
import { noteInstrument } from "./instrument_filter.ts";
import { KIND, RECORD_HEAD_BYTES } from "./records.ts";

/** Records of one block, unpacked: a longer block compresses little better, and holds the event loop for longer. */
export const BLOCK_RAW_BYTES = 256 * 1024;

/** The times of a block's records are kept as 32 bits of ms after its base. */
const MAX_DELTA_MS = 2 ** 31 - 1;

/** A block that is made, as it is to stand in the file. */
export interface SealedBlock {
  readonly header: BlockHeader;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Records on their way into a block. On the path of the ticks: a record is copied, and nothing is made for it. */
export class BlockBuilder {
  #raw = new Uint8Array(BLOCK_RAW_BYTES);
  #view = new DataView(this.#raw.buffer);
  #used = 0;
  #records = 0;
  #ticks = 0;
  #base = 0;
  #from = 0;
  #to = 0;
  readonly #filter = new Uint8Array(FILTER_BYTES);

  get records(): number {
    return this.#records;
  }

  /** Whether a record belongs into this block still; an empty one takes any. */
  fits(at: number, bodyBytes: number): boolean {
    return this.#records === 0 ||
      (this.#used + RECORD_HEAD_BYTES + bodyBytes <= BLOCK_RAW_BYTES &&
        Math.abs(at - this.#base) <= MAX_DELTA_MS);
  }

  /** @param at When it came: whole ms since the Unix epoch. */
  add(kind: typeof KIND[keyof typeof KIND], at: number, body: Uint8Array): void {
    const start = this.#used;
    const end = start + RECORD_HEAD_BYTES + body.length;
    if (end > this.#raw.length) this.#grow(end);
    if (this.#records === 0) this.#base = this.#from = this.#to = at;
    else if (at > this.#to) this.#to = at;
    else if (at < this.#from) this.#from = at;
    this.#raw[start] = kind;
    this.#view.setUint32(start + 1, body.length, true);
    this.#view.setInt32(start + 5, at - this.#base, true);
    this.#raw.set(body, start + RECORD_HEAD_BYTES);
    this.#used = end;
    this.#records++;
    if (kind !== KIND.tick) return;
    this.#ticks++;
    noteInstrument(this.#filter, body);
  }

  /** Makes the block, and begins a new one. */
  seal(): SealedBlock {
    const codec = bestCodec();
    const stored = compress(codec, this.#raw.subarray(0, this.#used));
    const header: BlockHeader = {
      codec,
      storedBytes: stored.length,
      rawBytes: this.#used,
      records: this.#records,
      ticks: this.#ticks,
      from: this.#from,
      to: this.#to,
      base: this.#base,
      filter: this.#filter.slice(),
      payloadCrc: crc32(stored),
    };
    const head = encodeBlockHead(header);
    const bytes = new Uint8Array(head.length + stored.length);
    bytes.set(head);
    bytes.set(stored, head.length);
    this.#used = this.#records = this.#ticks = 0;
    this.#filter.fill(0);
    if (this.#raw.length > BLOCK_RAW_BYTES) this.#use(new Uint8Array(BLOCK_RAW_BYTES));
    return { header, bytes };
  }

  /** A single record that is longer than a block has one of its own. */
  #grow(bytes: number): void {
    const larger = new Uint8Array(bytes);
    larger.set(this.#raw.subarray(0, this.#used));
    this.#use(larger);
  }

  #use(raw: Uint8Array<ArrayBuffer>): void {
    this.#raw = raw;
    this.#view = new DataView(raw.buffer);
  }
}
