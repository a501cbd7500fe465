import type { Limits } from "../../config/limits.ts";
import type { MarketData } from "../../feed/market_data.ts";
import type { Instruments } from "../../instruments/instrument.ts";
import type { InstrumentKey } from "../../market/market.ts";
import type { Clock } from "../../util/clock.ts";
import type { ClientConnection } from "../client_connection.ts";
import type { ClientEvent } from "../client_event.ts";
import { CLOSE } from "../close_codes.ts";
import type { Delivery } from "../delivery/fanout_group.ts";
import { type Row, selectInPieces, type Watchlist } from "../instrument_selection.ts";
import { systemMessage } from "../json/system_messages.ts";
import { ModePairs } from "../mode_pairs.ts";
import type { ProtocolSession } from "../protocol.ts";
import { type Pieces, RequestQueue } from "../request_queue.ts";
import type { Subscriptions } from "../subscriptions.ts";
import type { WorkQueue } from "../work_queue.ts";
import {
  type Asked,
  authenticated,
  brokerInfo,
  subscribed,
  supportedBrokers,
  unsubscribed,
} from "./answers.ts";
import { isLastWorthSending, isSent, messagesOf, type OpenAlgoEncoders } from "./encoder.ts";
import { type OpenAlgoName } from "./names.ts";
import { type OpenAlgoRequest, readOpenAlgo } from "./request.ts";

export interface OpenAlgoSources {
  readonly clock: Clock;
  readonly marketData: MarketData;
  readonly instruments: Instruments;
  readonly subscriptions: Subscriptions;
  readonly watchlist: Watchlist;
  readonly limits: Limits;
  readonly work: WorkQueue;
}

/** What all sessions share. */
export interface OpenAlgoShared {
  readonly encoders: OpenAlgoEncoders;
  readonly delivery: Delivery;
  /** The name under which an instrument is sent to a client that did not choose another. */
  readonly nameOf: (key: InstrumentKey) => OpenAlgoName;
}

/** Who goes on after so many refused messages does not listen. */
const MAX_REFUSED = 1_000;

/** How long all messages of a client together may be that wait for their turn. */
const MAX_WAITING_LENGTH = 4 * 1024 * 1024;

/** Names that are looked up in a unit of work. */
const NAMES_PER_UNIT = 10;

/** Instruments that are subscribed or given up at a time, and in a unit of work. */
const CHANGED_PER_PIECE = 100;
const CHANGED_PER_UNIT = 4;

type Selection = Extract<OpenAlgoRequest, { readonly action: "subscribe" | "unsubscribe" }>;

/** One client that speaks OpenAlgo's protocol. */
export class OpenAlgoSession implements ProtocolSession {
  readonly #connection: ClientConnection;
  readonly #sources: OpenAlgoSources;
  readonly #shared: OpenAlgoShared;
  readonly #pairs: ModePairs;
  readonly #requests: RequestQueue;
  /** Names that the client has used for instruments, where they are not those that everybody is sent. */
  readonly #names = new Map<InstrumentKey, OpenAlgoName>();

