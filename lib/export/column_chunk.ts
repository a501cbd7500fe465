import type { ColumnChunk, CompressionCodec, Encoding, PageHeader, ParquetType } from "hyparquet";
import { ByteWriter } from "hyparquet-writer";
import { writePageHeader } from "hyparquet-writer/src/datapage.js";
import { deltaBinaryPack } from "hyparquet-writer/src/delta.js";
import { writeRleBitPackedHybrid } from "hyparquet-writer/src/encoding.js";
import type { ColumnType } from "./columns.ts";
import { BLOCK_ROWS, type RowGroup } from "./row_group.ts";

/** How a column's values stand in the file: all moments are integers. */
export const PHYSICAL_TYPES: Readonly<Record<ColumnType, ParquetType>> = {
  text: "BYTE_ARRAY",
  time: "INT64",
  ist: "INT64",
  decimal: "DOUBLE",
  whole: "INT64",
  count: "INT32",
};

const HALF = 2 ** 32;

/** Of the moments of a group the lowest and the highest: a reader passes groups by where it asks for a time. */
type Statistics = NonNullable<NonNullable<ColumnChunk["meta_data"]>["statistics"]>;

const utf8 = new TextEncoder();

/**
 * Makes the bytes of one column of a row group: one page, and one of words before it where it is text. The program's own,
 * since it has its numbers in one piece as they are to stand in the file, and a writer for all kinds of values looks at
 * each of them many times. The layout: https://parquet.apache.org/docs/file-format/. Deno runs on little-endian
 * machines alone, which is Parquet's order as well.
 */
export class ColumnChunkWriter {
  /** The values that there are of the present column, without those that are missing. */
  #numbers = new Float64Array(0);
  /** The same as integers. */
  #integers = new Int32Array(0);
  /** By row, whether there is a value. */
  #levels = new Uint8Array(0);

  constructor(
    private readonly writer: ByteWriter,
    private readonly codec: CompressionCodec,
    private readonly compress: (raw: Uint8Array) => Uint8Array,
  ) {}

  /**
   * @param path The column's name; kept.
   * @param i Its place in the group.
   */
  write(path: string[], type: ColumnType, group: RowGroup, i: number): ColumnChunk {
    const count = this.#gather(group, i);
    const offset = this.writer.offset;
    let uncompressed = 0;
    const words = count === 0 ? undefined : group.words[i];
    if (words !== undefined) uncompressed += this.#writeWords(words);
    const { encoding, bytes } = this.#encode(type, count, words);
    const dataOffset = this.writer.offset;
    uncompressed += this.#writePage(encoding, bytes, group.rows, count);
    const isMoment = type === "time" || type === "ist";
    return {
      file_offset: BigInt(offset),
      meta_data: {
        type: PHYSICAL_TYPES[type],
        encodings: words === undefined ? [encoding] : ["PLAIN", encoding],
        path_in_schema: path,
        codec: this.codec,
        num_values: BigInt(group.rows),
        total_uncompressed_size: BigInt(uncompressed),
        total_compressed_size: BigInt(this.writer.offset - offset),
        data_page_offset: BigInt(dataOffset),
        ...words === undefined ? {} : { dictionary_page_offset: BigInt(offset) },
        ...isMoment && count > 0 ? { statistics: this.#statistics(count, group.rows) } : {},
      },
    };
  }

  /** Takes a column out of the blocks. The answer is how many values there are. */
  #gather({ rows, blocks }: RowGroup, column: number): number {
    if (rows > this.#levels.length) {
      this.#numbers = new Float64Array(rows);
      this.#integers = new Int32Array(2 * rows);
      this.#levels = new Uint8Array(rows);
    }
    const numbers = this.#numbers;
    const levels = this.#levels;
    let count = 0;
    for (let row = 0; row < rows;) {
      const block = blocks[row / BLOCK_ROWS]!;
      const end = Math.min(rows, row + BLOCK_ROWS);
      for (let at = column * BLOCK_ROWS; row < end; row++, at++) {
        const value = block[at]!;
        if (Number.isNaN(value)) levels[row] = 0;
        else {
          levels[row] = 1;
          numbers[count++] = value;
        }
      }
    }
    return count;
  }

