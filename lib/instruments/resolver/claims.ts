import type { Exchange } from "../../market/market.ts";
import { type Segment, segmentsOf, type TableIndex } from "../index/table_index.ts";
import { isLesserShareSeries, seriesOf } from "../series.ts";
import { indexAlias } from "./aliases.ts";
import type { WrittenName } from "./written_name.ts";

/** Rows that have the same claim to a name. */
type Claim = (index: TableIndex, segment: Segment, text: string) => readonly number[];

interface Level {
  /** The exchanges on which rows have this claim; all when undefined. */
  readonly exchanges?: readonly Exchange[];
  readonly claim: Claim;
}

const indexOf: Claim = (_, { indices }, text) => indices.bySymbol.get(text) ?? indices.byName.get(text) ?? [];

const bySymbol: Claim = (_, segment, text) => segment.bySymbol.get(text);

const byBase =
  (fits: (series: string | undefined) => boolean): Claim => ({ columns, order }, segment, text) =>
    segment.byBase.get(text).filter((rank) => fits(seriesOf(columns.symbol(order[rank]!))));

const share: Claim = (index, segment, text) =>
  segment.bySymbol.get(text).filter((rank) => index.columns.type(index.order[rank]!) === "equity");

/**
 * Who has a claim to a name that is written in full, best first. Most people mean the NSE. A share comes before an index
 * of the same name on its exchange; one that has left EQ still comes before its namesake on another exchange; a bond
 * comes after that.
 */
const LEVELS: readonly Level[] = [
  { exchanges: ["nse"], claim: (_, segment, text) => segment.bySymbol.get(`${text}-EQ`) },
  { exchanges: ["nse"], claim: bySymbol },
  { exchanges: ["nse"], claim: byBase(isLesserShareSeries) },
  {
    exchanges: ["nse", "bse"],
    claim: (index, segment, text) => (segment.exchange === "nse" ? indexOf : share)(index, segment, text),
  },
  { exchanges: ["bse", "mcx"], claim: indexOf },
  { claim: bySymbol },
  { exchanges: ["nse"], claim: byBase((series) => series !== undefined) },
];

const INDEX_LEVELS: readonly Level[] = [{ claim: indexOf }];

/** What an index is called elsewhere; a real row of that name has been looked for before. */
const ALIAS_LEVELS: readonly Level[] = [
  { claim: (_, { indices }, text) => indices.byOther.get(text) ?? [] },
  { claim: (_, { indices }, text) => indices.byOther.get(indexAlias(text)) ?? [] },
];

/** The rows that have a claim to a name, one list for each level that has any, best first. */
export function* claims(
  index: TableIndex,
  { text, exchange, index: isIndex }: WrittenName,
): Generator<readonly number[]> {
  yield* ranksOf(index, isIndex ? INDEX_LEVELS : LEVELS, text, exchange);
}

/** The same for names that indices have elsewhere. */
export function* aliasClaims(
  index: TableIndex,
  { text, exchange }: WrittenName,
): Generator<readonly number[]> {
  yield* ranksOf(index, ALIAS_LEVELS, text, exchange);
}

function* ranksOf(
  index: TableIndex,
  levels: readonly Level[],
  text: string,
  exchange: Exchange | undefined,
): Generator<readonly number[]> {
  for (const { exchanges, claim } of levels) {
    const ranks: number[] = [];
    for (const segment of segmentsOf(index, exchange && [exchange])) {
      if (exchanges?.includes(segment.exchange) === false) continue;
      ranks.push(...claim(index, segment, text));
    }
    if (ranks.length > 0) yield ranks;
  }
}
