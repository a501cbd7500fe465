import { type Exchange, keyOf } from "../../market/market.ts";
import type { Instrument, InstrumentType } from "../instrument.ts";
import { dayText } from "../../market/day.ts";
import type { MasterRow, RowFacts } from "../master_row.ts";
import { PLACE, type PlainRow } from "../plain_row.ts";
import { ROW_BLOCK, ROW_BLOCK_BITS, RowBlock } from "./row_block.ts";
import { TextColumn } from "./text_column.ts";

/** The order in which exchanges are asked where none is named: what most people mean comes first. */
export const LOOK_ORDER: readonly Exchange[] = ["nse", "bse", "nfo", "bfo", "mcx", "cds", "ncdex"];

/** The order in which instruments are shown. */
const TYPES: readonly InstrumentType[] = ["index", "equity", "future", "option", "other", "underlying"];

const LOOK_PLACES = placesOf(LOOK_ORDER);
const TYPE_PLACES = placesOf(TYPES);

/** The last letters of a contract's symbol: a future, a call, a put. */
export type ContractKind = "FUT" | "CE" | "PE";

const KINDS: readonly (ContractKind | undefined)[] = [undefined, "FUT", "CE", "PE"];

/** More rows than this are not a master; and the ids of a `WordIndex` are below 2^21. */
export const MAX_ROWS = 2 ** 20;

/** Rows by column, because 160,000 objects would cost several times the memory, and the collector's time. */
export class Columns {
  readonly #tokens = new TextColumn();
  readonly #symbols = new TextColumn();
  /** Distinct, as they came. */
  readonly names: string[] = [];
  readonly #nameIndex = new Map<string, number>();
  readonly #blocks: RowBlock[] = [];
  readonly #counts = LOOK_ORDER.map(() => 0);
  readonly #contracts = LOOK_ORDER.map(() => 0);

  get length(): number {
    return this.#tokens.length;
  }

  push(row: MasterRow): void {
    this.#tokens.push(row.token);
    this.#symbols.push(row.symbol);
    this.#pushFacts(row);
  }

  /** @param found Where token and symbol are in some bytes. */
  pushPlain(facts: RowFacts, bytes: Uint8Array, { from, to }: PlainRow): void {
    this.#tokens.pushAscii(bytes, from[PLACE.token]!, to[PLACE.token]!);
    this.#symbols.pushAscii(bytes, from[PLACE.symbol]!, to[PLACE.symbol]!);
    this.#pushFacts(facts);
  }

