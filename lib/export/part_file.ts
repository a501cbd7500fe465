import type { Sink } from "./table.ts";

/** A file that has its name only when it is whole: until then it ends in `.part`, which no reader takes for a table. */
export class PartFile implements Sink {
  #isOpen = true;

  private constructor(readonly path: string, private readonly file: Deno.FsFile) {}

  /**
   * Makes the file and the folders it stands in, for the user alone: prices are licensed to the account.
   *
   * @throws {Error} It is there already, or cannot be written.
   */
  static async create(path: string): Promise<PartFile> {
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    return new PartFile(path, await Deno.open(`${path}.part`, { write: true, createNew: true, mode: 0o600 }));
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) done += await this.file.write(bytes.subarray(done));
  }

  /** Gives the file its name. */
  async finish(): Promise<void> {
    await this.file.syncData();
    this.abandon();
    await Deno.rename(`${this.path}.part`, this.path);
  }

  /** Closes it as it is. */
  abandon(): void {
    if (this.#isOpen) this.file.close();
    this.#isOpen = false;
  }
}
