import { getLogger } from "@logtape/logtape";

const log = getLogger(["instruments"]);

/**
 * A copy on the disk of what is being downloaded. Where it cannot be written the copy is given up, which is logged;
 * the download goes on.
 */
export class DownloadCopy {
  readonly #path: string;
  /** Another process may keep its copy in the same folder. */
  readonly #part: string;
  #file: Deno.FsFile | undefined;

  /** @param path Where the copy is put when it is whole; its folder is made when it is needed. */
  constructor(path: string) {
    this.#path = path;
    this.#part = `${path}.${Deno.pid}.part`;
  }

  /** The same chunks, each written before it is passed on. */
  async *of(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    await this.#try(async () => {
      await Deno.mkdir(this.#path.replace(/[/\\][^/\\]*$/, ""), { recursive: true });
      this.#file = await Deno.open(this.#part, { write: true, create: true, truncate: true });
    });
    for await (const chunk of chunks) {
      await this.#try(() => this.#write(chunk));
      yield chunk;
    }
  }

  /** Puts the copy in the place of the one before. @param asOf Its time of change, ms since the Unix epoch. */
  async keep(asOf: number): Promise<void> {
    await this.#try(async () => {
      if (this.#file === undefined) return;
      await this.#file.sync();
      this.#close();
      await Deno.utime(this.#part, asOf / 1000, asOf / 1000);
      await Deno.rename(this.#part, this.#path);
    });
  }

  /** Leaves nothing behind of a copy that was not kept. */
  async discard(): Promise<void> {
    this.#close();
    await Deno.remove(this.#part).catch(() => {});
  }

  async #write(chunk: Uint8Array): Promise<void> {
    for (let from = 0; this.#file !== undefined && from < chunk.length;) {
      from += await this.#file.write(chunk.subarray(from));
    }
  }

  async #try(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      log.warn("the instrument list is used, and cannot be kept for the next start: {path}: {reason}", {
        path: this.#path,
        reason: error instanceof Error ? error.message : error,
      });
      await this.discard();
    }
  }

  #close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
