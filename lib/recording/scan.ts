import { crc32 } from "node:zlib";
import {
  BLOCK_HEAD_BYTES,
  type BlockHeader,
  decodeBlockHead,
  FILE_HEAD_BYTES,
  isBlockMark,
} from "./format.ts";
import { readAt } from "./read_at.ts";

/** Where a block stands. */
export interface BlockEntry {
  readonly header: BlockHeader;
  readonly offset: number;
}

/** Bytes of a file in which no whole block is found. */
export interface Damage {
  readonly from: number;
  readonly to: number;
}

export interface Scan {
  readonly blocks: BlockEntry[];
  /** Between whole blocks. */
  readonly damaged: readonly Damage[];
  /** Where the last whole block ends; what is behind it is a torn tail. */
  readonly end: number;
  readonly size: number;
}

/** Small blocks come several to a read; of large ones little more than the header is read. */
const WINDOW_BYTES = 4 * 1024;

/** While looking for the next block after a damage. */
const SEARCH_BYTES = 1024 * 1024;

/** Where the last whole block ended that a walk has found, and how long the file was. */
export type WalkEnd = Pick<Scan, "end" | "size">;

/**
 * Finds the blocks of a file by their headers, one after the other, and the damages between them; a block comes behind
 * each damage. Payloads are not looked at, so the handle may be used in between.
 *
 * @param from Where to begin: behind the head, or where an earlier walk has ended.
 */
export async function* walkBlocks(
  file: Deno.FsFile,
  from = FILE_HEAD_BYTES,
): AsyncGenerator<BlockEntry | Damage, WalkEnd> {
  const { size } = await file.stat();
  const room = new Uint8Array(WINDOW_BYTES);
  let window = room.subarray(0, 0);
  let windowAt = 0;
  let at = from;
  while (at < size) {
    if (at < windowAt || at + BLOCK_HEAD_BYTES > windowAt + window.length) {
      window = await readAt(file, at, WINDOW_BYTES, room);
      windowAt = at;
    }
    const header = decodeBlockHead(window, at - windowAt);
    if (header !== undefined && endOf(header, at) <= size) {
      yield { header, offset: at };
      at = endOf(header, at);
      continue;
    }
    const next = await findBlock(file, at + 1, size);
    if (next === undefined) break;
    yield { from: at, to: next };
    at = next;
  }
  return { end: Math.min(at, size), size };
}

/** All of them, to be gone through in any order. @param from See {@linkcode walkBlocks}. */
export async function scanBlocks(file: Deno.FsFile, from = FILE_HEAD_BYTES): Promise<Scan> {
  const blocks: BlockEntry[] = [];
  const damaged: Damage[] = [];
  const walk = walkBlocks(file, from);
  for (;;) {
    const { done, value } = await walk.next();
    if (done) return { blocks, damaged, ...value };
    if ("header" in value) blocks.push(value);
    else damaged.push(value);
  }
}

/**
 * A block's payload, as it is stored.
 *
 * @returns Undefined where it is damaged.
 */
export async function readPayload(
  file: Deno.FsFile,
  { header, offset }: BlockEntry,
): Promise<Uint8Array | undefined> {
  const stored = await readAt(file, offset + BLOCK_HEAD_BYTES, header.storedBytes);
  return stored.length === header.storedBytes && crc32(stored) === header.payloadCrc ? stored : undefined;
}

export function endOf({ storedBytes }: BlockHeader, offset: number): number {
  return offset + BLOCK_HEAD_BYTES + storedBytes;
}

/** The first place from here on at which a whole block begins. */
async function findBlock(file: Deno.FsFile, from: number, size: number): Promise<number | undefined> {
  // Pieces overlap by a header, which may lie across their border.
  for (let at = from; at + BLOCK_HEAD_BYTES <= size; at += SEARCH_BYTES) {
    const piece = await readAt(file, at, SEARCH_BYTES + BLOCK_HEAD_BYTES);
    for (let i = 0; i < SEARCH_BYTES && i + BLOCK_HEAD_BYTES <= piece.length; i++) {
      if (!isBlockMark(piece, i)) continue;
      const header = decodeBlockHead(piece, i);
      if (header !== undefined && endOf(header, at + i) <= size) return at + i;
    }
  }
  return undefined;
}
