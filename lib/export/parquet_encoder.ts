import type { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { Encoding, SchemaElement } from "hyparquet";
import { bestCodec, compress } from "../recording/codec.ts";
import type { ColumnData } from "./column_buffer.ts";
import type { ColumnType } from "./columns.ts";

/** What is to be known of a column to write it. */
export interface ColumnShape {
  readonly name: string;
  readonly type: ColumnType;
}

/** Makes the bytes of one Parquet file, piece by piece, in the order of the calls. */
export interface Encoder {
  /** The bytes of a group of rows, the data of all columns; the buffers of the data may be gone afterwards. */
  group(data: readonly ColumnData[]): Promise<Uint8Array>;
  /** The last bytes of the file. */
  finish(): Promise<Uint8Array>;
}

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

/** Makes them on the thread that asks. */
export class ParquetEncoder implements Encoder {
  readonly #paths: string[][];

  private constructor(
    private readonly writer: ParquetWriter,
    private readonly bytes: ByteWriter,
    private readonly columns: readonly ColumnShape[],
  ) {
    this.#paths = columns.map(({ name }) => [name]);
  }

  /** @param notes What stands in the file beside the table. */
  static async create(
    columns: readonly ColumnShape[],
    notes: Readonly<Record<string, string>>,
  ): Promise<ParquetEncoder> {
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
    return new ParquetEncoder(writer, bytes, columns);
  }

  async group(data: readonly ColumnData[]): Promise<Uint8Array<ArrayBuffer>> {
    const columnData = this.columns.map(({ name, type }, i) => {
      const encoding = ENCODINGS[type];
      return {
        name,
        data: data[i]!,
        // A reader passes groups by where it asks for a time; of the other columns few groups could be passed by.
        statistics: type === "time" || type === "ist",
        offsetIndex: false,
        ...encoding === undefined ? {} : { encoding },
      };
    });
    await this.writer.write({ columnData, rowGroupSize: Math.max(1, data[0]!.length) });
    this.#forget();
    return this.#take();
  }

  async finish(): Promise<Uint8Array<ArrayBuffer>> {
    // Until here they are integers to the writer, which otherwise makes an object of each moment first.
    this.writer.schema = schemaOf(this.columns, LOGICAL);
    await this.writer.finish();
    return this.#take();
  }

  /** Until the end the writer keeps what it says of each group: no more than has to be, since a day has a thousand. */
  #forget(): void {
    this.writer.pendingIndexes.length = 0;
    this.writer.row_groups.at(-1)?.columns.forEach(({ meta_data }, i) => {
      if (meta_data !== undefined) meta_data.path_in_schema = this.#paths[i]!;
    });
  }

  /** What the writer has made since; its memory is used again. */
  #take(): Uint8Array<ArrayBuffer> {
    const bytes = this.bytes.getBytes().slice();
    this.bytes.index = 0;
    return bytes;
  }
}

function schemaOf(columns: readonly ColumnShape[], types: typeof PHYSICAL): SchemaElement[] {
  return [
    { name: "root", num_children: columns.length },
    ...columns.map(({ name, type }): SchemaElement => ({
      name,
      ...types[type],
      repetition_type: "OPTIONAL",
    })),
  ];
}
