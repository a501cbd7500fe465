import { contractDay } from "../../market/day.ts";
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

/** All contracts of one underlying on one exchange. */
export interface Contracts {
  /** Rising. */
  readonly ranks: readonly number[];
  /** In the order of the ranks: futures, then options, each by their last day. */
  readonly expiries: readonly Expiry[];
}

/** Contracts of one underlying while they are put in, in the order of their ranks. */
export class ContractsDraft implements Contracts {
  readonly ranks: number[] = [];
  readonly expiries: { type: Expiry["type"]; day: number; from: number; to: number }[] = [];

  add(rank: number, type: Expiry["type"], day: number): void {
    this.ranks.push(rank);
    const last = this.expiries.at(-1);
    if (last !== undefined && last.type === type && last.day === day) last.to++;
    else this.expiries.push({ type, day, from: this.ranks.length - 1, to: this.ranks.length });
  }
}

/** The expiries that have not passed, those among them of which the day is not known. */
export function livingExpiries({ expiries }: Contracts, today: number): Expiry[] {
  return expiries.filter(({ day }) => day === 0 || day >= today);
}

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
