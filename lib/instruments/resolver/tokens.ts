import { type Exchange, type InstrumentKey, splitKey } from "../../market/market.ts";
import { LOOK_ORDER } from "../index/columns.ts";
import type { Segment, TableIndex } from "../index/table_index.ts";
import { canonicalToken } from "../instrument.ts";

/** The row of a key; that of an index also for the number it once had, unless another instrument has that number. */
export function rowOfKey({ segments }: TableIndex, key: InstrumentKey): number | undefined {
  const { exchange, token } = splitKey(key);
  return rowOf(segments[LOOK_ORDER.indexOf(exchange)]!, token);
}

/** The rows that have a number: of an exchange, or of each. */
export function ranksOfToken(index: TableIndex, token: string, exchange: Exchange | undefined): number[] {
  return index.segments.flatMap((segment) => {
    if (exchange !== undefined && segment.exchange !== exchange) return [];
    const row = rowOf(segment, token);
    return row === undefined ? [] : [index.ranks[row]!];
  });
}

function rowOf({ exchange, byToken, byOldToken }: Segment, token: string): number | undefined {
  return byOldToken.get(token) ?? byToken.get(token) ?? byToken.get(canonicalToken(exchange, token));
}
