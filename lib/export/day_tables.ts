import type { InstrumentKey } from "../market/market.ts";
import type { RecordedSource } from "../recording/format.ts";
import { type Column, GAP_COLUMNS, type GapRow, TICK_COLUMNS, type TickRow } from "./columns.ts";
import type { Gap } from "./gaps.ts";
import type { EncoderOf } from "./encoder_thread.ts";
import { GROUP_ROWS, ParquetTable } from "./parquet_table.ts";
import { PartFile } from "./part_file.ts";
import { BlockPool } from "./row_group.ts";
import { csvTable, type Format, jsonlTable, type Sink, type Table } from "./table.ts";

/** A table that is whole. */
export interface SavedTable {
  readonly path: string;
  readonly rows: number;
  readonly what: "ticks" | "gaps";
}

export interface DayTablesOptions {
  /** The folder of all that is exported. */
  readonly output: string;
  readonly date: string;
  readonly source: RecordedSource;
  readonly format: Format;
  /** Makes what writes a file of Parquet. */
  readonly encoderOf: EncoderOf;
  /** Rows that may be in memory, of all tables together. */
  readonly maxHeldRows?: number;
}

/** A row group of one exchange, and half of one of all others. */
const MAX_HELD_ROWS = 1.5 * GROUP_ROWS;

interface Open<Row> {
  readonly table: Table<Row>;
  readonly file: PartFile;
}

/** The tables of one day: ticks by exchange, in folders that name both, and the gaps. */
export class DayTables {
  readonly #options: DayTablesOptions;
  readonly #ticks = new Map<string, Open<TickRow>>();
  #gaps: Open<GapRow> | undefined;
  readonly #pool = new BlockPool();

  constructor(options: DayTablesOptions) {
    this.#options = options;
  }

  /** Which of the day's folders is there already; undefined where none is. */
  async existing(): Promise<string | undefined> {
    for (const folder of this.#folders()) {
      if (await Deno.lstat(folder).then(() => true, isThere)) return folder;
    }
    return undefined;
  }

  /** Settles when the rows are in their files, or in memory within bounds. */
  async addTicks(rows: readonly TickRow[]): Promise<void> {
    for (const [exchange, own] of Map.groupBy(rows, ({ tick }) => tick.exchange)) {
      const open = this.#ticks.get(exchange) ?? await this.#openTicks(exchange);
      open.table.add(own);
    }
    let held = 0;
    for (const { table } of this.#ticks.values()) {
      await table.drain();
      held += table.heldRows;
    }
    if (held > (this.#options.maxHeldRows ?? MAX_HELD_ROWS)) await this.#fullest().writeHeld();
  }

  async addGaps(gaps: readonly Gap[], symbolOf: (key: InstrumentKey) => string | undefined): Promise<void> {
    const { source } = this.#options;
    const { table } = this.#gaps ??= await this.#open("gaps", "", GAP_COLUMNS);
    for (const gap of gaps) {
      table.add((gap.keys ?? [undefined]).map((key) => ({ source, gap, key, symbol: key && symbolOf(key) })));
      await table.drain();
    }
  }

  /** Settles when all files are whole and have their names. */
  async close(): Promise<SavedTable[]> {
    await this.addGaps([], () => undefined);
    const all = [
      ...Array.from(this.#ticks.values(), (open) => ({ ...open, what: "ticks" as const })),
      { ...this.#gaps!, what: "gaps" as const },
    ];
    const saved: SavedTable[] = [];
    for (const { table, file, what } of all) {
      await table.close();
      await file.finish();
      saved.push({ path: file.path, rows: table.rows, what });
    }
    return saved;
  }

  /** Leaves nothing of the day. */
  async discard(): Promise<void> {
    for (
      const { file, table } of [...this.#ticks.values(), ...this.#gaps === undefined ? [] : [this.#gaps]]
    ) {
      await table.abandon();
      file.abandon();
    }
    // They are ours: of a day that is there already nothing is begun.
    for (const folder of this.#folders()) await Deno.remove(folder, { recursive: true }).catch(() => {});
  }

  #fullest(): Table<TickRow> {
    return [...this.#ticks.values()].map(({ table }) => table).reduce((a, b) =>
      a.heldRows >= b.heldRows ? a : b
    );
  }

  async #openTicks(exchange: string): Promise<Open<TickRow>> {
    const open = await this.#open("ticks", `/exchange=${exchange}`, TICK_COLUMNS);
    this.#ticks.set(exchange, open);
    return open;
  }

  async #open<Row>(
    what: SavedTable["what"],
    folder: string,
    columns: readonly Column<Row>[],
  ): Promise<Open<Row>> {
    const { format } = this.#options;
    const file = await PartFile.create(`${this.#folderOf(what)}${folder}/${what}.${format}`);
    return { file, table: await this.#table(file, columns) };
  }

  async #table<Row>(sink: Sink, columns: readonly Column<Row>[]): Promise<Table<Row>> {
    const { format, source } = this.#options;
    if (format === "csv") return csvTable(sink, columns);
    if (format === "jsonl") return jsonlTable(sink, columns);
    const shapes = columns.map(({ name, type }) => ({ name, type }));
    return new ParquetTable(sink, columns, await this.#options.encoderOf(shapes, { source }), this.#pool);
  }

  #folderOf(what: SavedTable["what"]): string {
    return `${this.#options.output}/${what}/date=${this.#options.date}`;
  }

  #folders(): string[] {
    return [this.#folderOf("ticks"), this.#folderOf("gaps")];
  }
}

function isThere(error: unknown): boolean {
  return !(error instanceof Deno.errors.NotFound);
}
