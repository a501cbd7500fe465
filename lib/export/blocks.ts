import { bestCodec } from "../recording/codec.ts";
import { FILE_HEAD_BYTES } from "../recording/format.ts";
import { RecordedDay } from "../recording/reader.ts";
import type { Recorded } from "../recording/records.ts";
import { type BlockEntry, endOf } from "../recording/scan.ts";

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
  day: RecordedDay,
  earliest: number,
  isWanted: (block: BlockEntry) => boolean,
): AsyncGenerator<Piece> {
  let before = earliest;
  let damages = 0;
  for (const block of day.blocks) {
    for (; damages < day.damaged.length && day.damaged[damages]!.from < block.offset; damages++) {
      yield bad(day.damaged[damages]!, before, block.header.from, "no whole block stands there");
    }
    before = block.header.to;
    if (!isWanted(block)) continue;
    const records = await recordsOf(day, block);
    if (typeof records !== "string") yield { kind: "records", block, records };
    else yield bad(bytesOf(block), block.header.from, block.header.to, records);
  }
  const torn = await tornTail(day);
  if (torn !== undefined) yield bad(torn, before, undefined, "the last block is not whole");
}

function bad(bytes: BadPart["bytes"], from: number, to: number | undefined, reason: string): Piece {
  // A clock that was set back makes no gap of negative length.
  const ordered = to === undefined ? undefined : Math.max(from, to);
  return { kind: "bad", part: { bytes: { from: bytes.from, to: bytes.to }, from, to: ordered, reason } };
}

/** The records of a block, or why they cannot be read. */
async function recordsOf(day: RecordedDay, block: BlockEntry): Promise<Recorded[] | string> {
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
async function tornTail(day: RecordedDay): Promise<BadPart["bytes"] | undefined> {
  if (day.tornBytes === 0) return undefined;
  const from = endOfBlocks(day);
  using now = await RecordedDay.open(day.path);
  return endOfBlocks(now) > from ? undefined : { from, to: from + day.tornBytes };
}

function endOfBlocks({ blocks }: RecordedDay): number {
  const last = blocks.at(-1);
  return last === undefined ? FILE_HEAD_BYTES : bytesOf(last).to;
}
