import { getLogger } from "@logtape/logtape";
import type { SealedBlock } from "./block_builder.ts";
import { decodeFileHead, encodeFileHead, FILE_HEAD_BYTES, type RecordedSource } from "./format.ts";
import { readAt } from "./read_at.ts";
import { type BlockEntry, readPayload, scanBlocks } from "./scan.ts";

const log = getLogger(["recording"]);

/** The file of a day that is written: whole blocks are added to its end. */
export class DayFile {
  /** The whole blocks that were there when it was opened. */
  readonly earlier: readonly BlockEntry[];
  #bytes: number;

  private constructor(
    readonly path: string,
    private readonly file: Deno.FsFile,
    earlier: readonly BlockEntry[],
    bytes: number,
  ) {
    this.earlier = earlier;
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Opens the file of a day, or makes it. A torn tail, left by a crash or a full disk, is cut off; what cannot be read at
   * all is put aside, and never written over.
   *
   * @throws {Error} The folder cannot be written, the disk is full, or another process records into this file.
   */
  static async open(path: string, source: RecordedSource): Promise<DayFile> {
    const earlier = await mend(path, source);
    // In append mode every block goes to the end, whoever else may write here on a disk that knows no locks.
    const file = await Deno.open(path, { append: true, create: true, mode: 0o600 });
    try {
      await own(file);
      let { size } = await file.stat();
      if (size === 0) {
        await writeAll(file, encodeFileHead(source));
        size = FILE_HEAD_BYTES;
      }
      return new DayFile(path, file, earlier, size);
    } catch (error) {
      release(file);
      throw error;
    }
  }

  /**
   * Adds a block.
   *
   * @returns Where it stands.
   * @throws {Error} It could not be written whole: the file must be closed, and is mended when it is opened again.
   */
  async append({ header, bytes }: SealedBlock): Promise<BlockEntry> {
    await writeAll(this.file, bytes);
    const end = await this.file.seek(0, Deno.SeekMode.Current);
    this.#bytes = end;
    return { header, offset: end - bytes.length };
  }

  /** Settles when all that was added is on the disk, and would outlive a cut of the power. */
  sync(): Promise<void> {
    return this.file.syncData();
  }

  close(): void {
    release(this.file);
  }
}

/**
 * Takes a file for this process, until it is closed; the end of the process, however it comes, does so too.
 *
 * @throws {Error} Another process has it. What that is writing at the moment would look like a torn tail.
 */
async function own(file: Deno.FsFile): Promise<void> {
  // There a lock keeps readers out as well, even our own.
  if (Deno.build.os === "windows") return;
  const isOurs = await file.tryLock?.(true).catch((error: Error) => {
    if (error instanceof Deno.errors.NotSupported) return true;
    throw error;
  });
  if (isOurs === false) throw new Error("another process records into the same folder");
}

/**
 * Closes a file, and gives back the lock on it. Closing alone leaves the lock to a program that this process is just
 * starting, until that runs: up to then it has all our files.
 */
function release(file: Deno.FsFile): void {
  try {
    if (Deno.build.os !== "windows") file.unlockSync?.();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotSupported)) throw error;
  } finally {
    file.close();
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

/** Makes a file fit to be added to. The answer is the blocks that it has. */
async function mend(path: string, source: RecordedSource): Promise<readonly BlockEntry[]> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path, { read: true, write: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  let head: ReturnType<typeof decodeFileHead>;
  try {
    await own(file);
    const { size } = await file.stat();
    const bytes = await readAt(file, 0, FILE_HEAD_BYTES);
    head = decodeFileHead(bytes);
    const whole = encodeFileHead(source);
    if (size < FILE_HEAD_BYTES && bytes.every((byte, i) => byte === whole[i])) {
      await file.truncate(0);
      return [];
    }
    if (typeof head !== "string" && head.source !== source) head = `its prices are ${head.source}`;
    if (typeof head !== "string") {
      const { blocks, damaged, end } = await scanBlocks(file);
      const good = await cutTail(file, blocks, end);
      if (good < size) {
        await file.truncate(good);
        log.warn("the recording {path} had a torn tail of {bytes} bytes, which is cut off", {
          path,
          bytes: size - good,
        });
      }
      const lost = damaged.reduce((sum, { from, to }) => sum + to - from, 0);
      if (lost > 0) log.error("the recording {path} is damaged: {lost} bytes in it are lost", { path, lost });
      return blocks;
    }
  } finally {
    release(file);
  }
  const aside = await freeName(`${path}.unreadable`);
  await Deno.rename(path, aside);
  log.error("the recording {path} cannot be added to: {reason}; it is kept as {aside}", {
    path,
    reason: head,
    aside,
  });
  return [];
}

/** Takes blocks from the end whose payload did not reach the disk. The answer is where the last good one ends. */
async function cutTail(file: Deno.FsFile, blocks: BlockEntry[], end: number): Promise<number> {
  for (let last = blocks.at(-1); last !== undefined; last = blocks.at(-1)) {
    if (await readPayload(file, last) !== undefined) return end;
    end = last.offset;
    blocks.pop();
  }
  return FILE_HEAD_BYTES;
}

async function freeName(path: string): Promise<string> {
  for (let i = 0;; i++) {
    const name = i === 0 ? path : `${path}.${i}`;
    if (await Deno.lstat(name).then(() => false, () => true)) return name;
  }
}
