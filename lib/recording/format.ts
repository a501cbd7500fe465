import { crc32 } from "node:zlib";

/**
 * The layout of a recording: docs/recording.md. A file has a head and then blocks, nothing between them; all numbers are
 * little-endian. A block has a header, and a payload of compressed records.
 */
export const FILE_HEAD_BYTES = 16;
export const BLOCK_HEAD_BYTES = 88;

/** Bits of the block's filter of instruments, in bytes. */
export const FILTER_BYTES = 32;

/** No block is longer than this, compressed or not: what says so is damaged. */
export const MAX_BLOCK_BYTES = 16 * 1024 * 1024;

const VERSION = 1;
const FILE_MARK = new TextEncoder().encode("SMARTREC");
const BLOCK_MARK = new TextEncoder().encode("SRB1");

/** Where the recorded prices came from, with its number in the file's head. */
const SOURCES = { live: 1, simulated: 2 } as const;

export type RecordedSource = keyof typeof SOURCES;

/** How the payload is compressed. */
export const CODECS = { deflate: 1, zstd: 2 } as const;

export type Codec = keyof typeof CODECS;

/** What is known of a block without unpacking it. Times in ms since the Unix epoch. */
export interface BlockHeader {
  readonly codec: Codec;
  /** Bytes of the payload as it is stored, and unpacked. */
  readonly storedBytes: number;
  readonly rawBytes: number;
  readonly records: number;
  /** Those of the records that are believed ticks. */
  readonly ticks: number;
  /** The earliest and the latest arrival: a wall clock may be set back in between. */
  readonly from: number;
  readonly to: number;
  /** What the records' times count from. */
  readonly base: number;
  /** See `instrument_filter.ts`. */
  readonly filter: Uint8Array;
  readonly payloadCrc: number;
}

/** Whether two headers are of the same block. */
export function isSameBlock(a: BlockHeader, b: BlockHeader): boolean {
  return a.payloadCrc === b.payloadCrc && a.base === b.base && a.records === b.records &&
    a.rawBytes === b.rawBytes;
}

export function encodeFileHead(source: RecordedSource): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FILE_HEAD_BYTES);
  bytes.set(FILE_MARK);
  bytes[8] = VERSION;
  bytes[9] = SOURCES[source];
  new DataView(bytes.buffer).setUint32(12, crc32(bytes.subarray(0, 12)), true);
  return bytes;
}

/** The source, or a sentence about why this is no recording that can be read. */
export function decodeFileHead(bytes: Uint8Array): { readonly source: RecordedSource } | string {
  if (bytes.length < FILE_HEAD_BYTES) return "it is shorter than a recording's head";
  if (FILE_MARK.some((byte, i) => bytes[i] !== byte)) return "it is no recording";
  const view = new DataView(bytes.buffer, bytes.byteOffset, FILE_HEAD_BYTES);
  if (view.getUint32(12, true) !== crc32(bytes.subarray(0, 12))) return "its head is damaged";
  if (bytes[8] !== VERSION) return `it has version ${bytes[8]}; this program reads version ${VERSION}`;
  const source = Object.entries(SOURCES).find(([, number]) => number === bytes[9])?.[0];
  return source === undefined ? "its head names no source" : { source: source as RecordedSource };
}

export function encodeBlockHead(header: BlockHeader): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BLOCK_HEAD_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(BLOCK_MARK);
  bytes[4] = CODECS[header.codec];
  view.setUint32(8, header.storedBytes, true);
  view.setUint32(12, header.rawBytes, true);
  view.setUint32(16, header.records, true);
  view.setUint32(20, header.ticks, true);
  view.setFloat64(24, header.from, true);
  view.setFloat64(32, header.to, true);
  view.setFloat64(40, header.base, true);
  bytes.set(header.filter, 48);
  view.setUint32(80, header.payloadCrc, true);
  view.setUint32(84, crc32(bytes.subarray(0, 84)), true);
  return bytes;
}

/** The header that stands at a place, or undefined where there is none that is whole. */
export function decodeBlockHead(bytes: Uint8Array, at = 0): BlockHeader | undefined {
  if (bytes.length - at < BLOCK_HEAD_BYTES || !isBlockMark(bytes, at)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, BLOCK_HEAD_BYTES);
  if (view.getUint32(84, true) !== crc32(bytes.subarray(at, at + 84))) return undefined;
  const codec = (Object.keys(CODECS) as Codec[]).find((each) => CODECS[each] === view.getUint8(4));
  const storedBytes = view.getUint32(8, true);
  const rawBytes = view.getUint32(12, true);
  if (codec === undefined || storedBytes > MAX_BLOCK_BYTES || rawBytes > MAX_BLOCK_BYTES) return undefined;
  return {
    codec,
    storedBytes,
    rawBytes,
    records: view.getUint32(16, true),
    ticks: view.getUint32(20, true),
    from: view.getFloat64(24, true),
    to: view.getFloat64(32, true),
    base: view.getFloat64(40, true),
    filter: bytes.slice(at + 48, at + 48 + FILTER_BYTES),
    payloadCrc: view.getUint32(80, true),
  };
}

/** Whether a block might begin here. */
export function isBlockMark(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === BLOCK_MARK[0] && bytes[at + 1] === BLOCK_MARK[1] && bytes[at + 2] === BLOCK_MARK[2] &&
    bytes[at + 3] === BLOCK_MARK[3];
}
