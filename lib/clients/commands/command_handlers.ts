import { ANYONE, covers, type Entitlement } from "../../access/entitlement.ts";
import type { Clock } from "../../util/clock.ts";
import type { Feed } from "../../feed/market_data.ts";
import type { Instrument, Instruments } from "../../instruments/instrument.ts";
import type { Limits } from "../../config/limits.ts";
import {
  type Exchange,
  EXCHANGE_TYPES,
  type InstrumentKey,
  type Mode,
  splitKey,
} from "../../market/market.ts";
import type { FanoutGroups } from "../delivery/fanout_groups.ts";
import {
  choose,
  isWatchlist,
  type RefusalCode,
  refusedWords,
  type Row,
  statusOf,
  type Watchlist,
} from "./instrument_selection.ts";
import type { Command, InstrumentSelection, RequestId } from "../json/command.ts";
import { type Encoder, encoderFor } from "../json/delivery_options.ts";
import type { ClientConnection } from "../client_connection.ts";
import { subscriptionRow } from "./subscription_state.ts";
import type { TickJson } from "../json/tick_json.ts";

export interface CommandHandlersOptions {
  readonly clock: Clock;
  readonly feed: Feed<TickJson>;
  readonly instruments: Instruments;
  readonly watchlist: Watchlist;
  readonly groups: FanoutGroups;
  /** Instruments that the broker's sockets can carry, for all clients together. */
  readonly capacity: number;
  readonly limits: Limits;
  /** How the feed and the markets stand. */
  readonly standing: () => Record<string, unknown>;
}

/** An answer, and the instruments whose last known values are to follow it. */
export interface Outcome {
  readonly answer: Record<string, unknown>;
  readonly snapshot?: readonly InstrumentKey[];
  /** What the client's messages are made with from this answer on. */
  readonly wire?: Encoder;
}

/** What a command asks for where it does not say. */
const DEFAULT_MODE: Mode = "ltp";

const DEFAULT_SEARCH_ROWS = 20;

/** Obeys the clients' commands, one client at a time. */
export class CommandHandlers {
  constructor(private readonly options: CommandHandlersOptions) {}

  handle(session: ClientConnection, command: Command): Outcome {
    const outcome = this.#handle(session, command);
    return command.id === undefined ? outcome : { ...outcome, answer: { ...outcome.answer, id: command.id } };
  }

