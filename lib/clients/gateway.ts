import { getLogger } from "@logtape/logtape";
import type { Clock } from "../clock.ts";
import type { Feed } from "../feed/feed.ts";
import { type Exchange, EXCHANGE_TYPES, type InstrumentKey, keyOf, type Mode } from "../market.ts";
import { Audiences } from "./audiences.ts";
import { CLOSE, type Close } from "./close_codes.ts";
import { type Command, type CommandRefusal, isRefusal, readCommand } from "./command.ts";
import { DeliveryLine } from "./delivery_line.ts";
import { type ClientSocket, Outbox } from "./outbox.ts";
import { encodePayload } from "./payload.ts";
import { Session } from "./session.ts";
import type { TickText } from "./tick_text.ts";

/** The owner's choice of instruments, by exchange: what subscribing to an exchange means. */
export type Watchlist = ReadonlyMap<Exchange, readonly string[]>;

/** Where the prices come from; nobody may mistake a made-up one for a real one. */
export type Source = "live" | "simulated";

export interface GatewayOptions {
  readonly clock: Clock;
  readonly feed: Feed<TickText>;
  /** Instruments that the broker's sockets can carry, for all clients together. */
  readonly capacity: number;
  readonly watchlist: Watchlist;
  readonly batchMs: number;
  readonly source: Source;
  readonly version: string;
  /** Tells this run of the process from another one. */
  readonly epoch: string;
  /** How the feed and the markets stand, for a client that comes in the middle of it. */
  readonly standing: () => Record<string, unknown>;
}

/** News for the clients. */
export interface Announcement {
  readonly message: Record<string, unknown>;
  /** The instruments concerned; each client is told those of them that it wants. */
  readonly keys?: readonly InstrumentKey[];
  /** Only to those who want one of the instruments. */
  readonly concernedOnly?: boolean;
}

/** One connected client, as its socket's owner drives it. */
export interface ClientHandle {
  received(frame: string | ArrayBuffer): void;
  /** The socket is gone. */
  gone(): void;
}

/** The clients' side of the proxy: everything that is said on `ws://…:8765`, but for the sockets themselves. */
export interface Gateway {
  connect(socket: ClientSocket, from: string): ClientHandle;
  /** Says something ahead of any data that waits. */
  announce(news: Announcement): void;
  /** Says goodbye to everyone and closes; no one is let in any more. */
  shutdown(): void;
  readonly clients: number;
  readonly audiences: number;
}

/** Version of the clients' wire. */
const PROTOCOL = 1;

/** The largest command, in UTF-16 units. */
const MAX_COMMAND = 64 * 1024;

/** What an exchange's watch list is subscribed in. */
const DEFAULT_MODE: Mode = "ltp";

const log = getLogger(["clients"]);

