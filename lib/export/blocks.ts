import { bestCodec } from "../recording/codec.ts";
import { type BlockSource, RecordedFile } from "../recording/recorded_file.ts";
import type { Recorded } from "../recording/records.ts";
import { type BlockEntry, type Damage, endOf, walkBlocks, type WalkEnd } from "../recording/scan.ts";

/** A part of a file that cannot be read. */
export interface BadPart {
  /** Bytes of the file. */
  readonly bytes: { readonly from: number; readonly to: number };
  /** What came in this time may be lost; ms since the Unix epoch, undefined where nothing is behind it. */
  readonly from: number;
  readonly to: number | undefined;
  readonly reason: string;
}

/** What a file has, one after the other. */
export type Piece =
  | { readonly kind: "records"; readonly block: BlockEntry; readonly records: readonly Recorded[] }
  | { readonly kind: "bad"; readonly part: BadPart };

/**
 * Reads the blocks that are wanted, one at a time, and tells of every part that cannot be read, in its place.
 *
 * @param earliest What came before a part that has nothing whole before it; ms since the Unix epoch.
 * @throws {Error} This runtime lacks the codec of a block.
 */
export async function* readBlocks(
  day: BlockSource,
  earliest: number,
  isWanted: (block: BlockEntry) => boolean,
): AsyncGenerator<Piece> {
  let before = earliest;
  let damages: Damage[] = [];
  const walk = day.walk();
  let step = await walk.next();
  for (; !step.done; step = await walk.next()) {
    const block = step.value;
    if (!("header" in block)) {
      damages.push(block);
      continue;
    }
    for (const damage of damages) yield bad(damage, before, block.header.from, "no whole block stands there");
    damages = [];
    before = block.header.to;
    if (!isWanted(block)) continue;
    const records = await recordsOf(day, block);
    if (typeof records !== "string") yield { kind: "records", block, records };
    else yield bad(bytesOf(block), block.header.from, block.header.to, records);
  }
  const torn = await tornTail(day.path, step.value);
  if (torn !== undefined) yield bad(torn, before, undefined, "the last block is not whole");
}

function bad(bytes: BadPart["bytes"], from: number, to: number | undefined, reason: string): Piece {
  // A clock that was set back makes no gap of negative length.
  const ordered = to === undefined ? undefined : Math.max(from, to);
  return { kind: "bad", part: { bytes: { from: bytes.from, to: bytes.to }, from, to: ordered, reason } };
}

/** The records of a block, or why they cannot be read. */
async function recordsOf(day: BlockSource, block: BlockEntry): Promise<Recorded[] | string> {
  const { codec, records: count, ticks } = block.header;
  try {
    const records = await day.readBlock(block);
    if (records === undefined) return "its checksum is wrong";
    // Kinds of a later version are passed by, and are no ticks.
    const found = records.filter(({ kind }) => kind === "tick").length;
    if (records.length > count || found !== ticks) return `it has ${found} ticks instead of ${ticks}`;
    return records;
  } catch (error) {
    if (codec === "zstd" && bestCodec() !== "zstd") throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

function bytesOf({ header, offset }: BlockEntry): BadPart["bytes"] {
  return { from: offset, to: endOf(header, offset) };
}

/** Bytes behind the last whole block; undefined where they have become a block by now, since the file is being written. */
async function tornTail(path: string, { end, size }: WalkEnd): Promise<BadPart["bytes"] | undefined> {
  if (size === end) return undefined;
  using now = await RecordedFile.open(path);
  for await (const found of walkBlocks(now.handle, end)) if ("header" in found) return undefined;
  return { from: end, to: size };
}
