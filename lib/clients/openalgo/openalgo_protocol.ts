import type { InstrumentKey } from "../../market/market.ts";
import type { ClientConnection } from "../client_connection.ts";
import type { ClientEvent } from "../client_event.ts";
import type { AuthenticationRequest } from "../pending_authentication.ts";
import type { Opening, Protocol, ProtocolSession } from "../protocol.ts";
import { authenticated } from "./answers.ts";
import { OpenAlgoEncoders } from "./encoder.ts";
import { nameIn } from "./names.ts";
import { OpenAlgoSession, type OpenAlgoShared, type OpenAlgoSources } from "./openalgo_session.ts";
import { isOpenAlgo, readOpenAlgo } from "./request.ts";

/** A wire that speaks OpenAlgo's protocol with those who begin with it. */
export interface OpenAlgoProtocols {
  /** OpenAlgo's protocol alone: for programs that take the first message for the answer to theirs. */
  readonly alone: Protocol;
  /** Another wire, and OpenAlgo's protocol with who begins with a message of it. */
  beside(other: Protocol): Protocol;
}

/**
 * OpenAlgo's protocol, for programs that were written for it: it is on the addresses of our own wire, since its programs
 * connect to `ws://127.0.0.1:8765`, and on one of its own.
 */
export function createOpenAlgoProtocols(sources: OpenAlgoSources): OpenAlgoProtocols {
  const { instruments, subscriptions } = sources;
  const nameOf = (key: InstrumentKey) => nameIn(instruments, key);
  const encoders = new OpenAlgoEncoders(nameOf);
  const shared: OpenAlgoShared = { encoders, delivery: { encoder: encoders.shared, interval: 0 }, nameOf };
  const start = (connection: ClientConnection) => new OpenAlgoSession(connection, sources, shared);

  return {
    alone: {
      name: "openalgo",
      paths: ["/openalgo"],
      open: () => ({
        delivery: shared.delivery,
        start,
        authentication: { read: readToken },
      }),
    },
    beside: (other) => ({
      ...other,
      open(handshake) {
        const opening = other.open(handshake);
        return typeof opening === "string" || "join" in opening ? opening : besides(opening);
      },
    }),
  };

  function besides(opening: Opening): Opening {
    const words = opening.authentication;
    return {
      ...opening,
      ...words === undefined ? {} : {
        authentication: { ...words, read: (text: string) => words.read(text) ?? readToken(text) },
      },
      start: (connection) =>
        new EitherSession(opening.start(connection), () => {
          connection.outbox.setEncoder(shared.delivery.encoder);
          subscriptions.setDelivery(connection, shared.delivery);
          return start(connection);
        }),
    };
  }
}

/** A first message that brings an access token in OpenAlgo's words. */
function readToken(text: string): AuthenticationRequest | undefined {
  const request = readOpenAlgo(text);
  if (request.action !== "authenticate") return undefined;
  return {
    token: request.apiKey,
    welcome: ({ name }) => JSON.stringify(authenticated(name)),
    refusal: JSON.stringify({ status: "error", code: "AUTHENTICATION_ERROR", message: "Invalid API key" }),
  };
}

/** A conversation that is one thing or the other from its first message on. */
class EitherSession implements ProtocolSession {
  #session: ProtocolSession;
  #decided = false;

  constructor(first: ProtocolSession, private readonly openAlgo: () => ProtocolSession) {
    this.#session = first;
  }

  received(frame: string | ArrayBuffer): void {
    if (!this.#decided) {
      this.#decided = true;
      if (isOpenAlgo(frame)) {
        this.#session.ended();
        this.#session = this.openAlgo();
      }
    }
    this.#session.received(frame);
  }

  event(event: ClientEvent, instruments?: readonly InstrumentKey[]): void {
    this.#session.event(event, instruments);
  }

  ended(): void {
    this.#session.ended();
  }
}
