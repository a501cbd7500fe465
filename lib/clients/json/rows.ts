import type { Instrument, Instruments } from "../../instruments/instrument.ts";
import { type Exchange, EXCHANGE_TYPES, type InstrumentKey, splitKey } from "../../market/market.ts";
import { type InstrumentSelection, isWatchlist, type Row, type Watchlist } from "../instrument_selection.ts";
import {
  type DatedSubscriptions,
  subscriptionState,
  type SubscriptionStateSources,
} from "../subscription_state.ts";
import { atOnce, inTurns } from "../../util/pace.ts";
import type { CommandContext, Reply } from "./commands/define_command.ts";
import { refusal } from "./reply.ts";

/** Rows that are subscribed, given up or written into an answer at a time. */
const ROWS_AT_ONCE = 400;

/** Rows of which that takes a unit of work. */
const ROWS_PER_UNIT = 8;

/** Units of work that each piece takes. */
const PIECE_UNITS = ROWS_AT_ONCE / ROWS_PER_UNIT;

/** Some rows at a time. */
export function* rowPieces<Each>(rows: readonly Each[]): Generator<readonly Each[]> {
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) yield rows.slice(from, from + ROWS_AT_ONCE);
}

export function countOf(count: number): string {
  return count === 1 ? "1 instrument" : `${count} instruments`;
}

/** As the broker lists them: the tokens of each exchange. */
export function groupedByExchange(
  keys: readonly InstrumentKey[],
): { exchangeType: number; tokens: string[] }[] {
  const groups = new Map<Exchange, string[]>();
  for (const key of keys) {
    const { exchange, token } = splitKey(key);
    const tokens = groups.get(exchange);
    if (tokens === undefined) groups.set(exchange, [token]);
    else tokens.push(token);
  }
  return Array.from(groups, ([exchange, tokens]) => ({ exchangeType: EXCHANGE_TYPES[exchange], tokens }));
}

/** The refusal of an exchange alone, where the owner has chosen nothing of it. */
export function missingWatchlist(selection: InstrumentSelection, watchlist: Watchlist): Reply | undefined {
  const { exchange } = selection;
  if (!isWatchlist(selection) || exchange === undefined || watchlist.has(exchange)) return undefined;
  const lists = [...watchlist.keys()].join(", ");
  const message =
    `No watch list for ${exchange}; available: ${lists} (see WATCHLIST), or name tokens or symbols`;
  return { answer: refusal({ code: "unknown_exchange", message }) };
}

/** The instrument of a row, where it was accepted. */
export function keysOf(row: Row): InstrumentKey[] {
  return row.status === "accepted" ? [row.key] : [];
}

/** Answers a command of rows: a short one at once, a long one in the client's turns. */
export function rowsAnswered<Each>(
  selected: readonly Each[] | Promise<readonly Each[]>,
  answer: (rows: readonly Each[]) => Generator<void, Reply>,
  { turn }: Pick<CommandContext, "turn">,
): Reply | Promise<Reply> {
  const inPieces = (rows: readonly Each[]) => inTurns(answer(rows), (piece) => turn(PIECE_UNITS, piece));
  if (selected instanceof Promise) return selected.then(inPieces);
  return selected.length > ROWS_AT_ONCE ? inPieces(selected) : atOnce(answer(selected));
}

/** The result of one instrument that was asked for. */
export function subscribedRow(
  row: Row,
  context: SubscriptionStateSources & { readonly connection: DatedSubscriptions },
): Record<string, unknown> {
  if (row.status === "accepted") {
    const { status, key, doubt } = row;
    return { status, ...subscriptionState(context.connection, key, context), doubt };
  }
  const { word: instrument, status, code, message, suggestions } = row;
  return { status, instrument, code, message, suggestions };
}

/** The result of one instrument that was given up, or that nobody knows. */
export function unsubscribedRow(row: Row, instruments: Instruments): Record<string, unknown> {
  if (row.status === "refused") return { ...row, word: undefined, instrument: row.word };
  return { status: row.status, instrument: row.key, symbol: instruments.symbolOf(row.key) };
}

/** An instrument of the broker's list; prices in rupees. */
export function instrumentFields(instrument: Instrument): Record<string, unknown> {
  const { exchange, token, symbol, name, type, expiry, strike, lotSize, tickSize } = instrument;
  return { exchange, token, symbol, name, type, expiry, strike, lot_size: lotSize, tick_size: tickSize };
}
