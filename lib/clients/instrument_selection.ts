import { canonicalToken, type Instruments } from "../instruments/instrument.ts";
import { type Exchange, type InstrumentKey, keyOf } from "../market/market.ts";

/** The owner's selection of instruments, by exchange: what subscribing to an exchange means. */
export type Watchlist = ReadonlyMap<Exchange, readonly string[]>;

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
  | "not_allowed"
  | "too_many_instruments"
  | "budget_exhausted"
  | "internal";

/** One instrument that a client asked for. */
export type Row =
  | { readonly status: "accepted"; readonly key: InstrumentKey }
  | {
    readonly status: "refused";
    /** The instrument as the client named it. */
    readonly word: string;
    readonly code: RefusalCode;
    readonly message: string;
    readonly suggestions?: readonly string[];
  };

/** Whether an exchange alone was named: its watch list is meant. */
export function isWatchlist({ exchange, tokens, symbols }: InstrumentSelection): boolean {
  return exchange !== undefined && tokens === undefined && symbols === undefined;
}

/**
 * Names of a selection that get suggestions. Each costs some ms in a list of 150,000 rows, and whoever names hundreds
 * that nobody knows has another list at hand than ours.
 */
const MAX_SUGGESTED = 3;

/** What a client selected, one row for each instrument, in its order. */
export function select(
  selection: InstrumentSelection,
  watchlist: Watchlist,
  instruments: Instruments,
): Row[] {
  const { exchange, tokens, symbols } = selection;
  if (isWatchlist(selection)) {
    const list = watchlist.get(exchange!) ?? [];
    return list.map((token) => ({ status: "accepted", key: keyOf(exchange!, token) }));
  }
  let suggested = 0;
  const suggest = (symbol: string) => suggested++ < MAX_SUGGESTED ? instruments.suggest(symbol) : [];
  return [
    ...(tokens ?? []).map((token) => byToken(exchange!, canonicalToken(exchange!, token), instruments)),
    ...(symbols ?? []).map((symbol) => bySymbol(symbol, exchange, instruments, suggest)),
  ];
}

function byToken(exchange: Exchange, token: string, instruments: Instruments): Row {
  const key = keyOf(exchange, token);
  if (!instruments.complete || instruments.get(key) !== undefined) return { status: "accepted", key };
  return {
    status: "refused",
    word: key,
    code: "unknown_instrument",
    message: `${exchange} has no instrument with the token ${token} today; expired contracts disappear`,
  };
}

function bySymbol(
  symbol: string,
  exchange: Exchange | undefined,
  instruments: Instruments,
  suggest: (symbol: string) => string[],
): Row {
  const found = instruments.find(symbol, exchange);
  if (found !== undefined) return { status: "accepted", key: found.key };
  const suggestions = suggest(symbol);
  return {
    status: "refused",
    word: symbol,
    code: "unknown_instrument",
    message: instruments.complete
      ? "no instrument has this name today"
      : "the instrument master is not loaded yet",
    ...suggestions.length > 0 ? { suggestions } : {},
  };
}

/** A whole success, a part of one, or an error with the code of the first refusal. */
export function statusOf(rows: readonly Row[]): { readonly status: string; readonly code?: RefusalCode } {
  const refused = rows.find((row) => row.status === "refused");
  if (refused?.status !== "refused") return { status: "success" };
  const status = rows.some((row) => row.status === "accepted") ? "partial" : "error";
  return { status, code: refused.code };
}

/** For people: why the first of those that were refused was. */
export function refusedWords(rows: readonly Row[]): string {
  const refused = rows.find((row) => row.status === "refused");
  return refused?.status === "refused" ? `; ${refused.word}: ${refused.message}` : "";
}
