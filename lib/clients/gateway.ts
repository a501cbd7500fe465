import { getLogger } from "@logtape/logtape";
import { ANYONE, covers, type Grant } from "../access/grant.ts";
import type { Clock } from "../clock.ts";
import type { Feed } from "../feed/feed.ts";
import type { Instruments } from "../instruments/instrument.ts";
import { type Limits, RateLimit } from "../limits.ts";
import type { InstrumentKey } from "../market.ts";
import { Audiences } from "./audiences.ts";
import { CLOSE, type Close } from "./close_codes.ts";
import { type Command, type CommandRefusal, isRefusal, readCommand } from "./command.ts";
import { wireOf } from "./contract.ts";
import { DeliveryLine } from "./delivery_line.ts";
import { type ClientSocket, Outbox } from "./outbox.ts";
import type { ClientEntry, ClientHandle } from "./entrance.ts";
import type { Watchlist } from "./choice.ts";
import { Desk, type Outcome, refusal } from "./desk.ts";
import type { Piece } from "./payload.ts";
import { receiveStranger, type Stranger } from "./reception.ts";
import { Session } from "./session.ts";
import type { TickText } from "./tick_text.ts";
import { Traffic } from "./traffic.ts";

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
  readonly limits: Limits;
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

/** The clients' side of the proxy: everything that is said on `ws://…:8765`, but for the sockets themselves. */
export interface Gateway {
  connect(socket: ClientSocket, entry: ClientEntry): ClientHandle;
  /** Closes those whose token is no longer good, or means something else now. */
  recheck(holds: (grant: Grant) => boolean): void;
  /** Says something ahead of any data that waits. */
  announce(news: Announcement): void;
  /** Says goodbye to everyone and closes; no one is let in any more. */
  shutdown(): void;
  readonly clients: number;
  readonly audiences: number;
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
  const sessions = new Set<Session>();
  const strangers = new Set<Stranger>();
  const line = new DeliveryLine();
  const traffic = new Traffic();
  const audiences = new Audiences(feed.hub, { clock, line, batchMs: options.batchMs, traffic });
  const desk = new Desk({ ...options, audiences });
  let connected = 0;
  let closing = false;

  function welcome(grant: Grant) {
    return {
      type: "info",
      message: "Connected to WebSocket proxy server",
      available_exchanges: [...watchlist.keys()].filter((each) => covers(grant, each)),
      protocol: PROTOCOL,
      version: options.version,
      source: options.source,
      epoch: options.epoch,
      ...options.standing(),
    };
  }

  function end(session: Session, close?: Close): void {
    if (!sessions.delete(session)) return;
    traffic.end(close);
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
    session.heard();
    if (isLarger(frame, limits.commandBytes)) return end(session, CLOSE.tooLarge);
    const mayAsk = session.mayAsk();
    if (session.refused > MAX_REFUSED) return end(session, CLOSE.tooMany);
    const asked = commandOf(frame);
    const command = mayAsk ? asked : { ...TOO_MANY, id: asked.id };
    const { answer, snapshot, wire }: Outcome = isRefusal(command)
      ? { answer: refusal(command) }
      : obey(session, command);
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
  function obey(session: Session, command: Command): Outcome {
    try {
      return desk.obey(session, command);
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
      wire.encode(texts, { snapshot: true, sentAt: clock.now() }),
      (payload) => session.deliver({ payload, keys, texts, conflated: 0 }),
    );
  }

  function admit(socket: ClientSocket, { from, contract }: ClientEntry, grant: Grant): ClientHandle {
    const number = ++connected;
    const outbox = new Outbox(
      socket,
      clock,
      line,
      (why) => end(session, CLOSE[why]),
      wireOf(contract),
      traffic,
    );
    const session: Session = new Session({
      number,
      socket,
      outbox,
      contract,
      grant,
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
    const token = grant === ANYONE ? "" : ` with the token of ${grant.name}`;
    log.info("client {number} connected from {from}{token}; {count} connected", {
      number,
      from,
      token,
      count: sessions.size,
    });
    session.tell(welcome(grant));
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
      if (entry.grant !== undefined) return admit(socket, entry, entry.grant);
      const { from, authenticate = () => Promise.resolve(undefined) } = entry;
      const stranger: Stranger = receiveStranger({
        socket,
        clock,
        from,
        authenticate,
        admit: (grant) => admit(socket, entry, grant),
        over: () => strangers.delete(stranger),
      });
      strangers.add(stranger);
      return stranger;
    },
    recheck(holds) {
      for (const session of [...sessions]) if (!holds(session.grant)) end(session, CLOSE.tokenChanged);
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
      for (const stranger of [...strangers]) stranger.end(CLOSE.shutdown);
    },
    get clients() {
      return sessions.size;
    },
    get audiences() {
      return audiences.size;
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
