import type { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { Encoding, SchemaElement } from "hyparquet";
import { bestCodec, compress } from "../recording/codec.ts";
import { type ColumnBuffer, columnBuffer } from "./column_buffer.ts";
import type { Column, ColumnType } from "./columns.ts";
import type { Sink, Table } from "./table.ts";

/** Rows that stand together in the file: what DuckDB reads at once, and spreads over processors. */
export const GROUP_ROWS = 122_880;

/** How the columns stand in the file, for who writes them: all moments are integers. */
const PHYSICAL: Readonly<Record<ColumnType, Omit<SchemaElement, "name">>> = {
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  time: { type: "INT64" },
  ist: { type: "INT64" },
  decimal: { type: "DOUBLE" },
  whole: { type: "INT64" },
  count: { type: "INT32" },
};

/** And for who reads them. A clock in India is a time without a zone. */
const LOGICAL: Readonly<Record<ColumnType, Omit<SchemaElement, "name">>> = {
  ...PHYSICAL,
  time: { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" } },
  ist: { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MILLIS" } },
};

/** Moments grow by little from row to row. Numbers are compressed as they are: a dictionary of prices costs more than it saves. */
const ENCODINGS: Readonly<Record<ColumnType, Encoding | undefined>> = {
  text: undefined,
  time: "DELTA_BINARY_PACKED",
  ist: "DELTA_BINARY_PACKED",
  decimal: "PLAIN",
  whole: "PLAIN",
  count: "PLAIN",
};

/** A table as Parquet, written one row group at a time. */
export class ParquetTable<Row> implements Table<Row> {
  #rows = 0;
  #heldRows = 0;
  readonly #buffers: readonly ColumnBuffer<Row>[];

  private constructor(
    private readonly writer: ParquetWriter,
    private readonly bytes: ByteWriter,
    private readonly sink: Sink,
    private readonly columns: readonly Column<Row>[],
  ) {
    this.#buffers = columns.map(columnBuffer);
  }

  /** @param notes What stands in the file beside the table. */
  static async create<Row>(
    sink: Sink,
    columns: readonly Column<Row>[],
    notes: Readonly<Record<string, string>>,
  ): Promise<ParquetTable<Row>> {
    // Nothing but an export needs it.
    const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
    const bytes = new ByteWriter();
    const codec = bestCodec() === "zstd" ? "ZSTD" : "SNAPPY";
    const writer = new ParquetWriter({
      writer: bytes,
      schema: schemaOf(columns, PHYSICAL),
      codec,
      ...codec === "ZSTD" ? { compressors: { ZSTD: (raw: Uint8Array) => compress("zstd", raw) } } : {},
      kvMetadata: Object.entries(notes).map(([key, value]) => ({ key, value })),
      createdBy: "smartapi-proxy",
    });
    return new ParquetTable(writer, bytes, sink, columns);
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

  async writeHeld(): Promise<void> {
    if (this.#heldRows === 0) return;
    const columnData = this.columns.map(({ name, type }, i) => {
      const encoding = ENCODINGS[type];
      return {
        name,
        data: this.#buffers[i]!.take(),
        // A reader passes groups by where it asks for a time; of the other columns few groups could be passed by.
        statistics: type === "time" || type === "ist" || type === "text",
        ...encoding === undefined ? {} : { encoding },
      };
    });
    const rows = this.#heldRows;
    this.#heldRows = 0;
    await this.writer.write({ columnData, rowGroupSize: rows });
    await this.#flush();
  }

  async close(): Promise<void> {
    await this.writeHeld();
    // Until here they are integers to the writer, which otherwise makes an object of each moment first.
    this.writer.schema = schemaOf(this.columns, LOGICAL);
    await this.writer.finish();
    await this.#flush();
  }

  /** Writes what the writer has made, and gives its memory back. */
  async #flush(): Promise<void> {
    await this.sink.write(this.bytes.getBytes());
    this.bytes.index = 0;
  }
}

function schemaOf<Row>(columns: readonly Column<Row>[], types: typeof PHYSICAL): SchemaElement[] {
  return [
    { name: "root", num_children: columns.length },
    ...columns.map(({ name, type }): SchemaElement => ({
      name,
      ...types[type],
      repetition_type: "OPTIONAL",
    })),
  ];
}
