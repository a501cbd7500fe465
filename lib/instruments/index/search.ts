import type { Exchange } from "../../market/market.ts";
import { contractsIn, type Nearness } from "./contract_search.ts";
import { type Query, readQuery } from "./query.ts";
import type { SearchText } from "./search_text.ts";
import { Steps } from "./steps.ts";
import { isExpired, type Segment, segmentsOf, type TableIndex } from "./table_index.ts";

/** What one search may cost among the rows that are no contracts, and among those that are: about a millisecond together. */
export const MOST_TEXT_STEPS = 4_000;
export const MOST_CONTRACT_STEPS = 8_000;

export interface SearchOptions {
  readonly limit: number;
  /** Where to look; everywhere when undefined. */
  readonly exchange?: Exchange | undefined;
  /** Days since the Unix epoch: contracts that have expired are left out. */
  readonly today: number;
}

/** What a search has cost. */
export interface SearchCost {
  steps: number;
}

/**
 * The ranks of the instruments that a query means, best first: those whose symbol it is, those whose name it is, those
 * that begin with it, those in which its words stand anywhere.
 *
 * @param text In capitals, with single blanks.
 */
export function search(index: TableIndex, text: string, options: SearchOptions, cost?: SearchCost): number[] {
  const { limit, today } = options;
  const query = readQuery(text);
  if (query.words.length === 0 || limit <= 0) return [];
  const steps = { text: new Steps(MOST_TEXT_STEPS), contracts: new Steps(MOST_CONTRACT_STEPS) };
  const segments = segmentsOf(index, options.exchange && [options.exchange]);
  const found = new Set<number>();
  const contracts = (nearness: Nearness) =>
    contractsIn(index, segments, query.contract, nearness, { limit, today, steps: steps.contracts });
  const lines = (ask: (text: SearchText) => number[]) => segments.flatMap(({ text }) => ask(text));
  const sources: (() => number[])[] = [
    () => segments.flatMap((segment) => exact(segment, query)),
    () => sorted(segments.flatMap(({ byName }) => byName.get(text)), contractsByName()),
    () => contracts("exact"),
    () => sorted(lines((text) => text.beginning(query.words, limit, steps.text)), contracts("beginning")),
    () =>
      sorted(
        lines((text) => text.containing(query.words, limit + found.size, steps.text)),
        contracts("containing"),
      ),
  ];
  function contractsByName(): number[] {
    return query.words.length === 1 && query.contract.words.length === 1 ? contracts("exact") : [];
  }
  for (const source of sources) {
    for (const rank of source()) {
      if (found.size < limit && !isExpired(index, rank, today)) found.add(rank);
    }
    if (found.size >= limit) break;
  }
  if (cost !== undefined) cost.steps = steps.text.used + steps.contracts.used;
  return [...found];
}

/** The instruments of an exchange whose symbol is the query, but for the series of a share. */
function exact({ bySymbol, indices }: Segment, { text }: Query): number[] {
  return [
    ...indices.bySymbol.get(text) ?? indices.byName.get(text) ?? [],
    ...bySymbol.get(`${text}-EQ`),
    ...bySymbol.get(text),
  ];
}

function sorted(...lists: readonly number[][]): number[] {
  return lists.flat().sort((a, b) => a - b);
}
