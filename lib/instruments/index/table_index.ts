import type { Exchange } from "../../market/market.ts";
import { type Columns, LOOK_ORDER } from "./columns.ts";
import type { Contracts } from "./expiries.ts";
import type { NearestWords } from "./nearest.ts";
import type { SearchText } from "./search_text.ts";
import type { SymbolIndex } from "./symbol_index.ts";
import type { WordIndex } from "./word_index.ts";

/** Ranks by word, rising. */
export type RanksByWord = ReadonlyMap<string, readonly number[]>;

/** What is known of one exchange, and the texts in which words are sought. Words are in capitals. */
export interface Segment {
  readonly exchange: Exchange;
  /** Rows. */
  readonly byToken: WordIndex;
  /** Rows of indices by the numbers they once had. */
  readonly byOldToken: ReadonlyMap<string, number>;
  /** Ranks, without those of indices. */
  readonly bySymbol: SymbolIndex;
  /** Ranks of rows that are no contracts, by the column `name`. */
  readonly byName: SymbolIndex;
  readonly indices: IndexNames;
  /** Ranks of rows that are no contracts, by the symbol without its series. */
  readonly byBase: SymbolIndex;
  /** Lines of rows that are no contracts. Ids are ranks. */
  readonly text: SearchText;
  /** Contracts by the column `name`. */
  readonly contracts: ReadonlyMap<string, Contracts>;
  /** The same names, as lines. Ids are the place of each. */
  readonly underlyings: SearchText;
}

/** Ranks of indices by what they are called, the better claim first. */
export interface IndexNames {
  readonly bySymbol: RanksByWord;
  readonly byName: RanksByWord;
  /** By the symbol without blanks, and by the symbol of the row of the old number. */
  readonly byOther: RanksByWord;
}

/** What a table is made of. A rank is a row's place in the order in which instruments are shown. */
export interface TableIndex {
  readonly columns: Columns;
  /** One for each exchange of {@linkcode LOOK_ORDER}. */
  readonly segments: readonly Segment[];
  /** The row of each rank. */
  readonly order: Uint32Array;
  /** The rank of each row. */
  readonly ranks: Uint32Array;
  /** All names. */
  readonly nearest: NearestWords;
}

/** The segments in which to look: those of some exchanges, or all. */
export function segmentsOf(
  { segments }: TableIndex,
  exchanges: readonly Exchange[] | undefined,
): readonly Segment[] {
  return exchanges === undefined
    ? segments
    : exchanges.map((exchange) => segments[LOOK_ORDER.indexOf(exchange)]!);
}

/** Whether the contract of a rank has ended before a day; a contract trades on its last day. */
export function isExpired({ columns, order }: TableIndex, rank: number, today: number): boolean {
  const day = columns.expiryDay(order[rank]!);
  return day > 0 && day < today && columns.isContract(order[rank]!);
}

/** Whether the row of a rank has no ticks of its own. */
export function isUnderlying({ columns, order }: TableIndex, rank: number): boolean {
  return columns.type(order[rank]!) === "underlying";
}
