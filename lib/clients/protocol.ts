import type { Entitlement } from "../access/entitlement.ts";
import type { InstrumentKey } from "../market/market.ts";
import type { ClientConnection } from "./client_connection.ts";
import type { ClientEvent } from "./client_event.ts";
import type { Delivery } from "./delivery/fanout_group.ts";
import type { ClientSocket } from "./delivery/outbox.ts";
import type { AuthenticationWords } from "./pending_authentication.ts";

/** How a client speaks: chosen by the path it connects to. */
export interface Protocol {
  /** For the log and for counting. */
  readonly name: string;
  readonly paths: readonly string[];
  /**
   * Reads what a handshake asks for.
   *
   * @returns A sentence about what is wrong with it, where something is.
   */
  open(handshake: Handshake): Opening | Passage | string;
  /** Where the handshake has its access token, if not where our own wire has it. */
  readonly tokenOf?: (handshake: Handshake) => string | undefined;
  /** What the clients of this wire read in a refusal, beside its text. */
  readonly refusalHeaders?: (status: number) => Record<string, string>;
}

export interface Handshake {
  readonly query: URLSearchParams;
  readonly headers: Headers;
}

/** How a client may show its token. */
interface Entrance {
  /** How an access token comes in the first message; undefined where the wire has no words for that. */
  readonly authentication?: AuthenticationWords;
}

/** A client that goes on elsewhere once it has been let in: to a replay, which has clients and market data of its own. */
export interface Passage extends Entrance {
  join(socket: ClientSocket, client: AdmittedClient): ClientHandle;
}

/** A client as its handshake describes it. */
export interface Opening extends Entrance {
  /** What it is delivered until it asks for something else. */
  readonly delivery: Delivery;
  /** The client was let in. */
  start(connection: ClientConnection): ProtocolSession;
  /** It need not send anything, ever: pings of the WebSocket, which nobody sees, may be all it sends. */
  readonly mayBeSilent?: boolean;
}

/** Who was let in. */
export interface AdmittedClient {
  /** Its address, for the log. */
  readonly from: string;
  /** Whose limits count; see `server/address.ts`. */
  readonly peer: string;
  readonly entitlement: Entitlement;
}

/** One client's conversation. */
export interface ProtocolSession {
  /** What the client sent; it never throws. */
  received(frame: string | ArrayBuffer): void;
  /** @param instruments Those of the event's instruments that the client is subscribed to, where it names any. */
  event(event: ClientEvent, instruments?: readonly InstrumentKey[]): void;
  /** The connection is closed, by whomever; nothing is sent any more. */
  ended(): void;
}

/** How a client came in. */
export interface ClientEntry {
  /** The name of the wire it speaks, where it has one. */
  readonly protocol?: string;
  /** It is on this machine, where no token is needed: it may do what only a token's right permits elsewhere. */
  readonly isOwner?: boolean;
  /** Its address, for the log. */
  readonly from: string;
  /** Whose limits count, its address by default; see `server/address.ts`. */
  readonly peer?: string;
  readonly opening: Opening | Passage;
  /** What it may do; without one it has to bring an access token before anything else. */
  readonly entitlement?: Entitlement;
  /** What an access token permits; undefined, after a while, when it is not good. */
  readonly authenticate?: (token: string) => Promise<Entitlement | undefined>;
}

/** One connected client, as its socket's owner drives it. */
export interface ClientHandle {
  received(frame: string | ArrayBuffer): void;
  /** The socket is gone. */
  gone(): void;
}

export type { ClientSocket };
