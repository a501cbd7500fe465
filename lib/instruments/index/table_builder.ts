import { isIndexToken } from "../../market/market.ts";
import type { ListReport } from "../list_report.ts";
import type { MasterRow, RowFacts } from "../master_row.ts";
import type { PlainRow } from "../plain_row.ts";
import { withoutSeries } from "../series.ts";
import { Columns, LOOK_ORDER } from "./columns.ts";
import { addContracts, addOthers, CapitalNames, endOfRun, type RankedRows } from "./ranked_rows.ts";
import { rankedRows } from "./ranks.ts";
import { SegmentDraft } from "./segment_draft.ts";
import { InstrumentTable } from "./table.ts";
import type { Segment } from "./table_index.ts";
import { WordIndex } from "./word_index.ts";

/** Rows that are looked at between two pauses: a millisecond's work or two. */
const STEP = 2048;

/** Takes the rows of one master, then makes the table of them. */
export class TableBuilder {
  readonly #columns = new Columns();

  /** @param report Is told of rows that are not whole, or are left out. */
  constructor(private readonly report: ListReport) {}

  /** @throws {Error} There are too many. */
  add(row: MasterRow): void {
    this.#columns.push(row);
    this.#note(row);
  }

  /** As {@linkcode add}. @param found Where token and symbol are in some bytes. */
  addPlain(facts: RowFacts, bytes: Uint8Array, found: PlainRow): void {
    this.#columns.pushPlain(facts, bytes, found);
    this.#note(facts);
  }

  #note({ lacks }: RowFacts): void {
    if (lacks === undefined) return;
    const columns = this.#columns;
    const row = columns.length - 1;
    this.report.note(lacks, () => `${columns.exchange(row)}:${columns.token(row)} ${columns.symbol(row)}`);
  }

  /** Pauses often enough that nothing else is kept waiting. */
  *finish(): Generator<void, InstrumentTable> {
    const columns = this.#columns;
    const dropped = new Set<number>();
    const indexRows: number[] = [];
    const symbolHashes = new Int32Array(columns.length);
    const tokens = LOOK_ORDER.map((_, place) =>
      new WordIndex(columns.count(place), (row) => columns.token(row))
    );
    for (let from = 0; from < columns.length; from += STEP) {
      const to = Math.min(from + STEP, columns.length);
      this.#indexTokens(tokens, from, to, dropped, indexRows);
      // In the order of the rows, whose symbols lie behind one another.
      for (let row = from; row < to; row++) symbolHashes[row] = columns.symbolHash(row);
      yield;
    }
    const twins = new Map<number, number>();
    for (const row of indexRows) {
      const twin = twinOf(columns, tokens[columns.place(row)]!, row);
      if (twin === undefined) continue;
      twins.set(row, twin);
      dropped.add(twin);
    }
    const order = yield* rankedRows(columns, dropped);
    const drafts = tokens.map((byToken, place) => new SegmentDraft(columns, order, place, byToken));
    const ranks = new Uint32Array(columns.length);
    const names = new CapitalNames(columns);
    const rows: RankedRows = { columns, order, symbolHashes, twins };
    for (let from = 0, to = 0; from < order.length; from = to) {
      to = endOfRun(rows, from, Math.min(from + STEP, order.length));
      for (let rank = from; rank < to; rank++) ranks[order[rank]!] = rank;
      if (columns.isContract(order[from]!)) addContracts(drafts, names, rows, from, to);
      else addOthers(drafts, names, rows, from, to);
      yield;
    }
    const { nearest } = names;
    const segments: Segment[] = [];
    for (const draft of drafts) {
      segments.push(draft.segment());
      yield;
    }
    return new InstrumentTable({ columns, segments, order, ranks, nearest });
  }

  // Loops over many rows have functions of their own: in a generator they are never compiled well.
  #indexTokens(
    tokens: readonly WordIndex[],
    from: number,
    to: number,
    dropped: Set<number>,
    indexRows: number[],
  ): void {
    const columns = this.#columns;
    for (let row = from; row < to; row++) {
      const byToken = tokens[columns.place(row)]!;
      if (!byToken.add(row, columns.tokenHash(row))) dropped.add(this.#repeated(byToken, row));
      if (columns.type(row) === "index" && !dropped.has(row)) indexRows.push(row);
    }
  }

  /**
   * A number may stand twice in a list, since the numbers of expired contracts are used again: the later expiry is the
   * one that counts.
   *
   * @returns The row that does not count.
   */
  #repeated(tokens: WordIndex, row: number): number {
    const columns = this.#columns;
    const before = tokens.get(columns.token(row))!;
    const later = columns.expiryDay(row) > columns.expiryDay(before);
    const loser = later ? before : row;
    if (later) tokens.replace(row);
    this.report.leaveOut(
      columns.symbol(row) === columns.symbol(before)
        ? "a row that is there twice"
        : "a number that another row has",
      () => `${columns.exchange(loser)}:${columns.token(loser)} ${columns.symbol(loser)}`,
    );
    return loser;
  }
}

/**
 * The master has two rows of an index: that of the 999 number, which ticks, and one of the number that was its own
 * before. The latter is no instrument, but its number and symbol are other words for the former. A share that has such
 * a number is no twin: its symbol has a series.
 *
 * @returns The latter.
 */
function twinOf(columns: Columns, byToken: WordIndex, row: number): number | undefined {
  const token = columns.token(row);
  const twin = isIndexToken(token) ? byToken.get(token.slice(3)) : undefined;
  if (twin === undefined || columns.name(twin) !== columns.name(row)) return undefined;
  const symbol = columns.symbol(twin);
  return withoutSeries(symbol) === symbol && !columns.isContract(twin) ? twin : undefined;
}
