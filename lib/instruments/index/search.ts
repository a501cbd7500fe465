import type { Exchange } from "../../market/market.ts";
import type { SearchText } from "./search_text.ts";
import { isOf, type Segment, segmentsOf, type TableIndex } from "./table_index.ts";

/**
 * The ranks of the instruments that a query means, best first: those whose symbol it is, those whose name it is, those
 * that begin with it, those in which its words stand anywhere.
 *
 * @param text In capitals.
 */
export function search(
  index: TableIndex,
  text: string,
  limit: number,
  exchange: Exchange | undefined,
): number[] {
  const words = text.split(" ").filter((word) => word !== "");
  if (words.length === 0 || limit <= 0) return [];
  const found = new Set<number>();
  const sources: (() => Iterable<number>)[] = [
    () => segmentsOf(index, exchange).flatMap((segment) => exact(segment, text)),
    () => index.byName.get(text)?.filter((rank) => isOf(index, rank, exchange)) ?? [],
    () => lines(index, exchange, (lines) => lines.beginning(words, limit)),
    () => lines(index, exchange, (lines) => lines.containing(words, limit + found.size)),
  ];
  for (const source of sources) {
    for (const rank of source()) if (found.size < limit) found.add(rank);
    if (found.size >= limit) break;
  }
  return [...found];
}

/** The instruments of an exchange whose symbol is the word, but for the series of a share. */
function exact({ bySymbol, indices }: Segment, text: string): number[] {
  const ranks = [indices.get(text), bySymbol.get(`${text}-EQ`), bySymbol.get(text)];
  return ranks.filter((rank) => rank !== undefined);
}

/** What the exchanges' texts give, in the order of ranks. */
function lines(
  index: TableIndex,
  exchange: Exchange | undefined,
  ask: (lines: SearchText) => number[],
): number[] {
  return segmentsOf(index, exchange).flatMap(({ text }) => ask(text)).sort((a, b) => a - b);
}
