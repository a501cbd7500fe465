import type { Instruments } from "../instruments/instrument.ts";
import type { NoInstrument, Resolution } from "../instruments/resolver/resolution.ts";
import type { RefusedEntry } from "../instruments/watchlist.ts";
import { type Exchange, type InstrumentKey, isToken, keyOf } from "../market/market.ts";
import { atOnce } from "../util/pace.ts";

/** The owner's selection of instruments, by exchange: what subscribing to an exchange means. */
export interface Watchlist extends ReadonlyMap<Exchange, readonly string[]> {
  /** Entries that lead to no instrument at present. */
  refused?(exchange: Exchange): readonly RefusedEntry[];
}

/** Instruments as a client names them: a watch list, tokens of an exchange, names, or several of these. */
export interface InstrumentSelection {
  readonly exchange?: Exchange | undefined;
  readonly tokens?: readonly string[] | undefined;
  readonly symbols?: readonly string[] | undefined;
}

/** Why something was not done, for programs; protocol.md has the list. */
export type RefusalCode =
  | "bad_json"
  | "bad_command"
  | "unknown_command"
  | "unknown_exchange"
  | "rate_limited"
  | "unknown_instrument"
  | "ambiguous_instrument"
  | "expired_instrument"
  | "underlying_instrument"
  | "no_options"
  | "unknown_expiry"
  | "not_allowed"
  | "not_recorded"
  | "rewinding"
  | "too_many_instruments"
  | "budget_exhausted"
  | "cancelled"
  | "unknown_client"
  | "internal";

/** One instrument that a client asked for. */
export type Row =
  | {
    readonly status: "accepted";
    readonly key: InstrumentKey;
    /** The instrument as the client named it; undefined for one of a watch list. */
    readonly word?: string;
    /** Why it may not exist all the same. */
    readonly doubt?: string;
  }
  | {
    readonly status: "refused";
    /** The instrument as the client named it. */
    readonly word: string;
    readonly code: RefusalCode;
    readonly message: string;
    readonly suggestions?: readonly string[];
  };

/** What is subscribed to already: a name that leads nowhere today still means what it led to. */
export type Held = ReadonlyMap<InstrumentKey, unknown>;

/** Unknown names of one selection for which suggestions are looked for: that is a hundred times a refusal's work. */
export const MAX_SUGGESTED = 5;

/** Names that are looked up at a time. */
const NAMES_PER_PIECE = 100;

/** Units of work that this takes, as of the work queue. */
const PIECE_UNITS = NAMES_PER_PIECE / 4;

const CODES: Readonly<Record<NoInstrument, RefusalCode>> = {
  ambiguous: "ambiguous_instrument",
  expired: "expired_instrument",
  underlying: "underlying_instrument",
  unknown: "unknown_instrument",
  not_loaded: "unknown_instrument",
};

/** Whether an exchange alone was named: its watch list is meant. */
export function isWatchlist({ exchange, tokens, symbols }: InstrumentSelection): boolean {
  return exchange !== undefined && tokens === undefined && symbols === undefined;
}

/**
 * What a client selected, one row for each instrument, in the order in which it was named first.
 *
 * @param held Given where instruments are given up.
 */
export function select(
  selection: InstrumentSelection,
  watchlist: Watchlist,
  instruments: Instruments,
  held?: Held,
): Row[] {
  return atOnce(selectInPieces(selection, watchlist, instruments, held));
}

/** The same, some names at a time: yields the units of work of each piece. */
export function* selectInPieces(
  selection: InstrumentSelection,
  watchlist: Watchlist,
  instruments: Instruments,
  held?: Held,
): Generator<number, Row[]> {
  const rows = new SelectedRows(instruments, held);
  for (const piece of piecesOf(selection, watchlist, rows)) {
    piece();
    yield PIECE_UNITS;
  }
  return rows.list();
}

/** What looking names up in turns needs. */
export interface SelectionSources {
  readonly watchlist: Watchlist;
  readonly instruments: Instruments;
  /** Does a piece of work when it is this client's turn; units as of the work queue. */
  readonly turn: (units: number, piece: () => void) => Promise<void>;
  /** Looks up what the answer will need of an instrument, where that is remembered. */
  readonly prepare?: (key: InstrumentKey) => void;
}

/**
 * What a client selected: a short selection at once, a long one after it was looked up a few names at a time.
 *
 * @param held Given where instruments are given up.
 */
