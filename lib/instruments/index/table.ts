import { type Exchange, type InstrumentKey, splitKey } from "../../market/market.ts";
import { LOOK_ORDER } from "./columns.ts";
import { canonicalToken, type Instrument } from "../instrument.ts";
import { search } from "./search.ts";
import { suggest } from "./suggest.ts";
import { tradedAs } from "./traded_as.ts";
import type { Traded } from "../../market/calendar.ts";
import { readWord, type Segment, segmentsOf, type TableIndex } from "./table_index.ts";

/** Series in which a share trades that has left `-EQ`, in the order they are tried. */
const LESSER_SERIES = ["-BE", "-BZ", "-SM", "-ST"] as const;

const SUGGESTIONS = 3;

/** All instruments of one master; never changes. */
export class InstrumentTable {
  readonly #index: TableIndex;
  /** Of instruments that were asked for: every tick asks for its own. */
  readonly #symbols = new Map<InstrumentKey, string>();

  constructor(index: TableIndex) {
    this.#index = index;
  }

  get rows(): number {
    return this.#index.order.length;
  }

  /** Whether an exchange has any index that ticks. */
  hasIndices(exchange: Exchange): boolean {
    return segmentsOf(this.#index, exchange).some(({ indices }) => indices.size > 0);
  }

  symbolOf(key: InstrumentKey): string | undefined {
    const known = this.#symbols.get(key);
    if (known !== undefined) return known;
    const row = this.#rowOf(key);
    if (row === undefined) return undefined;
    const symbol = this.#index.columns.symbols[row];
    this.#symbols.set(key, symbol!);
    return symbol;
  }

  get(key: InstrumentKey): Instrument | undefined {
    const row = this.#rowOf(key);
    return row === undefined ? undefined : this.#index.columns.at(row);
  }

  tradedAs(key: InstrumentKey, at: number): Traded {
    const row = this.#rowOf(key);
    return row === undefined ? {} : tradedAs(this.#index, row, at);
  }

  find(word: string, exchange?: Exchange): Instrument | undefined {
    const { columns, order } = this.#index;
    const asked = readWord(word, exchange);
    const segments = segmentsOf(this.#index, asked.exchange);
    const name = asked.text.replace(/-EQ$/, "");
    const isShare = (rank: number | undefined) =>
      rank !== undefined && columns.type(order[rank]!) === "equity";
    const meanings: ((segment: Segment) => number | undefined)[] = [
      ({ bySymbol }) => [bySymbol.get(`${name}-EQ`), bySymbol.get(name)].find(isShare),
      ({ indices }) => indices.get(asked.text) ?? indices.get(asked.text.replaceAll(" ", "")),
      ({ bySymbol }) => bySymbol.get(asked.text),
      ({ bySymbol }) => LESSER_SERIES.map((series) => bySymbol.get(name + series)).find(isShare),
    ];
    for (const meaning of meanings) {
      for (const segment of segments) {
        const rank = meaning(segment);
        if (rank !== undefined) return this.#at(rank);
      }
    }
    return undefined;
  }

  search(query: string, limit: number, exchange?: Exchange): Instrument[] {
    const asked = readWord(query, exchange);
    return search(this.#index, asked.text, limit, asked.exchange).map((rank) => this.#at(rank));
  }

  suggest(word: string, limit = SUGGESTIONS): string[] {
    const asked = readWord(word);
    return suggest(this.#index, asked.text, limit, asked.exchange).map((rank) => {
      const { exchange, symbol } = this.#at(rank);
      return `${exchange}:${symbol}`;
    });
  }

  #at(rank: number): Instrument {
    return this.#index.columns.at(this.#index.order[rank]!);
  }

  #rowOf(key: InstrumentKey): number | undefined {
    const { exchange, token } = splitKey(key);
    const segment = this.#index.segments[LOOK_ORDER.indexOf(exchange)];
    return segment?.byOldToken.get(token) ?? segment?.byToken.get(canonicalToken(exchange, token)) ??
      segment?.byToken.get(token);
  }
}
