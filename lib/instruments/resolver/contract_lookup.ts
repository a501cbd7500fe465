import { derivativesOf } from "../../market/exchange_names.ts";
import type { Exchange } from "../../market/market.ts";
import { lastDayOf, partsOf } from "../../market/day.ts";
import { kindOf, strikePlace } from "../index/contracts.ts";
import { type Contracts, livingExpiries } from "../index/expiries.ts";
import { type Segment, segmentsOf, type TableIndex } from "../index/table_index.ts";
import { type ContractName, contractNames } from "./contract_name.ts";
import type { WrittenName } from "./written_name.ts";

/** What is said to have expired is not older: a name can be read as a day of long ago as well. */
const MOST_DAYS_AGO = 800;

/** What the name of a contract leads to. */
export interface ContractsFound {
  /** The rows that it names, those that have expired among them. */
  readonly ranks: readonly number[];
  /** The day on which the contract expired that it names, where the list has it no more. */
  readonly expiredOn?: number;
}

/** Looks a contract up by what its name says, whatever the symbols of its exchange look like. */
export function lookUpContract(index: TableIndex, name: WrittenName, today: number): ContractsFound {
  const ranks = new Set<number>();
  let expiredOn: number | undefined;
  for (const contract of contractNames(name.text)) {
    // Which of the contracts of a month is meant cannot be told, but for futures: there is one a month.
    if (!contract.exact && !(contract.tradingView && contract.kind === "FUT")) continue;
    for (const segment of segmentsOf(index, exchangesOf(contract, name))) {
      const listed = segment.contracts.get(contract.underlying);
      if (listed === undefined) continue;
      for (const rank of rowsOf(index, listed, contract)) ranks.add(rank);
      if (contract.exact && contract.day < today && contract.day > today - MOST_DAYS_AGO) {
        expiredOn = contract.day;
      }
    }
  }
  return { ranks: [...ranks], ...expiredOn === undefined ? {} : { expiredOn } };
}

/** The rows of one underlying that a name fits. */
function rowsOf(index: TableIndex, { ranks, expiries }: Contracts, contract: ContractName): number[] {
  const { month, year } = partsOf(contract.day);
  const [first, last] = contract.exact
    ? [contract.day, contract.day]
    : [lastDayOf(year, month) - partsOf(contract.day).day + 1, contract.day];
  const found: number[] = [];
  for (const expiry of expiries) {
    if (expiry.day < first || expiry.day > last || (expiry.type === "future") !== (contract.kind === "FUT")) {
      continue;
    }
    const from = contract.kind === "FUT" ? expiry.from : strikePlace(index, ranks, expiry, contract.strike);
    for (let at = from; at < expiry.to; at++) {
      const rank = ranks[at]!;
      if (index.columns.strike(index.order[rank]!) !== contract.strike) break;
      if (kindOf(index, rank) === contract.kind) found.push(rank);
    }
  }
  return found;
}

/** Where a contract is looked for; undefined for everywhere. */
function exchangesOf(
  { tradingView }: ContractName,
  { exchange, prefixed }: WrittenName,
): readonly Exchange[] | undefined {
  if (exchange === undefined) return undefined;
  return tradingView && prefixed ? derivativesOf(exchange) : [exchange];
}

/** Contracts that have not expired, the ones nearest to what a name asks for first. */
export function nearestContracts(
  index: TableIndex,
  segments: readonly Segment[],
  text: string,
  today: number,
  limit: number,
): number[] {
  const found = new Map<number, Distance>();
  for (const contract of contractNames(text)) {
    for (const segment of segments) {
      const contracts = segment.contracts.get(contract.underlying);
      if (contracts === undefined) continue;
      const { ranks } = contracts;
      const expiries = livingExpiries(contracts, today)
        .filter(({ type }) => (type === "future") === (contract.kind === "FUT"));
      const wanted = dayWanted(contract, expiries.map(({ day }) => day));
      for (const { from, to, day, type } of expiries) {
        const start = type === "future" ? from : strikePlace(index, ranks, { from, to }, contract.strike);
        for (const rank of beside(index, ranks, start, { from, to, kind: contract.kind })) {
          const rupees = Math.abs(index.columns.strike(index.order[rank]!) - contract.strike);
          const distance = { other: rupees === 0 ? 0 : 1, days: Math.abs(day - wanted), rupees };
          const before = found.get(rank);
          if (before === undefined || compare(distance, before) < 0) found.set(rank, distance);
        }
      }
    }
  }
  return [...found].sort(([a, one], [b, two]) => compare(one, two) || a - b).slice(0, limit).map(([rank]) =>
    rank
  );
}

/** The futures that end next, or else the options, of an underlying. */
export function nextContracts(
  segments: readonly Segment[],
  underlying: string,
  today: number,
  limit: number,
): number[] {
  const found: { rank: number; type: string; day: number }[] = [];
  for (const segment of segments) {
    const contracts = segment.contracts.get(underlying);
    if (contracts === undefined) continue;
    for (const { type, day, from } of livingExpiries(contracts, today)) {
      found.push({ rank: contracts.ranks[from]!, type, day: day || Infinity });
    }
  }
  const futures = found.filter(({ type }) => type === "future");
  return (futures.length > 0 ? futures : found).sort((a, b) => a.day - b.day || a.rank - b.rank)
    .slice(0, limit).map(({ rank }) => rank);
}

interface Distance {
  /** Whether the strike is another one. */
  readonly other: number;
  readonly days: number;
  readonly rupees: number;
}

function compare(a: Distance, b: Distance): number {
  return a.other - b.other || a.days - b.days || a.rupees - b.rupees;
}

/** A name that says only a month means its last contract, or, where none is left, the one that ends next. */
function dayWanted({ day, exact }: ContractName, days: readonly number[]): number {
  if (exact) return day;
  const { day: length } = partsOf(day);
  return days.filter((each) => each <= day && each > day - length).at(-1) ?? day;
}

/** Of one kind, the contracts at a place of a run and before it, for the strike may lie between two. */
function* beside(
  index: TableIndex,
  ranks: readonly number[],
  start: number,
  { from, to, kind }: { readonly from: number; readonly to: number; readonly kind: string },
): Generator<number> {
  for (const direction of [1, -1]) {
    let at = direction === 1 ? start : start - 1;
    for (let looks = 0; looks < 4 && at >= from && at < to; looks++, at += direction) {
      if (kindOf(index, ranks[at]!) !== kind) continue;
      yield ranks[at]!;
      break;
    }
  }
}
