import type { MarketData } from "../../feed/market_data.ts";
import type { Instruments } from "../../instruments/instrument.ts";
import type { Limits } from "../../config/limits.ts";
import type { InstrumentKey, Mode } from "../../market/market.ts";
import { PING, PONG } from "../../smartapi/request.ts";
import {
  BAD_PAYLOAD,
  errorFrame,
  OVER_LIMIT,
  readInPieces,
  type Request,
} from "../../smartapi/request_reader.ts";
import type { ClientConnection } from "../client_connection.ts";
import type { ClientEvent } from "../client_event.ts";
import { CLOSE } from "../close_codes.ts";
import { ModePairs } from "../mode_pairs.ts";
import type { Handshake, Opening, Protocol, ProtocolSession } from "../protocol.ts";
import { type Pieces, RequestQueue } from "../request_queue.ts";
import type { Subscriptions } from "../subscriptions.ts";
import type { WorkQueue } from "../work_queue.ts";
import { framesOf, packetEncoder, packetFor } from "./encoder.ts";

export interface SmartStreamOptions {
  readonly marketData: MarketData;
  readonly instruments: Instruments;
  readonly subscriptions: Subscriptions;
  readonly limits: Limits;
  readonly work: WorkQueue;
  /**
   * Closes the sockets of those whose feed goes down: this wire has no words for it, but its clients know what a
   * closed socket means.
   */
  readonly closeWhenDown?: boolean;
}

/** Who goes on after so many refused requests does not listen. */
const MAX_REFUSED = 1_000;

/** How long all requests of a client together may be that wait for their turn: a Java client sends 10 MB at once. */
const MAX_WAITING_LENGTH = 32 * 1024 * 1024;

/** Tokens that are looked at in a unit of work. */
const TOKENS_PER_UNIT = 25;

/** Pairs that are added or taken away in one. */
const CHANGES_PER_UNIT = 4;

/** Tokens of one request that are followed at a time. */
const TOKENS_PER_PIECE = 250;

const SHARED = { encoder: packetEncoder("shared"), interval: 0 } as const;

/**
 * The broker's wire, for programs that were written for it: requests as it takes them, its own packets as it sends
 * them, one in each frame.
 *
 * Source: SmartAPI documentation, "WebSocket Streaming 2.0".
 */
export function createSmartStreamProtocol(options: SmartStreamOptions): Protocol {
  return {
    name: "smart_stream",
    paths: ["/smart-stream"],
    open: (): Opening => ({
      delivery: SHARED,
      mayBeSilent: true,
      start: (connection) => new SmartStreamSession(connection, options),
    }),
    tokenOf,
    refusalHeaders: (status) => ({
      "x-error-message": status === 401
        ? "Invalid Header - Invalid Feed Token"
        : "Invalid Request. Connection Limit Exceeded.",
    }),
  };
}

/** The access token: where the broker has its feed token, else its JWT, else its API key. */
function tokenOf({ headers, query }: Handshake): string | undefined {
  const authorization = headers.get("authorization")?.replace(/^Bearer +/i, "").trim();
  return headers.get("x-feed-token") || query.get("feedToken") || authorization || headers.get("x-api-key") ||
    query.get("apiKey") || query.get("token") || undefined;
}

/** A request that can be followed. */
type Followed = Extract<Request, { readonly action: 0 | 1 }> & { readonly mode: Mode };

interface Subscribed {
  /** Pairs that are new. */
  readonly changed: number;
  /** Why others are refused. */
  readonly problem?: typeof BAD_PAYLOAD | typeof OVER_LIMIT;
}

class SmartStreamSession implements ProtocolSession {
  readonly #connection: ClientConnection;
  readonly #options: SmartStreamOptions;
  readonly #pairs: ModePairs;
  readonly #requests: RequestQueue;
  /**
   * The last request, where it is a subscription of which nothing was refused: the Java SDK sends its whole list once for
   * each token of it.
   *
   * @property list The list of instruments by which the rest was passed over.
   */
  #fulfilled: { readonly frame: string; readonly list: string } | undefined;

