import { getLogger } from "@logtape/logtape";
import { ANYONE, covers, type Entitlement } from "../access/entitlement.ts";
import type { Clock } from "../util/clock.ts";
import type { Feed } from "../feed/market_data.ts";
import type { Instruments } from "../instruments/instrument.ts";
import type { Limits } from "../config/limits.ts";
import { RateLimit } from "../util/rate_limit.ts";
import type { InstrumentKey } from "../market/market.ts";
import { FanoutGroups } from "./delivery/fanout_groups.ts";
import { CLOSE, type Close } from "./close_codes.ts";
import { type Command, type CommandRefusal, isRefusal, readCommand } from "./json/command.ts";
import { encoderFor } from "./json/delivery_options.ts";
import { DeliveryLine } from "./delivery/delivery_line.ts";
import { type ClientSocket, Outbox } from "./delivery/outbox.ts";
import type { ClientEntry, ClientHandle } from "./client_entry.ts";
import type { Watchlist } from "./commands/instrument_selection.ts";
import { CommandHandlers, type Outcome, refusal } from "./commands/command_handlers.ts";
import type { Piece } from "./json/payload.ts";
import { awaitAuthentication, type PendingConnection } from "./authentication.ts";
import { ClientConnection } from "./client_connection.ts";
import type { TickJson } from "./json/tick_json.ts";
import { Traffic } from "./traffic.ts";

/** Where the prices come from; nobody may mistake a made-up one for a real one. */
export type Source = "live" | "simulated";

export interface GatewayOptions {
  readonly clock: Clock;
  readonly feed: Feed<TickJson>;
  readonly instruments: Instruments;
  /** Instruments that the broker's sockets can carry, for all clients together. */
  readonly capacity: number;
  readonly watchlist: Watchlist;
  readonly batchMs: number;
  readonly limits: Limits;
  readonly source: Source;
  readonly version: string;
  /** Tells this run of the process from another one. */
  readonly epoch: string;
  /** How the feed and the markets stand, for a client that comes in the middle of it. */
  readonly standing: () => Record<string, unknown>;
}

/** News for the clients. */
export interface ClientEvent {
  readonly message: Record<string, unknown>;
  /** The instruments concerned; each client is told those of them that it wants. */
  readonly keys?: readonly InstrumentKey[];
  /** Only to those who want one of the instruments. */
  readonly concernedOnly?: boolean;
}

/** The clients' side of the proxy: everything that is said on `ws://…:8765`, but for the sockets themselves. */
export interface Gateway {
  connect(socket: ClientSocket, entry: ClientEntry): ClientHandle;
  /** Closes those whose token is no longer good, or means something else now. */
  recheck(holds: (entitlement: Entitlement) => boolean): void;
  /** Says something ahead of any data that waits. */
  announce(news: ClientEvent): void;
  /** Says goodbye to everyone and closes; no one is let in any more. */
  shutdown(): void;
  readonly clients: number;
  readonly groups: number;
  /** Clients that read more slowly than their ticks come. */
  readonly lagging: number;
  readonly traffic: Traffic;
}

/** Version of the clients' wire. */
const PROTOCOL = 1;

/** So many commands at once as are allowed in this many seconds: a script subscribes one by one, and then is quiet. */
const COMMAND_BURST_SECONDS = 50;

/** Who goes on after so many refused commands does not listen. */
const MAX_REFUSED = 1_000;

const log = getLogger(["clients"]);

