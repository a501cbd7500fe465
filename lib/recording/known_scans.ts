import { BLOCK_HEAD_BYTES, decodeBlockHead, isSameBlock } from "./format.ts";
import { readAt } from "./read_at.ts";
import type { Scan } from "./scan.ts";

/** Files of which the blocks are remembered: some MB each at most. */
const MAX_KEPT = 8;

/** The blocks of recordings that were opened lately: to find all of a long day takes a read for each. */
export class KnownScans {
  readonly #scans = new Map<string, Scan>();

  /** The blocks of a file as they were when it was opened last; undefined where it is another one by now. */
  async of(path: string, file: Deno.FsFile): Promise<Scan | undefined> {
    const scan = this.#scans.get(path);
    if (scan === undefined) return undefined;
    const last = scan.blocks.at(-1);
    const { size } = await file.stat();
    if (last === undefined || size < scan.end) return undefined;
    const header = decodeBlockHead(await readAt(file, last.offset, BLOCK_HEAD_BYTES));
    return header !== undefined && isSameBlock(header, last.header) ? scan : undefined;
  }

  keep(path: string, scan: Scan): void {
    this.#scans.delete(path);
    this.#scans.set(path, scan);
    for (const oldest of this.#scans.keys()) {
      if (this.#scans.size <= MAX_KEPT) break;
      this.#scans.delete(oldest);
    }
  }
}