export function createGateway(options: GatewayOptions): Gateway {
  const { clock, feed, watchlist } = options;
  const sessions = new Set<Session>();
  const line = new DeliveryLine();
  const audiences = new Audiences(feed.hub, { clock, line, batchMs: options.batchMs });
  let connected = 0;
  let closing = false;

  function welcome() {
    return {
      type: "info",
      message: "Connected to WebSocket proxy server",
      available_exchanges: [...watchlist.keys()],
      protocol: PROTOCOL,
      version: options.version,
      source: options.source,
      epoch: options.epoch,
      ...options.standing(),
    };
  }

  function end(session: Session, close?: Close): void {
    if (!sessions.delete(session)) return;
    if (close === undefined) session.ended();
    else session.close(close);
    session.audience = audiences.move(session, session.audience, new Map());
    log.info("client {number} left{why}; {count} connected", {
      number: session.number,
      why: close === undefined ? "" : `, closed with ${close.code} "${close.reason}"`,
      count: sessions.size,
    });
  }

  function receive(session: Session, frame: string | ArrayBuffer): void {
    if (!session.isOpen) return;
    if (typeof frame === "string" && frame.length > MAX_COMMAND) return end(session, CLOSE.tooLarge);
    const command: Command | CommandRefusal = typeof frame === "string"
      ? readCommand(frame)
      : { code: "bad_json", message: "Commands are text frames; this was a binary one" };
    // On the line, so that an answer comes after the data that was on its way before it.
    const answer = isRefusal(command) ? refusal(command) : obey(session, command);
    line.add(answer, (message) => {
      session.forgetUnwanted();
      session.tell(message);
    });
    if (!isRefusal(command) && command.command === "subscribe") snapshot(session, command.exchange);
  }

  function obey(session: Session, command: Command): unknown {
    const echo = command.id === undefined ? {} : { id: command.id };
    if (command.command === "list_exchanges") {
      return { status: "success", message: "Available exchanges", data: [...watchlist.keys()], ...echo };
    }
    const { exchange } = command;
    const tokens = watchlist.get(exchange);
    if (tokens === undefined) {
      return refusal({
        code: "unknown_exchange",
        message: `No watch list for ${exchange}; available: ${
          [...watchlist.keys()].join(", ")
        } (see WATCHLIST)`,
        id: command.id,
      });
    }
    if (command.command === "unsubscribe") {
      for (const token of tokens) session.wants.delete(keyOf(exchange, token));
      session.audience = audiences.move(session, session.audience, session.wants);
      return {
        status: "success",
        message: `Unsubscribed from ${exchange}`,
        data: [{ exchangeType: EXCHANGE_TYPES[exchange], tokens }],
        ...echo,
      };
    }
    const accepted = subscribe(session, exchange, tokens);
    const data = [{ exchangeType: EXCHANGE_TYPES[exchange], tokens: accepted }];
    if (accepted.length === tokens.length) {
      return { status: "success", message: `Subscribed to ${exchange}`, data, ...echo };
    }
    return {
      ...refusal({
        code: "budget_exhausted",
        message:
          `Subscribed to ${accepted.length} of ${tokens.length} instruments of ${exchange}: the broker ` +
          `carries ${options.capacity}, and all are in use; unsubscribe others, or raise SMARTAPI_MAX_SOCKETS`,
        id: command.id,
      }),
      data,
    };
  }

  /** Adds instruments to what a client wants, as far as they fit; answers those that did. */
  function subscribe(session: Session, exchange: Exchange, tokens: readonly string[]): string[] {
    const wanted = feed.hub.wanted();
    let room = options.capacity - wanted.size;
    const accepted = tokens.filter((token) => wanted.has(keyOf(exchange, token)) || room-- > 0);
    for (const token of accepted) session.wants.set(keyOf(exchange, token), DEFAULT_MODE);
    session.audience = audiences.move(session, session.audience, session.wants);
    return accepted;
  }

  /** Last known values for a newcomer: begun before any later batch, so sent before it. */
  function snapshot(session: Session, exchange: Exchange): void {
    const keys: InstrumentKey[] = [];
    const texts: string[] = [];
    for (const token of watchlist.get(exchange) ?? []) {
      const key = keyOf(exchange, token);
      const last = session.wants.has(key) ? feed.last(key) : undefined;
      if (last === undefined) continue;
      keys.push(key);
      texts.push(last.asSnapshot(DEFAULT_MODE, feed.freshness(key)));
    }
    if (keys.length === 0) return;
    line.add(
      encodePayload(texts, { snapshot: true }),
      (payload) => session.deliver({ payload, keys, texts, conflated: 0 }),
    );
  }

  return {
    connect(socket, from) {
      const number = ++connected;
      const outbox = new Outbox(socket, clock, line, () => end(session, CLOSE.tooSlow));
      const session: Session = new Session(number, socket, outbox);
      if (closing) {
        session.close(CLOSE.shutdown);
        return { received: () => {}, gone: () => {} };
      }
      sessions.add(session);
      log.info("client {number} connected from {from}; {count} connected", {
        number,
        from,
        count: sessions.size,
      });
      session.tell(welcome());
      return {
        received(frame) {
          try {
            receive(session, frame);
          } catch (error) {
            // Whatever one client provokes stays between it and us.
            log.error("client {number}: {error}", { number, error });
            session.tell(
              refusal({ code: "internal", message: "The proxy failed at this command; see its log" }),
            );
          }
        },
        gone: () => end(session),
      };
    },
    announce({ message, keys, concernedOnly }) {
      for (const session of sessions) {
        const instruments = keys?.filter((key) => session.wants.has(key));
        if (concernedOnly && instruments?.length === 0) continue;
        session.tell(instruments === undefined ? message : { ...message, instruments });
      }
    },
    shutdown() {
      closing = true;
      this.announce({ message: { type: "system", message: "Server shutting down", status: "shutdown" } });
      for (const session of [...sessions]) end(session, CLOSE.shutdown);
    },
    get clients() {
      return sessions.size;
    },
    get audiences() {
      return audiences.size;
    },
  };
}

function refusal(
  { code, message, id }: Omit<CommandRefusal, "code"> & {
    code: CommandRefusal["code"] | "budget_exhausted" | "internal";
  },
) {
  return { status: "error", code, message, ...(id === undefined ? {} : { id }) };
}
