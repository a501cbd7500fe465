import { decompress } from "./codec.ts";
import { decodeFileHead, FILE_HEAD_BYTES, type RecordedSource } from "./format.ts";
import { readAt } from "./read_at.ts";
import { readRecords, type Recorded } from "./records.ts";
import { type BlockEntry, type Damage, readPayload, walkBlocks, type WalkEnd } from "./scan.ts";

/** A file that cannot be read. */
export class DamagedRecording extends Error {
  override readonly name = "DamagedRecording";

  /** @param reason Without its path, which is nobody's business but the owner's. */
  constructor(path: string, readonly reason: string) {
    super(`${path}: ${reason}`);
  }
}

/** What gives the blocks of a recording. */
export interface BlockSource extends Disposable {
  readonly path: string;
  readonly source: RecordedSource;
  /** The blocks in the order of the file, and the damages between them; a block comes behind each damage. */
  walk(): AsyncGenerator<BlockEntry | Damage, WalkEnd>;
  /**
   * The records of a block; undefined where it is damaged.
   *
   * @param turn Waited for before it is unpacked.
   * @throws {Error} This runtime lacks the block's codec.
   */
  readBlock(block: BlockEntry, turn?: () => Promise<void>): Promise<Recorded[] | undefined>;
}

/** One file of a recording, whose blocks are gone through in bounded memory, however long the day is. */
export class RecordedFile implements BlockSource {
  private constructor(
    readonly path: string,
    readonly source: RecordedSource,
    readonly handle: Deno.FsFile,
  ) {}

  /**
   * @throws {DamagedRecording} It is no recording, or of another version.
   * @throws {Error} It cannot be opened.
   */
  static async open(path: string): Promise<RecordedFile> {
    const handle = await Deno.open(path, { read: true });
    try {
      const head = decodeFileHead(await readAt(handle, 0, FILE_HEAD_BYTES));
      if (typeof head === "string") throw new DamagedRecording(path, head);
      return new RecordedFile(path, head.source, handle);
    } catch (error) {
      handle.close();
      throw error;
    }
  }

  walk(): AsyncGenerator<BlockEntry | Damage, WalkEnd> {
    return walkBlocks(this.handle);
  }

  /**
   * The records of a block; undefined where it is damaged.
   *
   * @param turn Waited for before it is unpacked.
   * @throws {Error} This runtime lacks the block's codec.
   */
  async readBlock(block: BlockEntry, turn?: () => Promise<void>): Promise<Recorded[] | undefined> {
    const stored = await readPayload(this.handle, block);
    if (stored === undefined) return undefined;
    await turn?.();
    const { codec, rawBytes, base } = block.header;
    return [...readRecords(decompress(codec, stored, rawBytes), base)];
  }

  [Symbol.dispose](): void {
    this.handle.close();
  }
}