  constructor(connection: ClientConnection, options: SmartStreamOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#pairs = new ModePairs(connection, options, {
      shared: SHARED,
      own: (modesOf) => ({ encoder: packetEncoder(`${connection.number}`, modesOf), interval: 0 }),
      lastPiece: packetFor,
      payload: (pieces) => framesOf(pieces as readonly Uint8Array<ArrayBuffer>[]),
    });
    this.#requests = new RequestQueue({
      connection,
      work: options.work,
      frameBytes: options.limits.commandBytes,
      waitingLength: MAX_WAITING_LENGTH,
      take: (frame) => this.#take(frame),
      isIdle: (frame) => this.#isFulfilled(frame),
    });
  }

  received(frame: string | ArrayBuffer): void {
    this.#requests.add(frame);
  }

  event(event: ClientEvent, instruments?: readonly InstrumentKey[]): void {
    this.#fulfilled = undefined;
    if (event.kind === "expired" || event.kind === "replaced") return this.#pairs.end(event);
    if (event.kind !== "down" || !this.#options.closeWhenDown || !instruments?.length) return;
    this.#connection.close(CLOSE.feedDown);
  }

  ended(): void {
    this.#requests.drop();
  }

  /** Follows a request, a long one in pieces. Returns the units of work. */
  #take(frame: string | ArrayBuffer): number | Pieces {
    const connection = this.#connection;
    const permitted = connection.takeWork(1);
    if (connection.refused > MAX_REFUSED) {
      connection.close(CLOSE.tooMany);
      return 1;
    }
    if (frame === PING) {
      if (permitted) connection.send(PONG);
      return 1;
    }
    this.#fulfilled = undefined;
    if (!permitted) {
      connection.send(errorFrame(OVER_LIMIT));
      return 1;
    }
    if (typeof frame === "string") return this.#readAndFollow(frame);
    connection.send(errorFrame(BAD_PAYLOAD));
    return 1;
  }

  /** Nothing of a request is followed before all of it is read: one bad token refuses the whole. */
  *#readAndFollow(frame: string): Pieces {
    const reading = readInPieces(frame, { lenient: true });
    let step = reading.next();
    for (; !step.done; step = reading.next()) yield 1 + step.value / TOKENS_PER_UNIT;
    const request = step.value;
    if (request.problem === undefined && request.mode !== "depth20") {
      return yield* this.#follow({ ...request, mode: request.mode }, frame);
    }
    this.#connection.send(errorFrame(BAD_PAYLOAD, request.correlationId));
    return 1;
  }

  /** The one thing that this wire tells of those that are refused is an error, once for each request. */
  *#follow({ action, keys, mode, correlationId }: Followed, frame: string): Pieces {
    const list = this.#list();
    let told = false;
    for (let at = 0;; at += TOKENS_PER_PIECE) {
      const some = keys.slice(at, at + TOKENS_PER_PIECE);
      const { changed, problem } = action === 1
        ? this.#subscribe(some, mode)
        : { changed: this.#pairs.remove(some, mode) };
      if (problem !== undefined && !told) this.#connection.send(errorFrame(problem, correlationId));
      told ||= problem !== undefined;
      const units = 1 + some.length / TOKENS_PER_UNIT + changed / CHANGES_PER_UNIT;
      if (at + TOKENS_PER_PIECE < keys.length) {
        yield units;
        continue;
      }
      if (action === 1 && !told) this.#fulfilled = { frame, list };
      return units;
    }
  }

  /** Whether a request asks again for what was given just now. */
  #isFulfilled(frame: string | ArrayBuffer): boolean {
    return frame === this.#fulfilled?.frame && this.#fulfilled.list === this.#list();
  }

  /** Names the list of instruments: what cannot tick by one may tick by another, or when one is too old to tell. */
  #list(): string {
    const { instruments } = this.#options;
    return `${instruments.status().asOf} ${instruments.complete}`;
  }

  /** Answers how many pairs are new, and why others are refused. */
  #subscribe(keys: readonly InstrumentKey[], mode: Mode): Subscribed {
    // The broker is silent about tokens that do not exist, and about those of expired contracts.
    const wanted = keys.filter((key) => this.#options.instruments.mayTick(key));
    const { rows, changed } = this.#pairs.add(wanted.map((key) => ({ status: "accepted", key })), mode);
    const refused = rows.find((row) => row.status === "refused");
    if (refused?.status !== "refused") return { changed };
    return { changed, problem: refused.code === "not_allowed" ? BAD_PAYLOAD : OVER_LIMIT };
  }
}
