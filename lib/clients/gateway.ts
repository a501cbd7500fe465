import { getLogger } from "@logtape/logtape";
import { ANYONE, type Entitlement } from "../access/entitlement.ts";
import type { Limits } from "../config/limits.ts";
import { isSeenIn } from "../feed/guard.ts";
import type { InstrumentKey, Mode } from "../market/market.ts";
import type { Clock } from "../util/clock.ts";
import { ClientConnection } from "./client_connection.ts";
import type { ClientEvent } from "./client_event.ts";
import { CLOSE, type Close } from "./close_codes.ts";
import type { FanoutGroups } from "./delivery/fanout_groups.ts";
import type { ClientSocket } from "./delivery/outbox.ts";
import { awaitAuthentication, type PendingAuthentication } from "./pending_authentication.ts";
import type { ClientEntry, ClientHandle, ProtocolSession } from "./protocol.ts";
import type { Traffic } from "./traffic.ts";
import { WorkBudgets } from "./work_budgets.ts";
import type { WorkQueue } from "./work_queue.ts";

export interface GatewayOptions {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly groups: FanoutGroups;
  readonly traffic: Traffic;
  readonly work: WorkQueue;
}

const log = getLogger(["clients"]);

/** All clients, whatever wire each of them speaks: who is connected, who is told what, and how each connection ends. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #sessions = new Map<ClientConnection, ProtocolSession>();
  /** Connections that have still to bring a token, by the place of their handle. */
  readonly #pending = new Map<object, PendingAuthentication>();
  readonly #budgets: WorkBudgets;
  #connected = 0;
  #closing = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#budgets = new WorkBudgets(options.clock, options.limits.commandsPerSecond);
  }

  /** Clients that have been let in. */
  get clients(): number {
    return this.#sessions.size;
  }

  get connections(): Iterable<ClientConnection> {
    return this.#sessions.keys();
  }

  /** Clients that read more slowly than their ticks come. */
  get lagging(): number {
    let count = 0;
    for (const { outbox } of this.#sessions.keys()) if (outbox.laggingMs !== undefined) count++;
    return count;
  }

  /** Closes one of them. Answers whether there is such a client. */
  disconnect(number: number, close: Close): boolean {
    for (const connection of this.#sessions.keys()) {
      if (connection.number !== number) continue;
      this.#end(connection, close);
      return true;
    }
    return false;
  }

  /** Takes over a socket whose handshake was accepted. */
  connect(socket: ClientSocket, entry: ClientEntry): ClientHandle {
    if (this.#closing) {
      socket.close(CLOSE.shutdown.code, CLOSE.shutdown.reason);
      return { received: () => {}, gone: () => {} };
    }
    if (entry.entitlement !== undefined) return this.#admit(socket, entry, entry.entitlement);
    return this.#awaitToken(socket, entry);
  }

  /** Tells an event to all clients; one that names instruments only to those who are subscribed to one of them. */
  announce(event: ClientEvent): void {
    const keys = keysOf(event);
    for (const [connection, session] of this.#sessions) {
      const instruments = keys?.filter((key) => isConcerned(connection.subscriptions.get(key), event));
      if (instruments?.length === 0) continue;
      session.event(event, instruments);
    }
  }

  /** What waits for clients of some instruments is of before an outage, or of before the market's close. */
  markStale(isStale: (key: InstrumentKey) => boolean): void {
    this.#options.groups.markStale(isStale);
    for (const connection of this.#sessions.keys()) connection.outbox.markStale(isStale);
  }

  /** Closes those whose access token is no longer good, or means something else now. */
  recheck(holds: (entitlement: Entitlement) => boolean): void {
    for (const connection of [...this.#sessions.keys()]) {
      if (!holds(connection.entitlement)) this.#end(connection, CLOSE.tokenChanged);
    }
  }

  /** Closes every connection after a last event; new ones are let in. */
  closeAll(event: ClientEvent, close: Close): void {
    this.announce(event);
    for (const connection of [...this.#sessions.keys()]) this.#end(connection, close);
    for (const pending of [...this.#pending.values()]) pending.close(close);
  }

  /** Tells everyone that the proxy ends, and closes; no one is let in any more. */
  shutdown(): void {
    this.#closing = true;
    this.closeAll({ kind: "shutdown" }, CLOSE.shutdown);
  }

  #awaitToken(socket: ClientSocket, entry: ClientEntry): ClientHandle {
    const { from, opening, authenticate = () => Promise.resolve(undefined) } = entry;
    if (opening.authentication === undefined) {
      socket.close(CLOSE.noToken.code, CLOSE.noToken.reason);
      return { received: () => {}, gone: () => {} };
    }
    const place: { handle?: ClientHandle } = {};
    const pending = awaitAuthentication({
      socket,
      clock: this.#options.clock,
      from,
      authenticate,
      admit: (entitlement) => {
        this.#pending.delete(place);
        place.handle = this.#admit(socket, entry, entitlement);
      },
      ended: () => this.#pending.delete(place),
    }, opening.authentication);
    place.handle = pending;
    this.#pending.set(place, pending);
    return { received: (frame) => place.handle?.received(frame), gone: () => place.handle?.gone() };
  }

  #admit(socket: ClientSocket, entry: ClientEntry, entitlement: Entitlement): ClientHandle {
    const { from, opening, peer = from, protocol = "unknown" } = entry;
    if ("join" in opening) return opening.join(socket, { from, peer, entitlement });
    const { clock, limits, traffic, work } = this.#options;
    const connection = new ClientConnection({
      number: ++this.#connected,
      from,
      peer,
      protocol,
      mayOperate: entitlement.operator ?? entry.isOwner ?? false,
      socket,
      clock,
      traffic,
      delivery: opening.delivery,
      entitlement,
      work: this.#budgets.begin(peer),
      turns: work,
      end: (ending, close) => this.#end(ending, close),
    });
    traffic.connected++;
    log.info("client {number} connected from {from}{token}; {count} connected", {
      number: connection.number,
      from,
      token: entitlement === ANYONE ? "" : ` with the token of ${entitlement.name}`,
      count: this.#sessions.size + 1,
    });
    const session = opening.start(connection);
    this.#sessions.set(connection, session);
    if (limits.firstCommandMs > 0 && !opening.mayBeSilent) {
      connection.closeIfIdle(clock, limits.firstCommandMs, () => connection.close(CLOSE.idle));
    }
    return {
      received(frame) {
        if (!connection.isOpen) return;
        connection.noteActivity();
        session.received(frame);
      },
      gone: () => this.#end(connection),
    };
  }

  /** @param close Undefined when the client closed, or was lost. */
  #end(connection: ClientConnection, close?: Close): void {
    const session = this.#sessions.get(connection);
    if (session === undefined) return;
    this.#sessions.delete(connection);
    this.#budgets.end(connection.peer, connection.work);
    session.ended();
    this.#options.traffic.end(close);
    if (close === undefined) connection.ended();
    else connection.closeSocket(close);
    this.#options.groups.leave(connection);
    log.info("client {number} left{why}; {count} connected", {
      number: connection.number,
      why: close === undefined ? "" : `, closed with ${close.code} "${close.reason}"`,
      count: this.#sessions.size,
    });
  }
}

/** Whether a subscription in a mode, where there is one, shows what an event is about. */
function isConcerned(mode: Mode | undefined, event: ClientEvent): boolean {
  return mode !== undefined && (event.kind !== "price" || isSeenIn(mode, event));
}

function keysOf(event: ClientEvent): readonly InstrumentKey[] | undefined {
  return "keys" in event ? event.keys : undefined;
}
