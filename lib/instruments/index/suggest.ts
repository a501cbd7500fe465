import type { Exchange } from "../../market/market.ts";
import { expiryDay } from "../master_row.ts";
import { search } from "./search.ts";
import { isOf, type TableIndex } from "./table_index.ts";

/** A contract's symbol as most are built: underlying, day, strike, kind. */
const CONTRACT = /^(.+?)([0-9]{2}[A-Z]{3})([0-9]{2})([0-9.]*)(FUT|CE|PE)$/;

/**
 * The ranks of what was probably meant by a word that names nothing, best first: contracts of the same underlying,
 * symbols that contain it, names that are spelt nearly so. Where its exchange has none of them, others are asked.
 *
 * @param text In capitals.
 */
export function suggest(
  index: TableIndex,
  text: string,
  limit: number,
  exchange: Exchange | undefined,
): number[] {
  const found = new Set<number>();
  for (const where of new Set([exchange, undefined])) {
    for (const source of [likeContracts, search, mistyped]) {
      if (found.size >= limit) break;
      for (const rank of source(index, text, limit, where)) found.add(rank);
    }
    if (found.size > 0) break;
  }
  return [...found].slice(0, limit);
}

/** Contracts of the same underlying and kind, the nearest in day, then in strike: most unknown ones have expired. */
function likeContracts(
  index: TableIndex,
  text: string,
  limit: number,
  exchange: Exchange | undefined,
): number[] {
  const [, name, day, year, strike, kind] = CONTRACT.exec(text) ?? [];
  const ranks = name === undefined ? undefined : index.byName.get(name);
  if (ranks === undefined) return [];
  const { columns, order } = index;
  const wanted = expiryDay(`${day}20${year}`);
  return ranks
    .filter((rank) => isOf(index, rank, exchange) && columns.symbols[order[rank]!]!.endsWith(kind!))
    .map((rank) => ({
      rank,
      days: Math.abs(columns.expiryDay(order[rank]!) - wanted),
      rupees: Math.abs(columns.strike(order[rank]!) - Number(strike)),
    }))
    .sort((a, b) => a.days - b.days || a.rupees - b.rupees || a.rank - b.rank)
    .slice(0, limit)
    .map(({ rank }) => rank);
}

/** The first instrument of each name that is spelt nearly so. */
function mistyped(
  index: TableIndex,
  text: string,
  limit: number,
  exchange: Exchange | undefined,
): number[] {
  const names = index.nearest.find(text.replace(/-[A-Z]{2}$/, ""), limit * 4);
  return names.flatMap((name) => {
    return index.byName.get(name)?.find((rank) => isOf(index, rank, exchange)) ?? [];
  }).slice(0, limit);
}
