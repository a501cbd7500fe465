import type { Column } from "./columns.ts";
import type { EncodedGroup, Encoder } from "./parquet_encoder.ts";
import { type BlockPool, RowGatherer } from "./row_group.ts";
import type { Sink, Table } from "./table.ts";

/** Rows that stand together in the file, and so are in memory together: DuckDB's own number. */
export const GROUP_ROWS = 122_880;

/** A table as Parquet, written one row group at a time: while one is encoded, the next is gathered. */
export class ParquetTable<Row> implements Table<Row> {
  #rows = 0;
  readonly #gatherer: RowGatherer<Row>;
  /** The memory of an answer that is in the file. */
  #room: ArrayBuffer | undefined;
  /** Settles when the group before is in the file. */
  #written: Promise<void> = Promise.resolve();

  constructor(
    private readonly sink: Sink,
    columns: readonly Column<Row>[],
    private readonly encoder: Encoder,
    private readonly pool: BlockPool,
  ) {
    this.#gatherer = new RowGatherer(columns, pool);
  }

  get rows(): number {
    return this.#rows;
  }

  get heldRows(): number {
    return this.#gatherer.rows;
  }

  add(rows: readonly Row[]): void {
    this.#gatherer.add(rows);
    this.#rows += rows.length;
  }

  async drain(): Promise<void> {
    if (this.heldRows >= GROUP_ROWS) await this.writeHeld();
  }

  /** Settles when the group is on its way, and the one before in the file. */
  async writeHeld(): Promise<void> {
    if (this.heldRows === 0) return;
    await this.#written;
    this.#written = this.encoder.group(this.#gatherer.take(), this.#room).then((group) => this.#write(group));
    this.#room = undefined;
    // It is looked at when the next one is written, or the file is closed.
    this.#written.catch(() => {});
  }

  async #write({ bytes, blocks }: EncodedGroup): Promise<void> {
    this.pool.give(blocks);
    await this.sink.write(bytes);
    this.#room = bytes.buffer;
  }

  async close(): Promise<void> {
    await this.writeHeld();
    await this.#written;
    await this.sink.write(await this.encoder.finish());
  }

  async abandon(): Promise<void> {
    await this.#written.catch(() => {});
  }
}