  constructor(connection: ClientConnection, sources: OpenAlgoSources, shared: OpenAlgoShared) {
    this.#connection = connection;
    this.#sources = sources;
    this.#shared = shared;
    const { encoders, delivery, nameOf } = shared;
    const ownName = (key: InstrumentKey) => this.#names.get(key) ?? nameOf(key);
    const lastOf = (modesOf: Parameters<OpenAlgoEncoders["own"]>[0]["modesOf"]) =>
      encoders.own({ id: `${connection.number}`, modesOf, nameOf: ownName });
    const last = lastOf(() => undefined);
    this.#pairs = new ModePairs(connection, sources, {
      shared: delivery,
      own: (modesOf) => ({ encoder: lastOf(modesOf), interval: 0 }),
      needsOwn: () => this.#names.size > 0,
      lastPiece: (tick, mode) =>
        isSent(tick, mode) && isLastWorthSending(sources.marketData.freshness(tick.tick.key, mode))
          ? last.pieceOf(tick, mode)
          : undefined,
      payload: (pieces) => messagesOf(pieces, { snapshot: true }),
    });
    this.#requests = new RequestQueue({
      connection,
      work: sources.work,
      frameBytes: sources.limits.commandBytes,
      waitingLength: MAX_WAITING_LENGTH,
      take: (frame) => this.#take(frame),
    });
  }

  received(frame: string | ArrayBuffer): void {
    this.#requests.add(frame);
  }

  event(event: ClientEvent, instruments?: readonly InstrumentKey[]): void {
    if (event.kind === "expired" || event.kind === "replaced") {
      this.#pairs.end(event);
      for (const key of event.keys) this.#names.delete(key);
    }
    // Its programs have no words for it and pass it over; whoever looks reads the same as on the JSON wire.
    this.#send(systemMessage(event, instruments));
  }

  ended(): void {
    this.#requests.drop();
  }

  /** Follows a message, a long one in pieces. Returns the units of work. */
  #take(frame: string | ArrayBuffer): number | Pieces {
    const connection = this.#connection;
    const request = readOpenAlgo(frame);
    const units = "instruments" in request ? 1 + request.instruments.length / NAMES_PER_UNIT : 1;
    const permitted = connection.takeWork(units);
    if (connection.refused > MAX_REFUSED) {
      connection.close(CLOSE.tooMany);
      return 1;
    }
    if (permitted) return this.#follow(request) ?? units;
    this.#refuse("RATE_LIMITED", "Too many messages; wait a little, and name many symbols in one message");
    return 1;
  }

  /** @returns Work in pieces; undefined where it was done at once. */
  #follow(request: OpenAlgoRequest): Pieces | void {
    switch (request.action) {
      case "authenticate":
        return this.#send(authenticated(this.#connection.entitlement.name));
      case "subscribe":
        return this.#subscribe(request);
      case "unsubscribe":
        return this.#unsubscribe(request);
      case "unsubscribe_all":
        return this.#unsubscribeAll(request.requestId);
      case "ping":
        return this.#send({
          type: "pong",
          status: "success",
          server_timestamp: this.#sources.clock.now(),
          client_timestamp: request.timestamp,
          _pingId: request.pingId,
        });
      case "get_broker_info":
        return this.#send(brokerInfo(this.#connection.entitlement.name));
      case "get_supported_brokers":
        return this.#send(supportedBrokers());
      case "refused":
        return this.#refuse(request.code, request.message);
    }
  }

  *#subscribe(request: Selection): Pieces {
    const asked = yield* this.#look(request);
    for (const { name, row } of asked) if (row.status === "accepted") this.#noteName(row.key, name);
    const rows = new Map<Asked, Row>();
    for (const mode of new Set(asked.map((each) => each.mode))) {
      for (const some of piecesOf(asked.filter((each) => each.mode === mode))) {
        const added = this.#pairs.add(some.map(({ row }) => row), mode);
        for (const [i, each] of some.entries()) rows.set(each, added.rows[i]!);
        yield some.length / CHANGED_PER_UNIT;
      }
    }
    this.#send(subscribed(asked.map((each) => ({ ...each, row: rows.get(each)! })), request.requestId));
    return asked.length / NAMES_PER_UNIT;
  }

  *#unsubscribe(request: Selection): Pieces {
    const asked = yield* this.#look(request);
    return yield* this.#giveUp(asked, request.requestId);
  }

  #unsubscribeAll(requestId: unknown): Pieces {
    const all = [...this.#pairs.keys].flatMap((key): Asked[] => {
      const name = this.#names.get(key) ?? this.#shared.nameOf(key);
      const row: Row = { status: "accepted", key };
      return [...this.#pairs.modesOf(key) ?? []].map((mode) => ({ name, mode, row }));
    });
    return this.#giveUp(all, requestId);
  }

  *#giveUp(asked: readonly Asked[], requestId: unknown): Pieces {
    const successful: object[] = [];
    const failed: object[] = [];
    for (const some of piecesOf(asked)) {
      for (const { name, mode, row } of some) {
        if (row.status === "accepted" && this.#pairs.remove([row.key], mode) > 0) {
          if (this.#pairs.modesOf(row.key) === undefined) this.#names.delete(row.key);
          successful.push({ ...name, status: "success" });
        } else {
          const message = row.status === "refused" ? row.message : "It was not subscribed in this mode";
          failed.push({ ...name, status: "error", message });
        }
      }
      yield some.length / CHANGED_PER_UNIT;
    }
    this.#send(unsubscribed(successful, failed, requestId));
    return asked.length / NAMES_PER_UNIT;
  }

  /** What each instrument of a message leads to, in its order. */
  *#look({ action, instruments: list }: Selection): Generator<number, Asked[]> {
    const { instruments, watchlist } = this.#sources;
    const symbols = list.map(({ symbol, exchange }) => `${exchange}:${symbol}`);
    const held = action === "unsubscribe" ? this.#connection.subscriptions : undefined;
    const rows = yield* selectInPieces({ symbols }, watchlist, instruments, held);
    const byWord = new Map(rows.map((row) => [row.word, row]));
    return list.map(({ mode, ...name }, i) => {
      const word = symbols[i]!;
      return { name, mode, row: byWord.get(word) ?? sameAsBefore(word, rows, instruments) };
    });
  }

  #noteName(key: InstrumentKey, { symbol, exchange }: OpenAlgoName): void {
    const usual = this.#shared.nameOf(key);
    if (usual.symbol === symbol && usual.exchange === exchange) this.#names.delete(key);
    else this.#names.set(key, { symbol, exchange });
  }

  #refuse(code: string, message: string): void {
    this.#send({ status: "error", code, message });
  }

  #send(message: Record<string, unknown>): void {
    this.#connection.send(JSON.stringify(message));
  }
}

function* piecesOf<Each>(all: readonly Each[]): Generator<readonly Each[]> {
  for (let at = 0; at < all.length; at += CHANGED_PER_PIECE) yield all.slice(at, at + CHANGED_PER_PIECE);
}

/** The row of an instrument that the same message names in other words too: a selection has each instrument once. */
function sameAsBefore(word: string, rows: readonly Row[], instruments: Instruments): Row {
  const found = instruments.resolve(word);
  const row = found.kind !== "found"
    ? undefined
    : rows.find((each) => each.status === "accepted" && each.key === found.key);
  return row ?? { status: "refused", word, code: "unknown_instrument", message: "It could not be looked up" };
}
