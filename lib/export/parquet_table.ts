import { type ColumnBuffer, columnBuffer } from "./column_buffer.ts";
import type { Column } from "./columns.ts";
import type { Encoder } from "./parquet_encoder.ts";
import type { Sink, Table } from "./table.ts";

/**
 * Rows that stand together in the file, and so are in memory together. Fewer than DuckDB's own 122,880: with those, an
 * export of the widest ticks took 640 MB.
 */
export const GROUP_ROWS = 40_960;

/** A table as Parquet, written one row group at a time: while one is encoded, the next is gathered. */
export class ParquetTable<Row> implements Table<Row> {
  #rows = 0;
  #heldRows = 0;
  readonly #buffers: readonly ColumnBuffer<Row>[];
  /** Settles when the group before is in the file. */
  #written: Promise<void> = Promise.resolve();

  constructor(
    private readonly sink: Sink,
    columns: readonly Column<Row>[],
    private readonly encoder: Encoder,
  ) {
    this.#buffers = columns.map(columnBuffer);
  }

  get rows(): number {
    return this.#rows;
  }

  get heldRows(): number {
    return this.#heldRows;
  }

  add(rows: readonly Row[]): void {
    for (const buffer of this.#buffers) buffer.add(rows);
    this.#rows += rows.length;
    this.#heldRows += rows.length;
  }

  async drain(): Promise<void> {
    if (this.#heldRows >= GROUP_ROWS) await this.writeHeld();
  }

  /** Settles when the group is on its way, and the one before in the file. */
  async writeHeld(): Promise<void> {
    if (this.#heldRows === 0) return;
    await this.#written;
    this.#heldRows = 0;
    const group = this.encoder.group(this.#buffers.map((buffer) => buffer.take()));
    this.#written = group.then((bytes) => this.sink.write(bytes));
    // It is looked at when the next one is written, or the file is closed.
    this.#written.catch(() => {});
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
