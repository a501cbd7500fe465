import { exchangeNamed } from "../../market/exchange_names.ts";
import { type Exchange, keyOf } from "../../market/market.ts";
import { LOOK_ORDER } from "../index/columns.ts";
import { search } from "../index/search.ts";
import { isExpired, isUnderlying, type Segment, segmentsOf, type TableIndex } from "../index/table_index.ts";
import { withoutSeries } from "../series.ts";
import { claims } from "./claims.ts";
import { continuousName } from "./contract_name.ts";
import { nearestContracts, nextContracts } from "./contract_lookup.ts";
import type { WrittenName } from "./written_name.ts";

const SUGGESTIONS = 3;

interface Question {
  /** In capitals. */
  readonly text: string;
  readonly exchange?: Exchange | undefined;
  readonly segments: readonly Segment[];
  readonly today: number;
  readonly limit: number;
}

type Source = (index: TableIndex, question: Question) => readonly number[];

const SOURCES: readonly Source[] = [
  (index, { text, exchange }) => exchange === undefined ? sameName(index, text) : [],
  (index, { text, segments, today, limit }) => nearestContracts(index, segments, text, today, limit),
  (_, { text, segments }) => segments.flatMap(({ byBase }) => byBase.get(withoutSeries(text))),
  (_, { text, segments, today, limit }) =>
    nextContracts(segments, continuousName(text) ?? withoutSeries(text), today, limit),
  (index, { text, exchange, today, limit }) => search(index, text, { limit, exchange, today }),
  mistyped,
];

/**
 * Names that were probably meant by one that leads to nothing, best first, each of an instrument that ticks: contracts
 * of the same underlying, the same name in another series, names that contain it, names that are spelt nearly so. Where
 * its exchange has none of them, others are asked.
 */
export function suggest(index: TableIndex, name: WrittenName, today: number, limit = SUGGESTIONS): string[] {
  // Where a chart of a share has its exchange, its contracts have another one.
  const exchange = continuousName(name.text) === undefined ? name.exchange : undefined;
  const text = name.fault === undefined ? name.text : partThatNames(name.text);
  const found = new Set<number>();
  for (const where of text === "" ? [] : new Set([exchange, undefined])) {
    const segments = segmentsOf(index, where && [where]);
    for (const source of SOURCES) {
      if (found.size >= limit) break;
      for (const rank of source(index, { text, exchange: where, segments, today, limit: limit + 1 })) {
        if (!isExpired(index, rank, today) && !isUnderlying(index, rank)) found.add(rank);
      }
    }
    if (found.size > 0) break;
  }
  return [...found].slice(0, limit).map((rank) => nameOf(index, rank));
}

/** Of a name with a faulty exchange, what is beside that: `SBIN` of `NASDAQ:SBIN`, and of `SBIN:NSE`. */
function partThatNames(text: string): string {
  return text.split(/ ?[:|] ?/).filter((part) => exchangeNamed(part) === undefined).at(-1) ?? "";
}

/** A name that leads to the instrument of a rank: `nse:RELIANCE-EQ`, or its key where others have the same symbol. */
export function nameOf({ columns, order, segments }: TableIndex, rank: number): string {
  const row = order[rank]!;
  const exchange = columns.exchange(row);
  const symbol = columns.symbol(row);
  const capitals = symbol.toUpperCase();
  const { bySymbol, indices } = segments[LOOK_ORDER.indexOf(exchange)]!;
  const namesakes = columns.type(row) === "index"
    ? bySymbol.get(capitals).length + (indices.bySymbol.get(capitals)?.length ?? 0)
    : bySymbol.get(capitals).length;
  const isOnly = namesakes === 1 && bySymbol.get(`${capitals}-EQ`).length === 0 && !/^[0-9]+$/.test(symbol);
  return isOnly ? `${exchange}:${symbol}` : keyOf(exchange, columns.token(row));
}

/** What the name leads to where its exchange is left out. */
function sameName(index: TableIndex, text: string): readonly number[] {
  for (const ranks of claims(index, { text, index: false, prefixed: false })) return ranks;
  return [];
}

/** The first instrument of each name that is spelt nearly so. */
function mistyped(index: TableIndex, { text, segments, today, limit }: Question): number[] {
  return index.nearest.find(withoutSeries(text), limit * 4).flatMap((name) => {
    for (const { byName } of segments) {
      const rank = byName.get(name)[0];
      if (rank !== undefined) return [rank];
    }
    return nextContracts(segments, name, today, 1);
  }).slice(0, limit);
}
