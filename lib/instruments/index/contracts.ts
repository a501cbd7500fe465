import { contractDay } from "../../market/day.ts";
import type { ContractKind } from "./columns.ts";
import type { Expiry } from "./expiries.ts";
import type { TableIndex } from "./table_index.ts";

/** The first place of a run of options whose strike is this or more; the end where there is none. */
export function strikePlace(
  { columns, order }: TableIndex,
  ranks: readonly number[],
  { from, to }: Pick<Expiry, "from" | "to">,
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

/** Words that a digit divides from what stands beside them. */
export const LETTERS = /^[A-Z]+$/;

/** Whether a word stands in the name that {@linkcode plainName} makes. */
export function plainNameHas(index: TableIndex, rank: number, word: string): boolean {
  const { columns, order } = index;
  const row = order[rank]!;
  if (!LETTERS.test(word) || columns.expiryDay(row) === 0) return plainName(index, rank).includes(word);
  // Digits stand between all its parts, so that letters are in one of them.
  return columns.name(row).toUpperCase().includes(word) || dayText(columns.expiryDay(row)).includes(word) ||
    (kindOf(index, rank) ?? "").includes(word);
}

const dayTexts = new Map<number, string>();

/** The day in a contract's name; empty for none. */
export function dayText(day: number): string {
  let text = dayTexts.get(day);
  if (text === undefined) {
    text = day === 0 ? "" : contractDay(day);
    if (dayTexts.size < 10_000) dayTexts.set(day, text);
  }
  return text;
}

/**
 * A contract's name from its row's own columns, whatever its symbol looks like: `SENSEX31DEC2681000CE`. That is how most
 * symbols are built, and how OpenAlgo writes all of them.
 */
function plainName(index: TableIndex, rank: number): string {
  const { columns, order } = index;
  const row = order[rank]!;
  const text = dayText(columns.expiryDay(row));
  const strike = columns.strike(row);
  return `${columns.name(row).toUpperCase()}${text}${strike > 0 ? strike : ""}${kindOf(index, rank) ?? ""}`;
}
