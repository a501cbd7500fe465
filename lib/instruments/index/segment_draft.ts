import { type Columns, LOOK_ORDER } from "./columns.ts";
import { ContractsDraft } from "./expiries.ts";
import { hash } from "./hash.ts";
import { nameIndices } from "./index_names.ts";
import { SearchText } from "./search_text.ts";
import { withoutSeries } from "../series.ts";
import { SymbolIndex } from "./symbol_index.ts";
import type { Segment } from "./table_index.ts";
import type { WordIndex } from "./word_index.ts";

/** One exchange of the table, while it is made. */
export class SegmentDraft {
  readonly #bySymbol: SymbolIndex;
  readonly #byName: SymbolIndex;
  readonly #byBase: SymbolIndex;
  readonly #text = new SearchText();
  readonly #contracts = new Map<string, ContractsDraft>();
  readonly #indices: { row: number; rank: number; twin?: number }[] = [];

  constructor(
    private readonly columns: Columns,
    order: Uint32Array,
    private readonly place: number,
    private readonly byToken: WordIndex,
  ) {
    const most = columns.count(place);
    const symbolOf = (rank: number) => columns.symbol(order[rank]!).toUpperCase();
    this.#bySymbol = new SymbolIndex(most, symbolOf);
    const others = most - columns.contracts(place);
    this.#byName = new SymbolIndex(others, (rank) => columns.name(order[rank]!).toUpperCase());
    this.#byBase = new SymbolIndex(others, (rank) => withoutSeries(symbolOf(rank)));
  }

  /** @param name In capitals. */
  addContract(rank: number, row: number, name: string): void {
    let contracts = this.#contracts.get(name);
    if (contracts === undefined) {
      this.#contracts.set(name, contracts = new ContractsDraft(this.columns, name));
    }
    contracts.add(rank, row);
  }

  /** @param name In capitals. */
  addOther(rank: number, row: number, name: string): void {
    const symbol = this.columns.symbol(row).toUpperCase();
    this.#byName.add(rank, hash(name));
    this.#text.add(rank, symbol, name);
    this.#byBase.add(rank, hash(withoutSeries(symbol)));
  }

  /** @param bits The hash of the symbol in capitals. */
  addSymbol(rank: number, bits: number): void {
    this.#bySymbol.add(rank, bits);
  }

  /** @param twin The row that went with that of an index. */
  addIndex(rank: number, row: number, twin: number | undefined): void {
    this.#indices.push({ row, rank, ...twin === undefined ? {} : { twin } });
  }

  segment(): Segment {
    const { columns, byToken } = this;
    const underlyings = new SearchText();
    for (const [place, name] of [...this.#contracts.keys()].entries()) underlyings.add(place, name, name);
    for (const text of [this.#text, underlyings]) text.seal();
    return {
      exchange: LOOK_ORDER[this.place]!,
      byToken,
      byOldToken: new Map(
        this.#indices.flatMap(({ row, twin }) => twin === undefined ? [] : [[columns.token(twin), row]]),
      ),
      bySymbol: this.#bySymbol,
      byName: this.#byName,
      byBase: this.#byBase,
      indices: nameIndices(columns, this.#indices),
      text: this.#text,
      contracts: this.#contracts,
      underlyings,
    };
  }
}