  #handle(session: ClientConnection, command: Command): Outcome {
    switch (command.command) {
      case "subscribe":
        return this.#subscribe(session, command, command.mode);
      case "unsubscribe":
        return this.#unsubscribe(session, command, command.all ?? false);
      case "configure":
        return this.#configure(session, command);
      case "list_exchanges":
        return success(
          "Available exchanges",
          [...this.options.watchlist.keys()].filter((each) => covers(session.entitlement, each)),
        );
      case "list_subscriptions":
        return success(
          "Subscriptions",
          [...session.wants.keys()].map((key) => subscriptionRow(session, key, this.options)),
        );
      case "search":
        return this.#search(command.query, command.limit ?? DEFAULT_SEARCH_ROWS, command.exchange);
      case "status":
        return success("Status", {
          ...this.options.standing(),
          budget: this.#budget(),
          client: this.#client(session),
        });
      case "authenticate":
        return success(`Welcome, ${session.entitlement.name}`, undefined);
      case "ping":
        return { answer: { type: "pong", ts: command.ts, server_ts: this.options.clock.now() } };
    }
  }

  #subscribe(session: ClientConnection, choice: InstrumentSelection, mode: Mode | undefined): Outcome {
    const missing = this.#missingList(choice);
    if (missing !== undefined) return { answer: missing };
    const rows = choose(choice, this.options.watchlist, this.options.instruments);
    const results = this.#within(session, rows);
    const accepted = results.flatMap((row) => row.status === "accepted" ? [row.key] : []);
    const now = this.options.clock.now();
    for (const key of accepted) session.want(key, mode ?? session.wants.get(key) ?? DEFAULT_MODE, now);
    this.#settle(session);
    const what = isWatchlist(choice) ? choice.exchange : instruments(accepted.length);
    const plain = isWatchlist(choice) && mode === undefined && accepted.length === results.length;
    const message = accepted.length === results.length
      ? `Subscribed to ${what}`
      : `Subscribed to ${accepted.length} of ${instruments(results.length)}`;
    return {
      snapshot: accepted,
      answer: {
        ...statusOf(results),
        message: message + refusedWords(results),
        data: grouped(accepted),
        ...plain ? {} : { results: results.map((row) => this.#result(session, row)), budget: this.#budget() },
      },
    };
  }

  /** Refuses what the client may not have, and what nobody has room for. */
  #within(session: ClientConnection, rows: readonly Row[]): Row[] {
    const { feed, capacity, limits } = this.options;
    const most = Math.min(limits.subscriptions, session.entitlement.maxInstruments ?? Infinity);
    const wanted = feed.hub.wanted();
    let ownRoom = most - session.wants.size;
    let room = capacity - wanted.size;
    const counted = new Set<InstrumentKey>();
    return rows.map((row): Row => {
      if (row.status === "refused") return row;
      const { key } = row;
      const refuse = (code: RefusalCode, message: string): Row => ({
        status: "refused",
        word: this.#nameOf(key),
        code,
        message,
      });
      if (!covers(session.entitlement, splitKey(key).exchange)) {
        const exchanges = [...session.entitlement.exchanges!].join(", ");
        return refuse(
          "not_allowed",
          `the access token of ${session.entitlement.name} is for ${exchanges} alone`,
        );
      }
      if (counted.has(key) || session.wants.has(key)) return row;
      if (ownRoom <= 0) {
        return refuse(
          "too_many_instruments",
          `a client may have ${most} instruments: unsubscribe others first`,
        );
      }
      if (!wanted.has(key) && room-- <= 0) {
        return refuse(
          "budget_exhausted",
          `the broker carries ${capacity} instruments, and all are in use: unsubscribe others, or raise ` +
            "SMARTAPI_MAX_SOCKETS",
        );
      }
      ownRoom--;
      counted.add(key);
      return row;
    });
  }

  #unsubscribe(session: ClientConnection, choice: InstrumentSelection, all: boolean): Outcome {
    const missing = all ? undefined : this.#missingList(choice);
    if (missing !== undefined) return { answer: missing };
    const rows: Row[] = all
      ? [...session.wants.keys()].map((key) => ({ status: "accepted", key }))
      : choose(choice, this.options.watchlist, this.options.instruments);
    const keys = rows.flatMap((row) => row.status === "accepted" ? [row.key] : []);
    for (const key of keys) session.unwant(key);
    this.#settle(session);
    const refused = rows.length > keys.length;
    const what = !all && isWatchlist(choice) ? choice.exchange : instruments(keys.length);
    const plain = !all && isWatchlist(choice) && !refused;
    return {
      answer: {
        ...statusOf(rows),
        message: `Unsubscribed from ${what}${refusedWords(rows)}`,
        data: grouped(keys),
        ...plain ? {} : {
          left: session.wants.size,
          ...refused ? { results: rows.map((row) => this.#leaving(row)) } : {},
        },
      },
    };
  }

  #configure(
    session: ClientConnection,
    { encoding, interval, fields }: Extract<Command, { command: "configure" }>,
  ): Outcome {
    const { contract } = session;
    session.contract = {
      encoding: encoding ?? contract.encoding,
      interval: interval ?? contract.interval,
      // null goes back to all of them.
      fields: fields === null ? undefined : fields ?? contract.fields,
    };
    this.#settle(session);
    return {
      ...success("DeliveryOptions in force", session.contract),
      wire: encoderFor(session.contract),
      snapshot: [...session.wants.keys()],
    };
  }

  #search(query: string, limit: number, exchange: Exchange | undefined): Outcome {
    const rows = this.options.instruments.search(query, limit, exchange);
    return success(`${instruments(rows.length)} found`, rows.map(searchRow));
  }

  /** Puts the client among those who want the same. */
  #settle(session: ClientConnection): void {
    session.group = this.options.groups.move(
      session,
      session.group,
      session.wants,
      session.contract,
    );
  }

  /** The refusal of an exchange alone, where the owner has chosen nothing of it. */
  #missingList(choice: InstrumentSelection): Record<string, unknown> | undefined {
    const { watchlist } = this.options;
    if (!isWatchlist(choice) || watchlist.has(choice.exchange!)) return undefined;
    const lists = [...watchlist.keys()].join(", ");
    return refusal({
      code: "unknown_exchange",
      message:
        `No watch list for ${choice.exchange}; available: ${lists} (see WATCHLIST), or name tokens or symbols`,
    });
  }

  #result(session: ClientConnection, row: Row): Record<string, unknown> {
    if (row.status === "accepted") {
      return { status: row.status, ...subscriptionRow(session, row.key, this.options) };
    }
    const { word: instrument, status, code, message, suggestions } = row;
    return { status, instrument, code, message, suggestions };
  }

  /** A row of something that was given up, or that nobody knows. */
  #leaving(row: Row): Record<string, unknown> {
    if (row.status === "refused") return { ...row, word: undefined, instrument: row.word };
    return { status: row.status, instrument: row.key, symbol: this.options.instruments.symbolOf(row.key) };
  }

  #budget(): Record<string, number> {
    const used = this.options.feed.hub.wanted().size;
    return { used, capacity: this.options.capacity, left: Math.max(0, this.options.capacity - used) };
  }

  #client(session: ClientConnection): Record<string, unknown> {
    const { outbox, contract } = session;
    const now = this.options.clock.now();
    return {
      number: session.number,
      ...session.entitlement === ANYONE ? {} : { access: accessOf(session.entitlement) },
      subscriptions: session.wants.size,
      contract,
      conflated: outbox.conflated,
      lagging_ms: outbox.laggingSince === undefined ? 0 : now - outbox.laggingSince,
      waiting: outbox.waiting,
    };
  }

  #nameOf(key: InstrumentKey): string {
    return `${splitKey(key).exchange}:${this.options.instruments.symbolOf(key)}`;
  }
}

