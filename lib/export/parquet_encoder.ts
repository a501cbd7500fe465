import type { ColumnChunk, SchemaElement } from "hyparquet";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { bestCodec, compress } from "../recording/codec.ts";
import { ColumnChunkWriter, PHYSICAL_TYPES } from "./column_chunk.ts";
import type { ColumnType } from "./columns.ts";
import type { Block, RowGroup } from "./row_group.ts";

/** What is to be known of a column to write it. */
export interface ColumnShape {
  readonly name: string;
  readonly type: ColumnType;
}

/** A group of rows as it is to stand in the file, and the blocks that it came in. */
export interface EncodedGroup {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly blocks: readonly Block[];
}

/** Makes the bytes of one Parquet file, piece by piece, in the order of the calls. */
export interface Encoder {
  /**
   * The group's blocks are the encoder's until it has answered.
   *
   * @param room The memory of an earlier answer, to be used for this one: each is some 13 MB, which the collector would
   * leave lying about for seconds.
   */
  group(group: RowGroup, room?: ArrayBuffer): Promise<EncodedGroup>;
  /** The last bytes of the file. */
  finish(): Promise<Uint8Array>;
}

/** What a reader is told beside the physical type. A clock in India is a time without a zone. */
const LOGICAL_TYPES: Partial<Readonly<Record<ColumnType, Omit<SchemaElement, "name">>>> = {
  text: { converted_type: "UTF8" },
  time: { logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" } },
  ist: { logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MILLIS" } },
};

/** Makes them on the thread that asks. */
export class ParquetEncoder implements Encoder {
  readonly #file: ParquetWriter;
  readonly #bytes = new ByteWriter();
  readonly #chunks: ColumnChunkWriter;
  /** Each with its path, which all groups share: a day has hundreds of them, and they are kept until the end. */
  readonly #columns: readonly { readonly type: ColumnType; readonly path: string[] }[];

  /** @param notes What stands in the file beside the table. */
  constructor(columns: readonly ColumnShape[], notes: Readonly<Record<string, string>>) {
    const codec = bestCodec() === "zstd" ? "ZSTD" : "SNAPPY";
    this.#file = new ParquetWriter({
      writer: this.#bytes,
      schema: schemaOf(columns),
      codec,
      kvMetadata: Object.entries(notes).map(([key, value]) => ({ key, value })),
      createdBy: "smartapi-proxy",
    });
    const snappy = this.#file.compressors.SNAPPY!;
    this.#chunks = new ColumnChunkWriter(
      this.#bytes,
      codec,
      codec === "ZSTD" ? (raw) => compress("zstd", raw) : (raw) => snappy(raw)!,
    );
    this.#columns = columns.map(({ name, type }) => ({ type, path: [name] }));
  }

  // What fails is the promise's, as it is where another thread does this.
  // deno-lint-ignore require-await
  async group(group: RowGroup, room?: ArrayBuffer): Promise<EncodedGroup> {
    const offset = this.#bytes.offset;
    const columns = this.#columns.map(({ type, path }, i) => this.#chunks.write(path, type, group, i));
    this.#file.row_groups.push({
      columns,
      num_rows: BigInt(group.rows),
      total_byte_size: columns.reduce((sum, column) => sum + uncompressedSize(column), 0n),
      total_compressed_size: BigInt(this.#bytes.offset - offset),
    });
    this.#file.num_rows += BigInt(group.rows);
    return { bytes: this.#take(room), blocks: group.blocks };
  }

  async finish(): Promise<Uint8Array<ArrayBuffer>> {
    await this.#file.finish();
    return this.#take();
  }

  /** What has been made since; its memory is used again. */
  #take(room = new ArrayBuffer(0)): Uint8Array<ArrayBuffer> {
    const made = this.#bytes.getBytes();
    // The next one may be a little longer.
    const memory = room.byteLength >= made.length ? room : new ArrayBuffer(Math.ceil(made.length * 1.1));
    const bytes = new Uint8Array(memory, 0, made.length);
    bytes.set(made);
    this.#bytes.index = 0;
    return bytes;
  }
}

function uncompressedSize({ meta_data }: ColumnChunk): bigint {
  return meta_data!.total_uncompressed_size;
}

function schemaOf(columns: readonly ColumnShape[]): SchemaElement[] {
  return [
    { name: "root", num_children: columns.length },
    ...columns.map(({ name, type }): SchemaElement => ({
      name,
      type: PHYSICAL_TYPES[type],
      ...LOGICAL_TYPES[type],
      repetition_type: "OPTIONAL",
    })),
  ];
}
