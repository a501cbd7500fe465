import { istTimestamp } from "../market/ist.ts";
import { csvLine } from "../clients/http/csv.ts";
import type { Column } from "./columns.ts";

/** The kinds of files that are written. */
export type Format = "parquet" | "csv" | "jsonl";

/** A table on its way into a file. */
export interface Table<Row> {
  readonly rows: number;
  /** Rows that are in memory still, because they are only written many at once. */
  readonly heldRows: number;
  add(rows: readonly Row[]): void;
  /** Settles when what was added so far is in the file, or may stay in memory. */
  drain(): Promise<void>;
  /** Writes everything that is in memory. */
  writeHeld(): Promise<void>;
  /** Settles when the file is whole. */
  close(): Promise<void>;
  /** Settles when nothing more is written, however much is missing. */
  abandon(): Promise<void>;
}

/** Where a table's bytes go. */
export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
}

/** Text of this length is written at once. */
const CHUNK_CHARS = 256 * 1024;

/** A table as text, a line for each row. */
export class TextTable<Row> implements Table<Row> {
  readonly heldRows = 0;
  #rows = 0;
  #text: string;
  readonly #encoder = new TextEncoder();

  constructor(private readonly sink: Sink, head: string, private readonly lineOf: (row: Row) => string) {
    this.#text = head;
  }

  get rows(): number {
    return this.#rows;
  }

  add(rows: readonly Row[]): void {
    for (const row of rows) this.#text += this.lineOf(row);
    this.#rows += rows.length;
  }

  async drain(): Promise<void> {
    if (this.#text.length >= CHUNK_CHARS) await this.writeHeld();
  }

  async writeHeld(): Promise<void> {
    const bytes = this.#encoder.encode(this.#text);
    this.#text = "";
    await this.sink.write(bytes);
  }

  close(): Promise<void> {
    return this.writeHeld();
  }

  abandon(): Promise<void> {
    return Promise.resolve();
  }
}

/** With a head; what a row does not have is an empty cell. */
export function csvTable<Row>(sink: Sink, columns: readonly Column<Row>[]): Table<Row> {
  const shown = columns.map(shownAs);
  return new TextTable(
    sink,
    csvLine(columns.map(({ name }) => name)),
    (row) => csvLine(shown.map((show) => show(row))),
  );
}

/** One object a line; what a row does not have is absent. */
export function jsonlTable<Row>(sink: Sink, columns: readonly Column<Row>[]): Table<Row> {
  const shown = columns.map((column) => [column.name, shownAs(column)] as const);
  return new TextTable(sink, "", (row) => {
    const object: Record<string, unknown> = {};
    for (const [name, show] of shown) object[name] = show(row);
    return `${JSON.stringify(object)}\n`;
  });
}

/** How a column is written as text: moments to the ms, in UTC as ISO 8601 and in India's time as a clock shows it. */
function shownAs<Row>({ type, value }: Column<Row>): (row: Row) => string | number | undefined {
  if (type !== "time" && type !== "ist") return value;
  const secondOf = type === "time"
    ? (ms: number) => new Date(ms).toISOString().slice(0, 19)
    : (ms: number) => istTimestamp(ms);
  const end = type === "time" ? "Z" : "";
  // Most moments of a column share their second with the one before, and a date's text costs more than the rest of the row.
  let last = NaN;
  let text = "";
  return (row) => {
    const ms = value(row) as number | undefined;
    if (ms === undefined) return undefined;
    const second = Math.floor(ms / 1000);
    if (second !== last) [last, text] = [second, secondOf(ms)];
    return `${text}.${String(ms - second * 1000).padStart(3, "0")}${end}`;
  };
}
