import { isIndexToken } from "../../market/market.ts";
import { Columns, LOOK_ORDER } from "./columns.ts";
import type { MasterRow } from "../master_row.ts";
import { NearestWords } from "./nearest.ts";
import { SearchText } from "./search_text.ts";
import { InstrumentTable } from "./table.ts";
import type { Segment } from "./table_index.ts";
import { WordIndex } from "./word_index.ts";

/** Rows that are looked at between two pauses: a millisecond's work or two. */
const STEP = 2048;

/** Takes the rows of one master, then makes the table of them. */
export class TableBuilder {
  readonly #columns = new Columns();

  /** @throws {Error} There are too many. */
  add(row: MasterRow): void {
    this.#columns.push(row);
  }

  /** Pauses often enough that nothing else is kept waiting. */
  *finish(): Generator<void, InstrumentTable> {
    const columns = this.#columns;
    const dropped = new Set<number>();
    const indexRows: number[] = [];
    const tokens = LOOK_ORDER.map((_, place) =>
      new WordIndex(columns.count(place), (row) => columns.tokens[row]!)
    );
    for (let row = 0; row < columns.length; row++) {
      if (!tokens[columns.place(row)]!.add(row)) dropped.add(row);
      else if (columns.type(row) === "index") indexRows.push(row);
      if (row % STEP === STEP - 1) yield;
    }
    const twins = new Map<number, number>();
    for (const row of indexRows) {
      const twin = twinOf(columns, tokens[columns.place(row)]!, row);
      if (twin === undefined) continue;
      twins.set(row, twin);
      dropped.add(twin);
    }
    const order = yield* columns.ranked(dropped);
    const segments = tokens.map((byToken, place): Segment => ({
      byToken,
      byOldToken: new Map(),
      bySymbol: new WordIndex(columns.count(place), (rank) => columns.symbols[order[rank]!]!.toUpperCase()),
      indices: new Map(),
      text: new SearchText(),
    }));
    const byName = new Map<string, number[]>();
    const nearest = new NearestWords();
    const indices = segments.map((): IndexRow[] => []);
    for (let rank = 0; rank < order.length; rank++) {
      const row = order[rank];
      const place = columns.place(row!);
      const name = columns.name(row!).toUpperCase();
      segments[place]!.text.add(rank, columns.symbols[row!]!.toUpperCase(), name);
      if (columns.type(row!) === "index") indices[place]!.push({ row: row!, rank, twin: twins.get(row!) });
      else segments[place]!.bySymbol.add(rank);
      const ranks = byName.get(name);
      if (ranks === undefined) {
        byName.set(name, [rank]);
        nearest.add(name);
      } else ranks.push(rank);
      if (rank % STEP === STEP - 1) yield;
    }
    for (const [place, rows] of indices.entries()) nameIndices(columns, segments[place]!, rows);
    for (const { text } of segments) {
      text.seal();
      yield;
    }
    return new InstrumentTable({ columns, segments, order, byName, nearest });
  }
}

/**
 * The master has two rows of an index: that of the 999 number, which ticks, and one of the number that was its own
 * before. The latter is no instrument, but its number and symbol are other words for the former.
 *
 * @returns The latter.
 */
function twinOf(columns: Columns, byToken: WordIndex, row: number): number | undefined {
  const token = columns.tokens[row];
  const twin = isIndexToken(token!) ? byToken.get(token!.slice(3)) : undefined;
  return twin !== undefined && columns.name(twin) === columns.name(row) ? twin : undefined;
}

/** The words by which indices are found: where two have the same, the symbol wins over the name. */
function nameIndices(columns: Columns, segment: Segment, rows: readonly IndexRow[]): void {
  const words: ((each: IndexRow) => string | undefined)[] = [
    ({ row }) => columns.symbols[row],
    ({ row }) => columns.name(row),
    ({ row }) => columns.symbols[row]!.replaceAll(" ", ""),
    ({ twin }) => twin === undefined ? undefined : columns.symbols[twin],
  ];
  for (const wordOf of words) {
    for (const each of rows) {
      const word = wordOf(each)?.toUpperCase();
      if (word !== undefined && !segment.indices.has(word)) segment.indices.set(word, each.rank);
    }
  }
  for (const { row, twin } of rows) {
    if (twin !== undefined) segment.byOldToken.set(columns.tokens[twin]!, row);
  }
}

interface IndexRow {
  readonly row: number;
  readonly rank: number;
  /** The row that went with it. */
  readonly twin?: number;
}
