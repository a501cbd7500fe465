import { type Exchange, keyOf } from "../../market/market.ts";
import { Column } from "./column.ts";
import type { Instrument, InstrumentType } from "../instrument.ts";
import { dayText } from "../../market/day.ts";
import type { MasterRow } from "../master_row.ts";
import { sortInSteps } from "./sort.ts";
import { TextColumn } from "./text_column.ts";

/** The order in which exchanges are asked where none is named: what most people mean comes first. */
export const LOOK_ORDER: readonly Exchange[] = ["nse", "bse", "nfo", "bfo", "mcx", "cds", "ncdex"];

/** The order in which instruments are shown. */
const TYPES: readonly InstrumentType[] = ["index", "equity", "future", "option", "other", "underlying"];

/** The last letters of a contract's symbol: a future, a call, a put. */
export type ContractKind = "FUT" | "CE" | "PE";

const KINDS: readonly (ContractKind | undefined)[] = [undefined, "FUT", "CE", "PE"];

const ROW_SPAN = 2 ** 20;
const EXPIRY_SPAN = 2 ** 15;
const NAME_SPAN = 2 ** 15;

/** Days from the Unix epoch to 2000, before which nothing expires that is still listed. */
const EXPIRY_BASE = 10_957;

/** More rows than this are not a master; and {@linkcode Columns.ranked} counts on it. */
export const MAX_ROWS = ROW_SPAN;

/** Rows by column, because 160,000 objects would cost several times the memory, and the collector's time. */
export class Columns {
  readonly #tokens = new TextColumn();
  readonly #symbols = new TextColumn();
  /** Distinct, as they came. */
  readonly names: string[] = [];
  readonly #nameIndex = new Map<string, number>();
  readonly #nameIds = new Column((length) => new Uint32Array(length));
  readonly #exchanges = new Column((length) => new Uint8Array(length));
  readonly #types = new Column((length) => new Uint8Array(length));
  readonly #kinds = new Column((length) => new Uint8Array(length));
  readonly #expiryDays = new Column((length) => new Uint16Array(length));
  readonly #strikes = new Column((length) => new Float64Array(length));
  readonly #lots = new Column((length) => new Float64Array(length));
  readonly #ticks = new Column((length) => new Float64Array(length));
  /** 0 where the list does not say, 1 for no, 2 for yes. */
  readonly #auctions = new Column((length) => new Uint8Array(length));
  readonly #counts = LOOK_ORDER.map(() => 0);
  readonly #contracts = LOOK_ORDER.map(() => 0);

  get length(): number {
    return this.#tokens.length;
  }

  push(row: MasterRow): void {
    if (this.length === MAX_ROWS) throw new Error(`more than ${MAX_ROWS} rows`);
    let nameId = this.#nameIndex.get(row.name);
    if (nameId === undefined) {
      nameId = this.names.push(row.name) - 1;
      this.#nameIndex.set(row.name, nameId);
    }
    this.#tokens.push(row.token);
    this.#symbols.push(row.symbol);
    this.#nameIds.push(nameId);
    const place = LOOK_ORDER.indexOf(row.exchange);
    this.#counts[place]!++;
    if (row.type === "future" || row.type === "option") this.#contracts[place]!++;
    this.#exchanges.push(place);
    this.#types.push(TYPES.indexOf(row.type));
    this.#kinds.push(KINDS.indexOf(kindOf(row)));
    this.#expiryDays.push(row.expiryDay);
    this.#strikes.push(row.strike);
    this.#lots.push(row.lotSize);
    this.#ticks.push(row.tickSize);
    this.#auctions.push(row.closingAuction === undefined ? 0 : row.closingAuction ? 2 : 1);
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
    return this.#exchanges.at(row);
  }

