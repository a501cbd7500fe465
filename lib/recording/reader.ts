import type { InstrumentKey } from "../market/market.ts";
import type { RecordedSource } from "./format.ts";
import type { KnownScans } from "./known_scans.ts";
import { mayHold } from "./instrument_filter.ts";
import { keyOfPacket } from "../smartapi/packet_keys.ts";
import { type BlockSource, RecordedFile } from "./recorded_file.ts";
import type { Recorded } from "./records.ts";
import { type BlockEntry, type Damage, scanBlocks, type WalkEnd } from "./scan.ts";

/** What is wanted of a recording. Times in ms since the Unix epoch. */
export interface RecordedRange {
  /** Included. */
  readonly from?: number;
  /** Not included. */
  readonly to?: number;
  /** Ticks of these alone; events and refused packets are given all the same. */
  readonly keys?: ReadonlySet<InstrumentKey>;
}

/** A piece of a recording: the records of one block, or a damage in their place. */
export type RecordedPiece =
  | { readonly kind: "records"; readonly records: Recorded[] }
  | { readonly kind: "damage"; readonly from: number; readonly to: number };

/**
 * One file of a recording whose blocks are all known, to be read by one reader. The file may grow meanwhile: what comes
 * later is seen after a {@linkcode RecordedDay.look}.
 */
export class RecordedDay implements BlockSource {
  private constructor(
    private readonly file: RecordedFile,
    readonly blocks: BlockEntry[],
    readonly damaged: Damage[],
    private end: number,
    private size: number,
  ) {}

  get path(): string {
    return this.file.path;
  }

  get source(): RecordedSource {
    return this.file.source;
  }

  /** Bytes behind the last whole block: a crash, or a block that is being written. */
  get tornBytes(): number {
    return this.size - this.end;
  }

  /** When the first and the last record came, ms since the Unix epoch; undefined where there is none. */
  get extent(): { readonly from: number; readonly to: number } | undefined {
    if (this.blocks.length === 0) return undefined;
    return this.blocks.reduce(
      ({ from, to }, { header }) => ({ from: Math.min(from, header.from), to: Math.max(to, header.to) }),
      { from: Infinity, to: -Infinity },
    );
  }

  /**
   * Opens a recording and finds its blocks by their headers.
   *
   * @param known Remembers them.
   * @throws {DamagedRecording} It is no recording, or of another version.
   * @throws {Error} It cannot be opened.
   */
  static async open(path: string, known?: KnownScans): Promise<RecordedDay> {
    const file = await RecordedFile.open(path);
    try {
      const before = await known?.of(path, file.handle);
      const scan = await scanBlocks(file.handle, before?.end);
      const blocks = [...before?.blocks ?? [], ...scan.blocks];
      const damaged = [...before?.damaged ?? [], ...scan.damaged];
      const { end, size } = scan;
      known?.keep(path, { blocks, damaged, end, size });
      return new RecordedDay(file, [...blocks], [...damaged], end, size);
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  }

  async *walk(): AsyncGenerator<BlockEntry | Damage, WalkEnd> {
    let damages = 0;
    for (const block of this.blocks) {
      for (; damages < this.damaged.length && this.damaged[damages]!.from < block.offset; damages++) {
        yield this.damaged[damages]!;
      }
      yield block;
    }
    return { end: this.end, size: this.size };
  }

  /** Finds the blocks that have been added since it was opened, or since the last look. */
  async look(): Promise<void> {
    const { blocks, damaged, end, size } = await scanBlocks(this.file.handle, this.end);
    this.blocks.push(...blocks);
    this.damaged.push(...damaged);
    this.end = end;
    this.size = size;
  }

  /**
   * Reads block by block, in the order in which the records came; one block is held at a time.
   *
   * @param turn Waited for before a block that was read is unpacked, which is the work of it.
   */
  async *read(range: RecordedRange = {}, turn?: () => Promise<void>): AsyncGenerator<RecordedPiece> {
    for await (const block of this.walk()) {
      if (!("header" in block)) {
        yield { kind: "damage", ...block };
        continue;
      }
      if (!mayMatter(block, range)) continue;
      const records = await this.readBlock(block, turn);
      if (records === undefined) {
        yield { kind: "damage", from: block.offset, to: block.offset + block.header.storedBytes };
      } else yield { kind: "records", records: matching(records, range) };
    }
  }

  /** See {@linkcode RecordedFile.readBlock}. */
  readBlock(block: BlockEntry, turn?: () => Promise<void>): Promise<Recorded[] | undefined> {
    return this.file.readBlock(block, turn);
  }

  [Symbol.dispose](): void {
    this.file[Symbol.dispose]();
  }
}

function mayMatter({ header }: BlockEntry, { from, to, keys }: RecordedRange): boolean {
  if (from !== undefined && header.to < from) return false;
  if (to !== undefined && header.from >= to) return false;
  // A block of nothing but ticks of others.
  return keys === undefined || header.ticks < header.records || mayHold(header.filter, keys);
}

function matching(records: Recorded[], { from = -Infinity, to = Infinity, keys }: RecordedRange): Recorded[] {
  return records.filter((record) =>
    record.at >= from && record.at < to &&
    (keys === undefined || record.kind !== "tick" || keys.has(keyOfPacket(record.packet)!))
  );
}
