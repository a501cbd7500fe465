import type { InstrumentKey, Mode } from "../../market/market.ts";
import { istTimestamp } from "../../market/ist.ts";
import { feedReport } from "../../status/proxy_status.ts";
import type { ClientConnection } from "../client_connection.ts";
import type { ClientEvent } from "../client_event.ts";
import type { Row } from "../instrument_selection.ts";
import { subscribedRow } from "../json/rows.ts";
import { systemMessage } from "../json/system_messages.ts";
import type { ProtocolSession } from "../protocol.ts";
import { type EventId, idAt } from "./event_id.ts";
import { eventText } from "./event_stream.ts";
import type { HttpSources } from "./sources.ts";

/** Something is sent at least so often, so that a connection that died is noticed. */
const HEARTBEAT_MS = 15_000;

/** After so long a client whose connection broke comes again. */
const RETRY_MS = 3_000;

export interface EventSessionOptions {
  readonly rows: readonly Row[];
  readonly mode: Mode;
  /** The last event that the client got of an earlier connection. */
  readonly lastEvent: EventId | undefined;
}

/** One event stream: it is subscribed once, at its beginning, and only listens. */
export class EventSession implements ProtocolSession {
  readonly #connection: ClientConnection;
  readonly #sources: HttpSources;
  #disarm = () => {};

  constructor(connection: ClientConnection, options: EventSessionOptions, sources: HttpSources) {
    this.#connection = connection;
    this.#sources = sources;
    const { subscriptions } = sources;
    const results = subscriptions.subscribe(connection, options.rows, options.mode);
    const keys = [...connection.subscriptions.keys()];
    connection.send(`retry: ${RETRY_MS}\n`);
    this.#send("info", this.#welcome(results));
    if (options.lastEvent !== undefined) this.#missed(options.lastEvent, keys);
    subscriptions.sendSnapshot(connection, keys);
    this.#beatLater();
  }

  /** Nothing can be sent over this wire. */
  received(): void {}

  event(event: ClientEvent, instruments?: readonly InstrumentKey[]): void {
    this.#send("system", systemMessage(event, instruments));
    if (event.kind === "up") this.#gap("upstream", event.from, event.to, instruments ?? []);
  }

  ended(): void {
    this.#disarm();
  }

  #welcome(results: readonly Row[]): Record<string, unknown> {
    const { budget, epoch, status } = this.#sources;
    const current = status();
    return {
      type: "info",
      message: "Connected to WebSocket proxy server",
      version: current.version,
      source: current.source,
      epoch,
      ...feedReport(current),
      results: results.map((row) => subscribedRow(row, { ...this.#sources, connection: this.#connection })),
      budget: budget.current(),
    };
  }

  /** What came since an earlier connection is not kept: only that it was not seen can be told. */
  #missed({ epoch, at }: EventId, keys: readonly InstrumentKey[]): void {
    const now = this.#sources.clock.now();
    this.#gap("connection", Math.min(at, now), now, keys, epoch !== this.#sources.epoch);
  }

  #gap(
    kind: "connection" | "upstream",
    from: number,
    to: number,
    instruments: readonly InstrumentKey[],
    restarted?: boolean,
  ): void {
    const message = `What came from ${istTimestamp(from)} to ${istTimestamp(to)} IST was not seen`;
    this.#send("gap", { type: "gap", kind, from, to, restarted, instruments, message });
  }

  #send(name: string, message: Record<string, unknown>): void {
    this.#connection.send(eventText({ name, id: this.#id(), data: JSON.stringify(message) }));
  }

  #id(): string {
    return idAt(this.#sources.epoch, this.#sources.clock.now());
  }

  #beatLater(): void {
    this.#disarm = this.#sources.clock.after(HEARTBEAT_MS, () => {
      // The id is kept without an event: a gap that follows begins here, and not at the last tick.
      this.#connection.send(`: heartbeat\nid: ${this.#id()}\n\n`);
      this.#beatLater();
    });
  }
}
