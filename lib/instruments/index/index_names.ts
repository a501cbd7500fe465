import type { Columns } from "./columns.ts";
import type { IndexNames } from "./table_index.ts";

interface IndexRow {
  readonly row: number;
  readonly rank: number;
  /** The row that went with it. */
  readonly twin?: number;
}

/** The words by which the indices of one exchange are found. */
export function nameIndices(columns: Columns, rows: readonly IndexRow[]): IndexNames {
  const by = (...words: ((each: IndexRow) => string | undefined)[]) => {
    const ranks = new Map<string, number[]>();
    for (const wordOf of words) {
      for (const each of rows) {
        const word = wordOf(each)?.toUpperCase();
        if (word === undefined) continue;
        const list = ranks.get(word);
        if (list === undefined) ranks.set(word, [each.rank]);
        else if (!list.includes(each.rank)) list.push(each.rank);
      }
    }
    return ranks;
  };
  return {
    bySymbol: by(({ row }) => columns.symbol(row)),
    byName: by(({ row }) => columns.name(row)),
    byOther: by(
      ({ row }) => columns.symbol(row).replaceAll(" ", ""),
      ({ twin }) => twin === undefined ? undefined : columns.symbol(twin),
    ),
  };
}