function accessOf({ name, exchanges, maxInstruments, expires }: Entitlement): Record<string, unknown> {
  return { name, exchanges: exchanges && [...exchanges], max_instruments: maxInstruments, expires };
}

function success(message: string, data: unknown): Outcome {
  return { answer: { status: "success", message, data } };
}

function instruments(count: number): string {
  return count === 1 ? "1 instrument" : `${count} instruments`;
}

/** As the broker lists them: the tokens of each exchange. */
function grouped(keys: readonly InstrumentKey[]): { exchangeType: number; tokens: string[] }[] {
  const groups = new Map<Exchange, string[]>();
  for (const key of keys) {
    const { exchange, token } = splitKey(key);
    const tokens = groups.get(exchange);
    if (tokens === undefined) groups.set(exchange, [token]);
    else tokens.push(token);
  }
  return [...groups].map(([exchange, tokens]) => ({ exchangeType: EXCHANGE_TYPES[exchange], tokens }));
}

function searchRow(instrument: Instrument): Record<string, unknown> {
  const { exchange, token, symbol, name, type, expiry, strike, lotSize, tickSize } = instrument;
  return { exchange, token, symbol, name, type, expiry, strike, lot_size: lotSize, tick_size: tickSize };
}

/** An answer that says no. */
export function refusal(
  { code, message, id }: { readonly code: RefusalCode; readonly message: string; readonly id?: RequestId },
): Record<string, unknown> {
  return { status: "error", code, message, ...(id === undefined ? {} : { id }) };
}
