import type { Column, ColumnType } from "./columns.ts";

/** What is given to the writer of Parquet: typed where no value is missing, which costs it half as much. */
export type ColumnData = Float64Array | BigInt64Array | Int32Array | (string | number | bigint | null)[];

const FIRST_ROWS = 1024;

/** India's time less UTC. */
const IST_MS = 5.5 * 3_600_000;

/** The values of a column on their way into a row group. */
export interface ColumnBuffer<Row> {
  /** Takes all rows at once: a column's values in one go cost a third of what they do row by row. */
  add(rows: readonly Row[]): void;
  /** The values so far; the buffer is empty afterwards. */
  take(): ColumnData;
}

export function columnBuffer<Row>({ type, value }: Column<Row>): ColumnBuffer<Row> {
  if (type !== "text") return new NumberBuffer(type, value as (row: Row) => number | undefined);
  const texts: (string | null)[] = [];
  return {
    add(rows) {
      for (const row of rows) texts.push(value(row) as string | undefined ?? null);
    },
    take: () => texts.splice(0),
  };
}

/** Numbers as doubles, which hold every price, time and quantity of a tick exactly; NaN where there is none. */
class NumberBuffer<Row> implements ColumnBuffer<Row> {
  #values = new Float64Array(0);
  #capacity = FIRST_ROWS;
  #count = 0;
  #missing = 0;

  constructor(
    private readonly type: Exclude<ColumnType, "text">,
    private readonly value: (row: Row) => number | undefined,
  ) {}

  add(rows: readonly Row[]): void {
    while (this.#count + rows.length > this.#values.length) this.#grow();
    const { type, value } = this;
    const values = this.#values;
    const shift = type === "ist" ? IST_MS : 0;
    let count = this.#count;
    for (const row of rows) {
      const number = value(row);
      if (number === undefined) this.#missing++;
      values[count++] = number === undefined ? NaN : number + shift;
    }
    this.#count = count;
  }

  take(): ColumnData {
    const values = this.#values.subarray(0, this.#count);
    const missing = this.#missing;
    // Made when it is needed, of the size that was: what grows leaves half of itself behind.
    this.#capacity = this.#values.length;
    this.#values = new Float64Array(0);
    this.#count = this.#missing = 0;
    if (missing === values.length) return new Array(values.length).fill(null);
    const { type } = this;
    const isLong = type === "whole" || type === "time" || type === "ist";
    if (missing > 0) {
      const convert = isLong ? BigInt : Number;
      return Array.from(values, (value) => Number.isNaN(value) ? null : convert(value));
    }
    return isLong ? integersOf(values) : type === "count" ? Int32Array.from(values) : values;
  }

  #grow(): void {
    const larger = new Float64Array(Math.max(this.#capacity, 2 * this.#values.length));
    larger.set(this.#values);
    this.#values = larger;
  }
}

const HALF = 2 ** 32;

/** The same integers in 64 bits each, without an object for each of them. */
function integersOf(values: Float64Array): BigInt64Array {
  const integers = new BigInt64Array(values.length);
  const halves = new DataView(integers.buffer);
  const little = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    halves.setUint32(i * 8 + (little ? 0 : 4), value >>> 0, little);
    halves.setInt32(i * 8 + (little ? 4 : 0), Math.floor(value / HALF), little);
  }
  return integers;
}
