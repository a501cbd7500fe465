// @ts-types="npm:@types/ws@8.18.2"
import type { WebSocket } from "ws";
import type { Duplex } from "node:stream";
import type { Clock } from "../util/clock.ts";
import type { InstrumentKey } from "../market/market.ts";
import { PING, PONG } from "../smartapi/request.ts";
import type { Faults, PacketFault } from "./faults.ts";
import { joined } from "../util/joined.ts";
import { frameOf } from "./frame.ts";
import type { StreamedMarket } from "./streamed_market.ts";
import type { Records } from "./records.ts";
import { spoiltFrames } from "./spoil.ts";
import type { WireMode } from "../smartapi/request_reader.ts";
import { Subscriptions } from "./subscriptions.ts";

export interface StreamClientParts {
  readonly clock: Clock;
  readonly market: StreamedMarket;
  readonly faults: () => Faults;
  readonly records: Records;
  /** What it has subscribed has changed. */
  readonly changed: () => void;
  /** The socket is gone; `abrupt` when the client broke off without a closing handshake. */
  readonly gone: (client: StreamClient, abrupt: boolean) => void;
}

/** A reader who does not read costs packets from here on, in bytes that wait for it. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** A new subscription is answered with a first packet after this. */
const SNAPSHOT_AFTER_MS = 20;

/** One open socket of the simulated stream. */
export class StreamClient {
  readonly subscriptions = new Subscriptions();
  readonly #parts: StreamClientParts;
  readonly #socket: WebSocket;
  /** The connection under the socket, for writes of many frames at once. */
  readonly #connection: Duplex;
  #packets: Uint8Array[] = [];
  #disarmIdle = () => {};
  /** Call off what is yet to be sent. */
  readonly #disarms = new Set<() => void>();
  #cutByUs = false;
  #muted = false;

  constructor(socket: WebSocket, connection: Duplex, parts: StreamClientParts) {
    this.#socket = socket;
    this.#connection = connection;
    this.#parts = parts;
    parts.records.opened();
    socket.on("message", (data, isBinary) => this.#heard(String(data), isBinary));
    // Not all clients send the text: the broker's Python and Java SDKs know only these frames.
    socket.on("ping", (payload) => this.#pinged(() => this.#socket.pong(payload)));
    socket.on("pong", () => this.armIdle());
    socket.on("error", () => {});
    // The connection's end and not the socket's: only then is the place at the broker free.
    socket.on("close", (code) => {
      this.#disarmAll();
      parts.records.closed();
      parts.gone(this, code === 1006 && !this.#cutByUs);
    });
    this.armIdle();
  }

  /** Not so any more when a close frame has gone either way: nothing may follow it. */
  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Puts a packet into the next write. */
  push(packet: Uint8Array): void {
    const { mute, freeze } = this.#parts.faults();
    if (mute || freeze || this.#muted || !this.#isOpen) return;
    if (this.#connection.writableLength > MAX_WAITING_BYTES) {
      this.#parts.records.dropped++;
      return;
    }
    this.#packets.push(frameOf(2, packet));
  }

  /** Writes what was pushed. */
  flush(): void {
    if (this.#packets.length === 0) return;
    if (!this.#isOpen) {
      this.#packets = [];
      return;
    }
    this.#parts.records.packets += this.#packets.length;
    this.#connection.write(joined(this.#packets));
    this.#packets = [];
  }

  /** Sends something that no broker should send. */
  inject(fault: PacketFault): void {
    const { market, clock, records } = this.#parts;
    if (!this.#isOpen) return;
    if (this.#connection.writableLength > MAX_WAITING_BYTES) {
      records.dropped++;
      return;
    }
    // Indices have no circuits and no book to spoil.
    const keys = [...this.subscriptions.all.keys()].filter((key) =>
      market.peek(key, clock.now()) !== undefined
    );
    const key = keys.find((each) => !each.includes(":999")) ?? keys[0];
    if (key !== undefined) this.#connection.write(joined(spoiltFrames(fault, key, market, clock.now())));
  }

  /** Sends raw bytes or text in a frame of their own. */
  send(data: Uint8Array | string): void {
    this.#socket.send(data);
  }

  /** No more ticks on this socket, for good: what some see the morning after. */
  muteForGood(): void {
    this.#muted = true;
  }

  /** Ends the connection: without a word, or with a close code. */
  drop(code?: number, reason?: string): void {
    this.#cutByUs = true;
    this.#disarmAll();
    if (code === undefined) this.#connection.destroy();
    else this.#socket.close(code, reason);
  }

  #heard(text: string, isBinary: boolean): void {
    const { faults, records } = this.#parts;
    if (!isBinary && text === PING) return this.#pinged(() => this.#socket.send(PONG));
    this.armIdle();
    if (isBinary) return;
    records.request(text);
    const outcome = this.subscriptions.obey(text, faults());
    if (outcome.kind === "error" && !faults().freeze) this.#socket.send(outcome.frame);
    if (outcome.kind === "added") this.#sendSnapshots(outcome.subscriptions);
    this.#parts.changed();
  }

  #pinged(answer: () => void): void {
    const { faults, records } = this.#parts;
    this.armIdle();
    records.pings++;
    const { silentPong, freeze } = faults();
    if (!silentPong && !freeze && this.#isOpen) answer();
  }

  #sendSnapshots(subscriptions: readonly (readonly [InstrumentKey, WireMode])[]): void {
    const { clock, market, faults } = this.#parts;
    const disarm = clock.after(SNAPSHOT_AFTER_MS, () => {
      this.#disarms.delete(disarm);
      for (const [key, mode] of subscriptions) {
        if (!this.subscriptions.all.get(key)?.has(mode)) continue;
        const packet = market.packet(key, mode, clock.now(), faults().session === "closed");
        if (packet !== undefined) this.push(packet);
      }
      this.flush();
    });
    this.#disarms.add(disarm);
  }

  #disarmAll(): void {
    this.#disarmIdle();
    for (const disarm of this.#disarms) disarm();
    this.#disarms.clear();
  }

  /** Begins the wait for a sign of life anew. */
  armIdle(): void {
    this.#disarmIdle();
    const { idleSeconds } = this.#parts.faults();
    if (idleSeconds > 0 && this.#isOpen) {
      this.#disarmIdle = this.#parts.clock.after(idleSeconds * 1000, () => this.drop());
    }
  }
}