export function createGateway(options: GatewayOptions): Gateway {
  const { clock, feed, watchlist, limits } = options;
  const sessions = new Set<ClientConnection>();
  const pending = new Set<PendingConnection>();
  const line = new DeliveryLine();
  const traffic = new Traffic();
  const groups = new FanoutGroups(feed.hub, { clock, line, batchMs: options.batchMs, traffic });
  const desk = new CommandHandlers({ ...options, groups });
  let connected = 0;
  let closing = false;

  function welcome(entitlement: Entitlement) {
    return {
      type: "info",
      message: "Connected to WebSocket proxy server",
      available_exchanges: [...watchlist.keys()].filter((each) => covers(entitlement, each)),
      protocol: PROTOCOL,
      version: options.version,
      source: options.source,
      epoch: options.epoch,
      ...options.standing(),
    };
  }

  function end(session: ClientConnection, close?: Close): void {
    if (!sessions.delete(session)) return;
    traffic.end(close);
    if (close === undefined) session.ended();
    else session.close(close);
    session.group = groups.move(session, session.group, new Map());
    log.info("client {number} left{why}; {count} connected", {
      number: session.number,
      why: close === undefined ? "" : `, closed with ${close.code} "${close.reason}"`,
      count: sessions.size,
    });
  }

  function receive(session: ClientConnection, frame: string | ArrayBuffer): void {
    if (!session.isOpen) return;
    session.heard();
    if (isLarger(frame, limits.commandBytes)) return end(session, CLOSE.tooLarge);
    const mayAsk = session.mayAsk();
    if (session.refused > MAX_REFUSED) return end(session, CLOSE.tooMany);
    const asked = commandOf(frame);
    const command = mayAsk ? asked : { ...TOO_MANY, id: asked.id };
    const { answer, snapshot, wire }: Outcome = isRefusal(command)
      ? { answer: refusal(command) }
      : handle(session, command);
    traffic.command(isRefusal(command) ? "refused" : command.command, answer);
    // On the line, so that an answer comes after the data that was on its way before it, in its old form.
    line.add(answer, (message) => {
      session.forgetUnwanted();
      if (wire !== undefined) session.rewire(wire);
      session.tell(message);
    });
    if (snapshot !== undefined) sendSnapshot(session, snapshot);
  }

  /** Whatever one command provokes stays between its client and us. */
  function handle(session: ClientConnection, command: Command): Outcome {
    try {
      return desk.handle(session, command);
    } catch (error) {
      log.error("client {number}: a fault of the proxy at its command; please report it: {error}", {
        number: session.number,
        error,
      });
      const message = "The proxy failed at this command; see its log";
      return { answer: refusal({ code: "internal", message, id: command.id }) };
    }
  }

  /** Last known values for a newcomer: begun before any later batch, so sent before it. */
  function sendSnapshot(session: ClientConnection, wanted: readonly InstrumentKey[]): void {
    const wire = encoderFor(session.contract);
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
      wire.encode(texts, { snapshot: true, sentAt: clock.now() }),
      (payload) => session.deliver({ payload, keys, texts, conflated: 0 }),
    );
  }

  function admit(
    socket: ClientSocket,
    { from, contract }: ClientEntry,
    entitlement: Entitlement,
  ): ClientHandle {
    const number = ++connected;
    const outbox = new Outbox(
      socket,
      clock,
      line,
      (why) => end(session, CLOSE[why]),
      encoderFor(contract),
      traffic,
    );
    const session: ClientConnection = new ClientConnection({
      number,
      socket,
      outbox,
      contract,
      entitlement,
      commands: new RateLimit(
        clock,
        limits.commandsPerSecond,
        limits.commandsPerSecond * COMMAND_BURST_SECONDS,
      ),
    });
    if (closing) {
      session.close(CLOSE.shutdown);
      return { received: () => {}, gone: () => {} };
    }
    sessions.add(session);
    traffic.connected++;
    const token = entitlement === ANYONE ? "" : ` with the token of ${entitlement.name}`;
    log.info("client {number} connected from {from}{token}; {count} connected", {
      number,
      from,
      token,
      count: sessions.size,
    });
    session.tell(welcome(entitlement));
    if (limits.firstCommandMs > 0) {
      session.waitForWord(clock, limits.firstCommandMs, () => end(session, CLOSE.idle));
    }
    return {
      received(frame) {
        try {
          receive(session, frame);
        } catch (error) {
          log.error("client {number}: a fault of the proxy at its command; please report it: {error}", {
            number,
            error,
          });
        }
      },
      gone: () => end(session),
    };
  }

  return {
    connect(socket, entry) {
      if (entry.entitlement !== undefined) return admit(socket, entry, entry.entitlement);
      const { from, authenticate = () => Promise.resolve(undefined) } = entry;
      const connection: PendingConnection = awaitAuthentication({
        socket,
        clock,
        from,
        authenticate,
        admit: (entitlement) => admit(socket, entry, entitlement),
        over: () => pending.delete(connection),
      });
      pending.add(connection);
      return connection;
    },
    recheck(holds) {
      for (const session of [...sessions]) if (!holds(session.entitlement)) end(session, CLOSE.tokenChanged);
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
      for (const connection of [...pending]) connection.end(CLOSE.shutdown);
    },
    get clients() {
      return sessions.size;
    },
    get groups() {
      return groups.size;
    },
    get lagging() {
      let count = 0;
      for (const { outbox } of sessions) if (outbox.laggingSince !== undefined) count++;
      return count;
    },
    traffic,
  };
}

const TOO_MANY: CommandRefusal = {
  code: "rate_limited",
  message: "Too many commands; wait a little, and name many instruments in one command",
};

function commandOf(frame: string | ArrayBuffer): Command | CommandRefusal {
  return typeof frame === "string"
    ? readCommand(frame)
    : { code: "bad_json", message: "Commands are text frames; this was a binary one" };
}

/** Counts the bytes of UTF-8 only where it matters. */
function isLarger(frame: string | ArrayBuffer, bytes: number): boolean {
  if (typeof frame !== "string") return frame.byteLength > bytes;
  if (frame.length > bytes) return true;
  return frame.length * 3 > bytes && new TextEncoder().encode(frame).length > bytes;
}