  #encode(
    type: ColumnType,
    count: number,
    words: readonly string[] | undefined,
  ): { readonly encoding: Encoding; readonly bytes: Uint8Array } {
    const numbers = this.#numbers.subarray(0, count);
    if (words !== undefined) return { encoding: "RLE_DICTIONARY", bytes: this.#wordNumbers(count, words) };
    if (type === "decimal" || count === 0) return { encoding: "PLAIN", bytes: bytesOf(numbers) };
    if (type === "count") {
      const integers = this.#integers.subarray(0, count);
      integers.set(numbers);
      return { encoding: "PLAIN", bytes: bytesOf(integers) };
    }
    // Moments grow by little from row to row; other numbers are compressed as they are.
    const packed = type === "whole" ? undefined : this.#differences(numbers);
    if (packed !== undefined) return { encoding: "DELTA_BINARY_PACKED", bytes: packed };
    return { encoding: "PLAIN", bytes: this.#longs(numbers) };
  }

  /** Integers of 64 bits, without an object for each of them. */
  #longs(numbers: Float64Array): Uint8Array {
    const halves = this.#integers;
    for (let i = 0; i < numbers.length; i++) {
      const value = numbers[i]!;
      halves[2 * i] = value;
      halves[2 * i + 1] = Math.floor(value / HALF);
    }
    return bytesOf(halves.subarray(0, 2 * numbers.length));
  }

  /** Undefined where the moments are too far from each other: by weeks. */
  #differences(numbers: Float64Array): Uint8Array | undefined {
    const first = numbers[0]!;
    const since = this.#integers.subarray(0, numbers.length);
    for (let i = 0; i < numbers.length; i++) {
      const difference = numbers[i]! - first;
      since[i] = difference;
      if (since[i] !== difference) return undefined;
    }
    const packed = new ByteWriter(numbers.length);
    deltaBinaryPack(packed, since, "INT64");
    // Counted from the first one they are small numbers, of which no object is made. The first itself, there a zero of one
    // byte, stands behind the sizes of blocks and their parts and the count.
    const bytes = new ByteWriter(packed.offset + 16);
    bytes.appendVarInt(128);
    bytes.appendVarInt(4);
    bytes.appendVarInt(numbers.length);
    const head = bytes.offset + 1;
    bytes.appendZigZag(BigInt(first));
    bytes.appendBytes(packed.getBytes().subarray(head));
    return bytes.getBytes();
  }

  #wordNumbers(count: number, words: readonly string[]): Uint8Array {
    const numbers = this.#integers.subarray(0, count);
    numbers.set(this.#numbers.subarray(0, count));
    const bytes = new ByteWriter(count);
    const width = 32 - Math.clz32(words.length - 1);
    bytes.appendUint8(width);
    writeRleBitPackedHybrid(bytes, numbers, width);
    return bytes.getBytes();
  }

  #writeWords(words: readonly string[]): number {
    const page = new ByteWriter();
    for (const word of words) {
      const bytes = utf8.encode(word);
      page.appendUint32(bytes.length);
      page.appendBytes(bytes);
    }
    const raw = page.getBytes();
    const compressed = this.compress(raw);
    const head = this.#writeHead({
      type: "DICTIONARY_PAGE",
      uncompressed_page_size: raw.length,
      compressed_page_size: compressed.length,
      dictionary_page_header: { num_values: words.length, encoding: "PLAIN" },
    });
    this.writer.appendBytes(compressed);
    return head + raw.length;
  }

  #writePage(encoding: Encoding, raw: Uint8Array, rows: number, count: number): number {
    const levels = new ByteWriter();
    writeRleBitPackedHybrid(levels, this.#levels.subarray(0, rows), 1);
    const compressed = this.compress(raw);
    const head = this.#writeHead({
      type: "DATA_PAGE_V2",
      uncompressed_page_size: levels.offset + raw.length,
      compressed_page_size: levels.offset + compressed.length,
      data_page_header_v2: {
        num_values: rows,
        num_nulls: rows - count,
        num_rows: rows,
        encoding,
        definition_levels_byte_length: levels.offset,
        repetition_levels_byte_length: 0,
        is_compressed: true,
      },
    });
    this.writer.appendBytes(levels.getBytes());
    this.writer.appendBytes(compressed);
    return head + levels.offset + raw.length;
  }

  /** The answer is its length. */
  #writeHead(head: PageHeader): number {
    const before = this.writer.offset;
    writePageHeader(this.writer, head);
    return this.writer.offset - before;
  }

  #statistics(count: number, rows: number): Statistics {
    let min = Infinity;
    let max = -Infinity;
    for (let i = 0; i < count; i++) {
      const value = this.#numbers[i]!;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    return { min_value: BigInt(min), max_value: BigInt(max), null_count: BigInt(rows - count) };
  }
}

function bytesOf(values: Float64Array | Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
