import { contractDay } from "../../market/day.ts";
import type { Steps } from "./steps.ts";
import type { TableIndex } from "./table_index.ts";

/** The last letters of a contract's symbol: a future, a call, a put. */
export type ContractKind = "FUT" | "CE" | "PE";

/** Contracts of one underlying that have the same last day; futures, or options by rising strike. */
export interface Expiry {
  readonly type: "future" | "option";
  /** Days since the Unix epoch; 0 where the list has none that can be read. */
  readonly day: number;
  /** Their ranks are those at these places of the list, the last one excluded. */
  readonly from: number;
  readonly to: number;
}

/** The expiries of one underlying that have not passed; the list has one run of rows for each. */
export function expiriesOf(
  { columns, order }: TableIndex,
  ranks: readonly number[],
  today: number,
  steps: Steps,
): Expiry[] {
  const found: Expiry[] = [];
  for (let from = 0; from < ranks.length && steps.take();) {
    const row = order[ranks[from]!]!;
    const type = columns.type(row);
    const day = columns.expiryDay(row);
    const isSame = (place: number) => {
      const other = order[ranks[place]!]!;
      return columns.type(other) === type && columns.expiryDay(other) === day;
    };
    const to = firstWhereNot(isSame, from, ranks.length, steps);
    if ((type === "future" || type === "option") && (day === 0 || day >= today)) {
      found.push({ type, day, from, to });
    }
    from = to;
  }
  return found;
}

/** The first place of a run of options whose strike is this or more; the end where there is none. */
export function strikePlace(
  { columns, order }: TableIndex,
  ranks: readonly number[],
  { from, to }: Expiry,
  strike: number,
  steps: Steps,
): number {
  return firstWhereNot((place) => columns.strike(order[ranks[place]!]!) < strike, from, to, steps);
}

/** A call or a put: the list has no column that tells. */
export function kindOf({ columns, order }: TableIndex, rank: number): ContractKind | undefined {
  const row = order[rank]!;
  if (columns.type(row) === "future") return "FUT";
  const symbol = columns.symbols[row]!;
  const end = symbol.slice(-2).toUpperCase();
  return end === "CE" || end === "PE" ? end : undefined;
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

/** By halves: the first place from which on something is not so. */
function firstWhereNot(isSo: (place: number) => boolean, from: number, to: number, steps: Steps): number {
  let low = from;
  let high = to;
  while (low < high) {
    steps.take();
    const middle = (low + high) >> 1;
    if (isSo(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