export function selectInTurns(
  selection: InstrumentSelection,
  { watchlist, instruments, turn, prepare }: SelectionSources,
  held?: Held,
): Row[] | Promise<Row[]> {
  const { tokens = [], symbols = [] } = selection;
  if (tokens.length + symbols.length <= NAMES_PER_PIECE) {
    return select(selection, watchlist, instruments, held);
  }
  const rows = new SelectedRows(instruments, held);
  return (async () => {
    for (const piece of piecesOf(selection, watchlist, rows)) await turn(PIECE_UNITS, piece);
    const list = rows.list();
    for (let from = 0; from < list.length && prepare !== undefined; from += NAMES_PER_PIECE) {
      await turn(PIECE_UNITS, () => {
        for (const row of list.slice(from, from + NAMES_PER_PIECE)) {
          if (row.status === "accepted") prepare(row.key);
        }
      });
    }
    return list;
  })();
}

function* piecesOf(
  selection: InstrumentSelection,
  watchlist: Watchlist,
  rows: SelectedRows,
): Generator<() => void> {
  const { exchange, tokens = [], symbols = [] } = selection;
  if (isWatchlist(selection)) return yield () => rows.addWatchlist(exchange!, watchlist);
  const words = [
    ...tokens.map((token) =>
      [token, exchange !== undefined && isToken(token) ? `${exchange}:${token}` : token] as const
    ),
    ...symbols.map((symbol) => [symbol, symbol] as const),
  ];
  for (let from = 0; from < words.length; from += NAMES_PER_PIECE) {
    yield () => {
      for (const [word, shown] of words.slice(from, from + NAMES_PER_PIECE)) rows.add(word, exchange, shown);
    };
  }
}

/** Rows of one selection, each instrument once. */
class SelectedRows {
  readonly #rows = new Map<string, Row>();
  #suggested = 0;

  constructor(private readonly instruments: Instruments, private readonly held: Held | undefined) {}

  list(): Row[] {
    return [...this.#rows.values()];
  }

  addWatchlist(exchange: Exchange, watchlist: Watchlist): void {
    for (const token of watchlist.get(exchange) ?? []) {
      this.#put({ status: "accepted", key: keyOf(exchange, token) });
    }
    for (const { word, kind, message, suggestions } of watchlist.refused?.(exchange) ?? []) {
      this.#put({ status: "refused", word, code: CODES[kind], message, ...listed(suggestions) });
    }
  }

  /** @param shown The word as answers repeat it. */
  add(word: string, exchange: Exchange | undefined, shown: string): void {
    const resolution = this.instruments.resolve(word, exchange);
    const key = this.#heldKey(word, exchange, resolution) ??
      (resolution.kind === "found" ? resolution.key : undefined);
    if (key !== undefined) {
      const doubt = resolution.kind === "found" ? resolution.doubt : undefined;
      return this.#put({ status: "accepted", key, word: shown, ...doubt === undefined ? {} : { doubt } });
    }
    if (resolution.kind === "found" || this.#rows.has(shown)) return;
    const { kind, message } = resolution;
    const suggestions = kind === "ambiguous" || this.#suggested++ < MAX_SUGGESTED ? resolution.suggest() : [];
    this.#put({ status: "refused", word: shown, code: CODES[kind], message, ...listed(suggestions) });
  }

  #put(row: Row): void {
    const id = row.status === "accepted" ? row.key : row.word;
    if (!this.#rows.has(id)) this.#rows.set(id, row);
  }

  /** The one instrument of those that are held to which a name has a claim, though it leads nowhere or elsewhere. */
  #heldKey(word: string, exchange: Exchange | undefined, resolution: Resolution): InstrumentKey | undefined {
    const { held } = this;
    if (held === undefined) return undefined;
    if (exchange !== undefined && isToken(word) && held.has(keyOf(exchange, word))) {
      return keyOf(exchange, word);
    }
    const own = resolution.kind === "found" ? [] : resolution.keys.filter((key) => held.has(key));
    return own.length === 1 ? own[0] : undefined;
  }
}

function listed(suggestions: readonly string[]): { readonly suggestions?: readonly string[] } {
  return suggestions.length > 0 ? { suggestions } : {};
}

/** A whole success, a part of one, or an error with the code of the first refusal. */
export function statusOf(rows: readonly Row[]): { readonly status: string; readonly code?: RefusalCode } {
  const refused = rows.find((row) => row.status === "refused");
  if (refused?.status !== "refused") return { status: "success" };
  const status = rows.some((row) => row.status === "accepted") ? "partial" : "error";
  return { status, code: refused.code };
}

/** For people: why the first of those that were refused was; else why the first that is doubtful is. */
export function refusedWords(rows: readonly Row[]): string {
  const refused = rows.find((row) => row.status === "refused");
  if (refused?.status === "refused") return `; ${refused.word}: ${refused.message}`;
  const doubtful = rows.find((row) => row.status === "accepted" && row.doubt !== undefined);
  return doubtful?.status === "accepted" ? `; ${doubtful.word ?? doubtful.key}: ${doubtful.doubt}` : "";
}
