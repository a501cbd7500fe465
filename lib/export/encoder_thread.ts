import type { ColumnShape, EncodedGroup, Encoder } from "./parquet_encoder.ts";
import type { RowGroup } from "./row_group.ts";

/** @param notes What stands in the file beside the table. */
export type EncoderOf = (
  columns: readonly ColumnShape[],
  notes: Readonly<Record<string, string>>,
) => Promise<Encoder>;

/** What is asked of the thread. Answers come in the order of the questions. */
export type Question =
  & { readonly file: number }
  & (
    | {
      readonly kind: "create";
      readonly columns: readonly ColumnShape[];
      readonly notes: Readonly<Record<string, string>>;
    }
    | { readonly kind: "group"; readonly group: RowGroup; readonly room: ArrayBuffer | undefined }
    | { readonly kind: "finish" }
  );

export type Answer =
  | { readonly kind: "encoded" } & EncodedGroup
  | { readonly kind: "failed"; readonly message: string };

/**
 * A thread of its own that encodes Parquet: half of the work of an export, which so takes two processors. Begun with the
 * first file; where a runtime cannot begin it, the work is done here.
 */
export class EncoderThread implements Disposable {
  #worker: Worker | undefined;
  #isTried = false;
  #files = 0;
  readonly #waiting: PromiseWithResolvers<EncodedGroup>[] = [];
  /** Settles when the question before is answered: one group at a time is in its memory. */
  #free: Promise<unknown> = Promise.resolve();

  encoderOf: EncoderOf = async (columns, notes) => {
    const file = this.#files++;
    if (!this.#isTried) {
      this.#isTried = true;
      this.#begin();
    }
    if (this.#worker === undefined) return await encoderHere(columns, notes);
    try {
      await this.#ask({ file, kind: "create", columns, notes });
    } catch {
      this[Symbol.dispose]();
      return await encoderHere(columns, notes);
    }
    return {
      group: (group, room) =>
        this.#ask({ file, kind: "group", group, room }, [
          ...group.blocks.map(({ buffer }) => buffer),
          ...room === undefined ? [] : [room],
        ]),
      finish: async () => (await this.#ask({ file, kind: "finish" })).bytes,
    };
  };

  [Symbol.dispose](): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #begin(): void {
    const worker = new Worker(new URL("./parquet_worker.ts", import.meta.url).href, { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const asked = this.#waiting.shift()!;
      if (data.kind === "encoded") asked.resolve(data);
      else asked.reject(new Error(data.message));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      for (const asked of this.#waiting.splice(0)) asked.reject(new Error(event.message));
    };
    this.#worker = worker;
  }

  async #ask(question: Question, transfer: Transferable[] = []): Promise<EncodedGroup> {
    const before = this.#free;
    const asked = Promise.withResolvers<EncodedGroup>();
    this.#free = asked.promise.catch(() => {});
    await before;
    if (this.#worker === undefined) asked.reject(new Error("the export has ended"));
    else {
      this.#waiting.push(asked);
      this.#worker.postMessage(question, transfer);
    }
    return await asked.promise;
  }
}

/** Nothing but an export needs a writer of Parquet. */
const encoderHere: EncoderOf = async (columns, notes) => {
  const { ParquetEncoder } = await import("./parquet_encoder.ts");
  return new ParquetEncoder(columns, notes);
};
