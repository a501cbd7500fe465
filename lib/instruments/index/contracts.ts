import { contractDay } from "../../market/day.ts";
import type { ContractKind } from "./columns.ts";
import type { Expiry } from "./expiries.ts";
import type { TableIndex } from "./table_index.ts";

/** The first place of a run of options whose strike is this or more; the end where there is none. */
export function strikePlace(
  { columns, order }: TableIndex,
  ranks: readonly number[],
  { from, to }: Expiry,
  strike: number,
): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (columns.strike(order[ranks[middle]!]!) < strike) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function kindOf({ columns, order }: TableIndex, rank: number): ContractKind | undefined {
  return columns.kind(order[rank]!);
}

const dayTexts = new Map<number, string>();

/**
 * A contract's name from its row's own columns, whatever its symbol looks like: `SENSEX31DEC2681000CE`. That is how most
 * symbols are built, and how OpenAlgo writes all of them.
 */
export function plainName(index: TableIndex, rank: number): string {
  const { columns, order } = index;
  const row = order[rank]!;
  const day = columns.expiryDay(row);
  let text = dayTexts.get(day);
  if (text === undefined) {
    text = day === 0 ? "" : contractDay(day);
    if (dayTexts.size < 10_000) dayTexts.set(day, text);
  }
  const strike = columns.strike(row);
  return `${columns.name(row).toUpperCase()}${text}${strike > 0 ? strike : ""}${kindOf(index, rank) ?? ""}`;
}
