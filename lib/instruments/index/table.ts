import type { Traded } from "../../market/calendar.ts";
import type { Exchange, InstrumentKey } from "../../market/market.ts";
import type { Instrument } from "../instrument.ts";
import type { Resolution } from "../resolver/resolution.ts";
import { resolve, type ResolveOptions } from "../resolver/resolve.ts";
import { rowOfKey } from "../resolver/tokens.ts";
import { resolveUnderlying, strikesOf } from "../resolver/underlyings.ts";
import type { StrikePair, Underlying, UnderlyingResolution } from "../underlying.ts";
import { readName } from "../resolver/written_name.ts";
import { search, type SearchCost, type SearchOptions } from "./search.ts";
import { isExpired, isUnderlying, segmentsOf, type TableIndex } from "./table_index.ts";
import { tradedAs } from "./traded_as.ts";

/** What three sockets carry. */
const MAX_LATELY = 3_000;

/** All instruments of one master; never changes. */
export class InstrumentTable {
  readonly #index: TableIndex;
  /** Of instruments that were asked for: every tick asks for its own. */
  readonly #symbols = new Map<InstrumentKey, string>();
  /** Those that were asked for last: what is looked up in turns is there when an answer needs all of it at once. */
  readonly #lately = new Map<InstrumentKey, Instrument>();

  constructor(index: TableIndex) {
    this.#index = index;
  }

  get rows(): number {
    return this.#index.order.length;
  }

  /** Whether an exchange has any index that ticks. */
  hasIndices(exchange: Exchange): boolean {
    return segmentsOf(this.#index, [exchange]).some(({ indices }) => indices.bySymbol.size > 0);
  }

  symbolOf(key: InstrumentKey): string | undefined {
    const known = this.#symbols.get(key);
    if (known !== undefined) return known;
    const row = rowOfKey(this.#index, key);
    if (row === undefined) return undefined;
    const symbol = this.#index.columns.symbol(row);
    this.#symbols.set(key, symbol!);
    return symbol;
  }

  get(key: InstrumentKey): Instrument | undefined {
    const known = this.#lately.get(key);
    if (known !== undefined) return known;
    const row = rowOfKey(this.#index, key);
    if (row === undefined) return undefined;
    const instrument = this.#index.columns.at(row);
    if (this.#lately.size >= MAX_LATELY) this.#lately.clear();
    this.#lately.set(key, instrument);
    return instrument;
  }

  /** Whether the instrument of a key ticks on a day; undefined where it is not in the list. */
  mayTick(key: InstrumentKey, today: number): boolean | undefined {
    const row = rowOfKey(this.#index, key);
    if (row === undefined) return undefined;
    const rank = this.#index.ranks[row]!;
    return !isExpired(this.#index, rank, today) && !isUnderlying(this.#index, rank);
  }

  tradedAs(key: InstrumentKey, at: number): Traded {
    const row = rowOfKey(this.#index, key);
    return row === undefined ? {} : tradedAs(this.#index, row, at);
  }

  /** See {@linkcode resolve}. */
  resolve(word: string, options: ResolveOptions): Resolution {
    return resolve(this.#index, word, options);
  }

  /** See {@linkcode resolveUnderlying}. */
  underlying(word: string, options: ResolveOptions): UnderlyingResolution {
    return resolveUnderlying(this.#index, word, options);
  }

  /** See {@linkcode strikesOf}. */
  strikes(underlying: Pick<Underlying, "exchange" | "name">, expiry: string): StrikePair[] {
    return strikesOf(this.#index, underlying, expiry);
  }

  /**
   * The instruments that a query means, best first; an exchange before a colon counts as one beside it.
   *
   * @param cost Is told what the search has cost.
   */
  search(query: string, options: SearchOptions, cost?: SearchCost): Instrument[] {
    const { text, exchange, fault } = readName(query, options.exchange);
    if (fault !== undefined) return [];
    const { columns, order } = this.#index;
    return search(this.#index, text, { ...options, exchange }, cost).map((rank) => columns.at(order[rank]!));
  }
}
