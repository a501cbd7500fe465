import type { Columns } from "./columns.ts";
import { NearestWords } from "./nearest.ts";
import type { SegmentDraft } from "./segment_draft.ts";

/** What is known of the rows when they go to their exchanges. */
export interface RankedRows {
  readonly columns: Columns;
  readonly order: Uint32Array;
  readonly symbolHashes: Int32Array;
  /** The rows that went with those of indices. */
  readonly twins: ReadonlyMap<number, number>;
}

/** Where ranks that are all of contracts, or none, end. */
export function endOfRun({ columns, order }: RankedRows, from: number, most: number): number {
  const isContract = columns.isContract(order[from]!);
  let to = from + 1;
  while (to < most && columns.isContract(order[to]!) === isContract) to++;
  return to;
}

export function addContracts(
  drafts: readonly SegmentDraft[],
  names: CapitalNames,
  { columns, order, symbolHashes }: RankedRows,
  from: number,
  to: number,
): void {
  for (let rank = from; rank < to; rank++) {
    const row = order[rank]!;
    const draft = drafts[columns.place(row)]!;
    draft.addContract(rank, row, names.of(columns.nameId(row)));
    draft.addSymbol(rank, symbolHashes[row]!);
  }
}

export function addOthers(
  drafts: readonly SegmentDraft[],
  names: CapitalNames,
  { columns, order, symbolHashes, twins }: RankedRows,
  from: number,
  to: number,
): void {
  for (let rank = from; rank < to; rank++) {
    const row = order[rank]!;
    const draft = drafts[columns.place(row)]!;
    draft.addOther(rank, row, names.of(columns.nameId(row)));
    if (columns.type(row) === "index") draft.addIndex(rank, row, twins.get(row));
    else draft.addSymbol(rank, symbolHashes[row]!);
  }
}

/** The names of a list in capitals, made once each. */
export class CapitalNames {
  readonly nearest = new NearestWords();
  readonly #known = new Set<string>();
  readonly #names: (string | undefined)[];

  constructor(private readonly columns: Columns) {
    this.#names = new Array(columns.names.length).fill(undefined);
  }

  of(nameId: number): string {
    return this.#names[nameId] ?? this.#make(nameId);
  }

  #make(nameId: number): string {
    const name = this.columns.names[nameId]!.toUpperCase();
    this.#names[nameId] = name;
    if (!this.#known.has(name)) this.nearest.add(name);
    this.#known.add(name);
    return name;
  }
}
