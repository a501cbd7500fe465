import type { InstrumentKey } from "../market/market.ts";

/**
 * Packets on their way from the hub to the edges. Little-endian:
 *
 * | bytes | what                                                                                   |
 * | ----- | -------------------------------------------------------------------------------------- |
 * | 1     | version of this format, 1                                                              |
 * | 3     | zero                                                                                   |
 * | 4     | sequence of this subject: one more with each batch, from 1                             |
 * | 8     | epoch of the hub, a float64                                                            |
 * | 8     | the hub's elapsed time when the batch left, ms, a float64                              |
 * | 8     | the same as wall time, ms since the Unix epoch, a float64                              |
 * | …     | entries                                                                                |
 *
 * An entry: length of what follows these twelve bytes (2), kind (2), the hub's elapsed time when it came, ms, a float64;
 * then the packet. Kinds: 0 a tick, 1 a packet that gave none, 2 a last value that tells of no trade of now. In front of a
 * packet that gave no tick stand its instrument and the reason, each as a length (1) and ASCII.
 */
const VERSION = 1;
const AT = { sequence: 4, epoch: 8, elapsed: 16, wall: 24, entries: 32 } as const;
const ENTRY_BYTES = 12;
const TICK = 0;
const REJECTED = 1;
const ANSWER = 2;

/** No batch grows longer; servers take 1 MB by default. */
export const BATCH_BYTES = 48 * 1024;

/** Of a packet that gave no tick: the longest word beside it, and so much of the packet. */
const REJECTED_BYTES = { word: 100, packet: 1_000 } as const;

export interface BatchHead {
  readonly epoch: number;
  readonly sequence: number;
  /** Elapsed ms of the hub. */
  readonly elapsed: number;
  /** ms since the Unix epoch, of the hub. */
  readonly wall: number;
}

export interface BatchEntry {
  readonly packet: Uint8Array;
  /** When it came to the hub, elapsed ms of the hub. */
  readonly cameAt: number;
  /** The hub took it for a last value and not for a trade of the moment in which it came. */
  readonly answer?: boolean;
  /** Of a packet that gave no tick. */
  readonly rejected?: { readonly key: InstrumentKey; readonly reason: string };
}

/** The length of a packet that gave no tick, with words as long as they may be. */
export function rejectedLength({ length }: Uint8Array): number {
  return 2 * (1 + REJECTED_BYTES.word) + Math.min(length, REJECTED_BYTES.packet);
}

/** Collects entries in one piece of memory, which is used again for the next batch. */
export class BatchWriter {
  #bytes = new Uint8Array(4 * 1024);
  #view = new DataView(this.#bytes.buffer);
  #end: number = AT.entries;

  get isEmpty(): boolean {
    return this.#end === AT.entries;
  }

  /** Whether an entry of a length leaves the batch within so many bytes; an empty one takes any. */
  fits(length: number, maxBytes: number): boolean {
    return this.isEmpty || this.#end + ENTRY_BYTES + length <= maxBytes;
  }

  /** @param cameAt Elapsed ms. @param isAnswer It is a last value, and no trade of the moment in which it came. */
  add(packet: Uint8Array, cameAt: number, isAnswer = false): void {
    this.#begin(packet.length, isAnswer ? ANSWER : TICK, cameAt);
    this.#put(packet);
  }

  /** @param cameAt Elapsed ms. */
  addRejected(packet: Uint8Array, cameAt: number, key: InstrumentKey, reason: string): void {
    const words = [key, reason].map((word) => ascii(word.slice(0, REJECTED_BYTES.word)));
    const shown = packet.subarray(0, REJECTED_BYTES.packet);
    this.#begin(shown.length + words.reduce((sum, word) => sum + 1 + word.length, 0), REJECTED, cameAt);
    for (const word of words) {
      this.#bytes[this.#end++] = word.length;
      this.#put(word);
    }
    this.#put(shown);
  }

  /** The batch, with a copy of what was collected; begins the next one. */
  take({ epoch, sequence, elapsed, wall }: BatchHead): Uint8Array<ArrayBuffer> {
    const view = this.#view;
    view.setUint8(0, VERSION);
    view.setUint32(AT.sequence, sequence, true);
    view.setFloat64(AT.epoch, epoch, true);
    view.setFloat64(AT.elapsed, elapsed, true);
    view.setFloat64(AT.wall, wall, true);
    const batch = this.#bytes.slice(0, this.#end);
    this.#end = AT.entries;
    return batch;
  }

  #begin(length: number, kind: number, cameAt: number): void {
    this.#reserve(ENTRY_BYTES + length);
    this.#view.setUint16(this.#end, length, true);
    this.#view.setUint16(this.#end + 2, kind, true);
    this.#view.setFloat64(this.#end + 4, cameAt, true);
    this.#end += ENTRY_BYTES;
  }

  #put(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#end + length));
    larger.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

export interface Batch extends BatchHead {
  readonly entries: readonly BatchEntry[];
}

/** Reads a batch; undefined for bytes that are none, or that end too early. The entries look into the bytes. */
export function readBatch(bytes: Uint8Array): Batch | undefined {
  if (bytes.length < AT.entries || bytes[0] !== VERSION) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: BatchEntry[] = [];
  for (let at: number = AT.entries; at < bytes.length;) {
    if (at + ENTRY_BYTES > bytes.length) return undefined;
    const end = at + ENTRY_BYTES + view.getUint16(at, true);
    if (end > bytes.length) return undefined;
    const kind = view.getUint16(at + 2, true);
    const cameAt = view.getFloat64(at + 4, true);
    const body = bytes.subarray(at + ENTRY_BYTES, end);
    at = end;
    if (kind === TICK) entries.push({ packet: body, cameAt });
    else if (kind === ANSWER) entries.push({ packet: body, cameAt, answer: true });
    else if (kind === REJECTED) {
      const [key, afterKey] = wordAt(body, 0);
      const [reason, afterReason] = wordAt(body, afterKey);
      entries.push({
        packet: body.subarray(afterReason),
        cameAt,
        rejected: { key: key as InstrumentKey, reason },
      });
    }
  }
  return {
    epoch: view.getFloat64(AT.epoch, true),
    sequence: view.getUint32(AT.sequence, true),
    elapsed: view.getFloat64(AT.elapsed, true),
    wall: view.getFloat64(AT.wall, true),
    entries,
  };
}

function wordAt(bytes: Uint8Array, at: number): readonly [string, number] {
  const end = at + 1 + (bytes[at] ?? 0);
  return [String.fromCharCode(...bytes.subarray(at + 1, end)), end];
}

function ascii(word: string): Uint8Array {
  return Uint8Array.from(word, (each) => each.charCodeAt(0) & 0x7f);
}
