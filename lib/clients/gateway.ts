import { getLogger } from "@logtape/logtape";
import type { Clock } from "../clock.ts";
import type { Feed } from "../feed/feed.ts";
import type { Instruments } from "../instruments/instrument.ts";
import type { InstrumentKey } from "../market.ts";
import { Audiences } from "./audiences.ts";
import { CLOSE, type Close } from "./close_codes.ts";
import { type Command, type CommandRefusal, isRefusal, readCommand } from "./command.ts";
import { type Contract, DEFAULT_CONTRACT, wireOf } from "./contract.ts";
import { DeliveryLine } from "./delivery_line.ts";
import { type ClientSocket, Outbox } from "./outbox.ts";
import type { Watchlist } from "./choice.ts";
import { Desk, type Outcome, refusal } from "./desk.ts";
import type { Piece } from "./payload.ts";
import { Session } from "./session.ts";
import type { TickText } from "./tick_text.ts";

/** Where the prices come from; nobody may mistake a made-up one for a real one. */
export type Source = "live" | "simulated";

export interface GatewayOptions {
  readonly clock: Clock;
  readonly feed: Feed<TickText>;
  readonly instruments: Instruments;
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
  /** @param contract What it asked for in its address; a `configure` may change it. */
  connect(socket: ClientSocket, from: string, contract?: Contract): ClientHandle;
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

const log = getLogger(["clients"]);

export function createGateway(options: GatewayOptions): Gateway {
  const { clock, feed, watchlist } = options;
  const sessions = new Set<Session>();
  const line = new DeliveryLine();
  const audiences = new Audiences(feed.hub, { clock, line, batchMs: options.batchMs });
  const desk = new Desk({ ...options, audiences });
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
    const { answer, snapshot, wire }: Outcome = isRefusal(command)
      ? { answer: refusal(command) }
      : obey(session, command);
    // On the line, so that an answer comes after the data that was on its way before it, in its old form.
    line.add(answer, (message) => {
      session.forgetUnwanted();
      if (wire !== undefined) session.rewire(wire);
      session.tell(message);
    });
    if (snapshot !== undefined) sendSnapshot(session, snapshot);
  }

  /** Whatever one command provokes stays between its client and us. */
  function obey(session: Session, command: Command): Outcome {
    try {
      return desk.obey(session, command);
    } catch (error) {
      log.error("client {number}: {error}", { number: session.number, error });
      const message = "The proxy failed at this command; see its log";
      return { answer: refusal({ code: "internal", message, id: command.id }) };
    }
  }

  /** Last known values for a newcomer: begun before any later batch, so sent before it. */
  function sendSnapshot(session: Session, wanted: readonly InstrumentKey[]): void {
    const wire = wireOf(session.contract);
    const keys: InstrumentKey[] = [];
    const texts: Piece[] = [];
    for (const key of new Set(wanted)) {
      const last = feed.last(key);
      const mode = session.wants.get(key);
      if (last === undefined || mode === undefined) continue;
      keys.push(key);
      texts.push(wire.snapshotOf(last, mode, feed.freshness(key)));
    }
    if (keys.length === 0) return;
    line.add(
      wire.encode(texts, { snapshot: true }),
      (payload) => session.deliver({ payload, keys, texts, conflated: 0 }),
    );
  }

  return {
    connect(socket, from, contract = DEFAULT_CONTRACT) {
      const number = ++connected;
      const outbox = new Outbox(socket, clock, line, () => end(session, CLOSE.tooSlow), wireOf(contract));
      const session: Session = new Session(number, socket, outbox, contract);
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
            log.error("client {number}: {error}", { number, error });
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