  exchange(row: number): Exchange {
    return LOOK_ORDER[this.#exchanges.at(row)]!;
  }

  token(row: number): string {
    return this.#tokens.at(row);
  }

  symbol(row: number): string {
    return this.#symbols.at(row);
  }

  /** Whether a word in capitals stands in a symbol, whose own letters count as capitals. */
  symbolHas(row: number, word: string): boolean {
    return this.#symbols.hasInCapitals(row, word);
  }

  /** Of a future, a call or a put; undefined for what is none of them. */
  kind(row: number): ContractKind | undefined {
    return KINDS[this.#kinds.at(row)];
  }

  type(row: number): InstrumentType {
    return TYPES[this.#types.at(row)]!;
  }

  name(row: number): string {
    return this.names[this.#nameIds.at(row)]!;
  }

  expiryDay(row: number): number {
    return this.#expiryDays.at(row);
  }

  strike(row: number): number {
    return this.#strikes.at(row);
  }

  /** Whether a share takes part in the closing auction; undefined where the list does not say. */
  closingAuction(row: number): boolean | undefined {
    const said = this.#auctions.at(row);
    return said === 0 ? undefined : said === 2;
  }

  at(row: number): Instrument {
    const exchange = this.exchange(row);
    const token = this.token(row);
    const day = this.#expiryDays.at(row);
    const strike = this.#strikes.at(row);
    return {
      key: keyOf(exchange, token),
      exchange,
      token,
      symbol: this.symbol(row),
      name: this.name(row),
      type: this.type(row),
      ...day > 0 && { expiry: dayText(day) },
      ...strike > 0 && { strike },
      lotSize: this.#lots.at(row),
      tickSize: this.#ticks.at(row),
    };
  }

  /**
   * The rows as they are shown: by type; contracts by expiry, underlying and strike; the rest by the length of their
   * symbols, for the shortest is the nearest to what was typed. Two sorts of plain numbers, each of which carries its
   * row in its lowest bits: comparing strings would take ten times as long.
   *
   * @param dropped Rows to leave out.
   */
  *ranked(dropped: ReadonlySet<number>): Generator<void, Uint32Array> {
    const rows = this.length;
    const byDetail = new Float64Array(rows);
    for (let row = 0; row < rows; row++) byDetail[row] = this.#detail(row) * ROW_SPAN + row;
    yield;
    const details = yield* sortInSteps(byDetail);
    const byGroup = new Float64Array(rows);
    for (let place = 0; place < rows; place++) {
      byGroup[place] = this.#group(lowest(details[place]!)) * ROW_SPAN + place;
    }
    yield;
    const groups = yield* sortInSteps(byGroup);
    yield;
    const order = new Uint32Array(rows);
    let kept = 0;
    for (const group of groups) {
      const row = lowest(details[lowest(group)]!);
      if (!dropped.has(row)) order[kept++] = row;
    }
    yield;
    return order.slice(0, kept);
  }

  /** Whether a row is a future or an option. */
  isContract(row: number): boolean {
    const type = this.type(row);
    return type === "future" || type === "option";
  }

  /** What orders the rows of a group; less than 2^33. */
  #detail(row: number): number {
    if (this.#expiryDays.at(row) > 0) return Math.min(Math.round(this.#strikes.at(row) * 100), 2 ** 32);
    const symbol = this.symbol(row);
    return symbol.length * 2 + (symbol.endsWith("-EQ") ? 0 : 7);
  }

  /** Type, expiry and underlying in one number of 33 bits. Contracts without an expiry are the last of their type. */
  #group(row: number): number {
    const type = this.#types.at(row) * EXPIRY_SPAN;
    const day = this.#expiryDays.at(row);
    const none = this.isContract(row) ? EXPIRY_SPAN - 1 : 0;
    const expiry = day === 0 ? none : Math.min(Math.max(1, day - EXPIRY_BASE), EXPIRY_SPAN - 1);
    return (type + expiry) * NAME_SPAN + (expiry > 0 ? this.#nameIds.at(row) % NAME_SPAN : 0);
  }
}

function lowest(key: number): number {
  return key - Math.floor(key / ROW_SPAN) * ROW_SPAN;
}

/** A call or a put: the list has no column that tells. */
function kindOf({ type, symbol }: MasterRow): ContractKind | undefined {
  if (type === "future") return "FUT";
  const end = symbol.slice(-2).toUpperCase();
  return end === "CE" || end === "PE" ? end : undefined;
}
