import { isIndexToken } from "../../market/market.ts";
import type { ListReport } from "../list_report.ts";
import type { MasterRow } from "../master_row.ts";
import { withoutSeries } from "../series.ts";
import { Columns, LOOK_ORDER } from "./columns.ts";
import { ContractsDraft } from "./expiries.ts";
import { nameIndices } from "./index_names.ts";
import { NearestWords } from "./nearest.ts";
import { SearchText } from "./search_text.ts";
import { SymbolIndex } from "./symbol_index.ts";
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
    if (row.lacks !== undefined) this.report.note(row.lacks, `${row.exchange}:${row.token} ${row.symbol}`);
    this.#columns.push(row);
  }

  /** Pauses often enough that nothing else is kept waiting. */
  *finish(): Generator<void, InstrumentTable> {
    const columns = this.#columns;
    const dropped = new Set<number>();
    const indexRows: number[] = [];
    const tokens = LOOK_ORDER.map((_, place) =>
      new WordIndex(columns.count(place), (row) => columns.token(row))
    );
    for (let row = 0; row < columns.length; row++) {
      const byToken = tokens[columns.place(row)]!;
      if (!byToken.add(row)) dropped.add(this.#repeated(byToken, row));
      if (columns.type(row) === "index" && !dropped.has(row)) indexRows.push(row);
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
    const drafts = tokens.map((byToken, place) => new SegmentDraft(columns, order, place, byToken));
    const ranks = new Uint32Array(columns.length);
    const nearest = new NearestWords();
    const names = new Set<string>();
    for (let rank = 0; rank < order.length; rank++) {
      const row = order[rank]!;
      ranks[row] = rank;
      const name = columns.name(row).toUpperCase();
      drafts[columns.place(row)]!.add(rank, name, twins.get(row));
      if (!names.has(name)) {
        names.add(name);
        nearest.add(name);
      }
      if (rank % STEP === STEP - 1) yield;
    }
    const segments: Segment[] = [];
    for (const draft of drafts) {
      segments.push(draft.segment());
      yield;
    }
    return new InstrumentTable({ columns, segments, order, ranks, nearest });
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
      `${columns.exchange(loser)}:${columns.token(loser)} ${columns.symbol(loser)}`,
    );
    return loser;
  }
}

/** One exchange of the table, while it is made. */
class SegmentDraft {
  readonly #bySymbol: SymbolIndex;
  readonly #byName: SymbolIndex;
  readonly #byBase: SymbolIndex;
  readonly #text = new SearchText();
  readonly #contracts = new Map<string, ContractsDraft>();
  readonly #indices: { row: number; rank: number; twin?: number }[] = [];

  constructor(
    private readonly columns: Columns,
    private readonly order: Uint32Array,
    private readonly place: number,
    private readonly byToken: WordIndex,
  ) {
    const most = columns.count(place);
    const symbolOf = (rank: number) => columns.symbol(order[rank]!).toUpperCase();
    this.#bySymbol = new SymbolIndex(most, symbolOf);
    const others = most - columns.contracts(place);
    this.#byName = new SymbolIndex(others, (rank) => columns.name(order[rank]!).toUpperCase());
    this.#byBase = new SymbolIndex(others, (rank) => withoutSeries(symbolOf(rank)));
  }

  /** @param name In capitals. @param twin The row that went with that of an index. */
  add(rank: number, name: string, twin: number | undefined): void {
    const { columns } = this;
    const row = this.order[rank]!;
    const symbol = columns.symbol(row).toUpperCase();
    const type = columns.type(row);
    if (type === "future" || type === "option") {
      let contracts = this.#contracts.get(name);
      if (contracts === undefined) this.#contracts.set(name, contracts = new ContractsDraft());
      contracts.add(rank, type, columns.expiryDay(row));
    } else {
      this.#byName.add(rank, name);
      this.#text.add(rank, symbol, name);
      this.#byBase.add(rank, withoutSeries(symbol));
    }
    if (columns.type(row) === "index") {
      this.#indices.push({ row, rank, ...twin === undefined ? {} : { twin } });
    } else this.#bySymbol.add(rank, symbol);
  }

  segment(): Segment {
    const { columns, byToken } = this;
    const underlyings = new SearchText();
    for (const [place, name] of [...this.#contracts.keys()].entries()) underlyings.add(place, name, name);
    for (const text of [this.#text, underlyings]) text.seal();
    return {
      exchange: LOOK_ORDER[this.place]!,
      byToken,
      byOldToken: new Map(
        this.#indices.flatMap(({ row, twin }) => twin === undefined ? [] : [[columns.token(twin), row]]),
      ),
      bySymbol: this.#bySymbol,
      byName: this.#byName,
      byBase: this.#byBase,
      indices: nameIndices(columns, this.#indices),
      text: this.#text,
      contracts: this.#contracts,
      underlyings,
    };
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