  #pushFacts(facts: RowFacts): void {
    const row = this.length - 1;
    if (row === MAX_ROWS) throw new Error(`more than ${MAX_ROWS} rows`);
    let nameId = this.#nameIndex.get(facts.name);
    if (nameId === undefined) {
      nameId = this.names.push(facts.name) - 1;
      this.#nameIndex.set(facts.name, nameId);
    }
    const place = LOOK_PLACES.get(facts.exchange)!;
    this.#counts[place]!++;
    if (facts.type === "future" || facts.type === "option") this.#contracts[place]!++;
    const at = row % ROW_BLOCK;
    if (at === 0) this.#blocks.push(new RowBlock());
    const block = this.#block(row);
    block.nameIds[at] = nameId;
    block.exchanges[at] = place;
    block.types[at] = TYPE_PLACES.get(facts.type)!;
    block.kinds[at] = this.#kindOf(row, facts.type);
    block.expiryDays[at] = facts.expiryDay;
    block.strikes[at] = facts.strike;
    block.lots[at] = facts.lotSize;
    block.ticks[at] = facts.tickSize;
    block.auctions[at] = facts.closingAuction === undefined ? 0 : facts.closingAuction ? 2 : 1;
  }

  /** The place in {@linkcode KINDS}. Calls and puts are told apart by their symbols: the list has no column for it. */
  #kindOf(row: number, type: InstrumentType): number {
    if (type === "future") return 1;
    if (this.#symbols.endsInCapitals(row, "CE")) return 2;
    return this.#symbols.endsInCapitals(row, "PE") ? 3 : 0;
  }

  /** How many rows the exchange at a place in {@linkcode LOOK_ORDER} has. */
  count(place: number): number {
    return this.#counts[place]!;
  }

  /** How many of them are futures and options. */
  contracts(place: number): number {
    return this.#contracts[place]!;
  }

  /** The place of a row's exchange in {@linkcode LOOK_ORDER}. */
  place(row: number): number {
    return this.#block(row).exchanges[row % ROW_BLOCK]!;
  }

  exchange(row: number): Exchange {
    return LOOK_ORDER[this.#block(row).exchanges[row % ROW_BLOCK]!]!;
  }

  token(row: number): string {
    return this.#tokens.at(row);
  }

  symbol(row: number): string {
    return this.#symbols.at(row);
  }

  /** The `hash` of a row's token. */
  tokenHash(row: number): number {
    return this.#tokens.hash(row);
  }

  /** The `hash` of a row's symbol in capitals. */
  symbolHash(row: number): number {
    return this.#symbols.hashInCapitals(row);
  }

  /** Whether a word in capitals stands in a symbol, whose own letters count as capitals. */
  symbolHas(row: number, word: string): boolean {
    return this.#symbols.hasInCapitals(row, word);
  }

  /** Whether the symbol of a contract is, in capitals, a text, the strike if there is one, and the kind. */
  isPlain(row: number, beginning: string): boolean {
    const kind = this.kind(row);
    return kind !== undefined && this.#symbols.isMadeOf(row, beginning, this.strike(row), kind);
  }

  /** Of a future, a call or a put; undefined for what is none of them. */
  kind(row: number): ContractKind | undefined {
    return KINDS[this.#block(row).kinds[row % ROW_BLOCK]!];
  }

  /** The place of a row's type in the order in which instruments are shown. */
  typePlace(row: number): number {
    return this.#block(row).types[row % ROW_BLOCK]!;
  }

  type(row: number): InstrumentType {
    return TYPES[this.typePlace(row)]!;
  }

  /** The place of a row's name in {@linkcode names}. */
  nameId(row: number): number {
    return this.#block(row).nameIds[row % ROW_BLOCK]!;
  }

  name(row: number): string {
    return this.names[this.nameId(row)]!;
  }

  expiryDay(row: number): number {
    return this.#block(row).expiryDays[row % ROW_BLOCK]!;
  }

  strike(row: number): number {
    return this.#block(row).strikes[row % ROW_BLOCK]!;
  }

  /** Whether a share takes part in the closing auction; undefined where the list does not say. */
  closingAuction(row: number): boolean | undefined {
    const said = this.#block(row).auctions[row % ROW_BLOCK]!;
    return said === 0 ? undefined : said === 2;
  }

  at(row: number): Instrument {
    const exchange = this.exchange(row);
    const token = this.token(row);
    const day = this.expiryDay(row);
    const strike = this.strike(row);
    return {
      key: keyOf(exchange, token),
      exchange,
      token,
      symbol: this.symbol(row),
      name: this.name(row),
      type: this.type(row),
      ...day > 0 && { expiry: dayText(day) },
      ...strike > 0 && { strike },
      lotSize: this.#block(row).lots[row % ROW_BLOCK]!,
      tickSize: this.#block(row).ticks[row % ROW_BLOCK]!,
    };
  }

  /** Whether a row is a future or an option. */
  isContract(row: number): boolean {
    const type = this.type(row);
    return type === "future" || type === "option";
  }

  #block(row: number): RowBlock {
    return this.#blocks[row >>> ROW_BLOCK_BITS]!;
  }
}

function placesOf<Word>(words: readonly Word[]): ReadonlyMap<Word, number> {
  return new Map(words.map((word, place) => [word, place]));
}
