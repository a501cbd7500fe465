import { type Exchange, isExchange } from "../../market/market.ts";
import { type Columns, LOOK_ORDER } from "./columns.ts";
import type { NearestWords } from "./nearest.ts";
import type { SearchText } from "./search_text.ts";
import type { WordIndex } from "./word_index.ts";

/** What is known of one exchange, and the text in which words are sought. Words are in capitals. */
export interface Segment {
  /** Rows. */
  readonly byToken: WordIndex;
  /** Rows of indices by the numbers they once had. */
  readonly byOldToken: Map<string, number>;
  /** Ranks, without those of indices: a share has the better claim to a name. */
  readonly bySymbol: WordIndex;
  /** Ranks of indices, by their symbols and names. */
  readonly indices: Map<string, number>;
  readonly text: SearchText;
}

/** What a table is made of. A rank is a row's place in the order in which instruments are shown. */
export interface TableIndex {
  readonly columns: Columns;
  /** One for each exchange of {@linkcode LOOK_ORDER}. */
  readonly segments: readonly Segment[];
  /** The row of each rank. */
  readonly order: Uint32Array;
  /** Rising ranks by name in capitals. */
  readonly byName: ReadonlyMap<string, readonly number[]>;
  /** The names of `byName`. */
  readonly nearest: NearestWords;
}

/** The segments in which to look: that of an exchange, or all. */
export function segmentsOf({ segments }: TableIndex, exchange: Exchange | undefined): readonly Segment[] {
  return exchange === undefined ? segments : [segments[LOOK_ORDER.indexOf(exchange)]!];
}

/** Whether the instrument of a rank is of an exchange; any will do where none is named. */
export function isOf({ columns, order }: TableIndex, rank: number, exchange: Exchange | undefined): boolean {
  return exchange === undefined || columns.exchange(order[rank]!) === exchange;
}

/** A word in capitals with single spaces, and the exchange that stands before its colon, else the one given. */
export function readWord(word: string, exchange?: Exchange): { text: string; exchange?: Exchange } {
  const text = word.trim().toUpperCase().replaceAll(/\s+/g, " ");
  const colon = text.indexOf(":");
  const prefix = text.slice(0, Math.max(0, colon)).trim().toLowerCase();
  return isExchange(prefix)
    ? { text: text.slice(colon + 1).trim(), exchange: prefix }
    : { text, ...exchange === undefined ? {} : { exchange } };
}
