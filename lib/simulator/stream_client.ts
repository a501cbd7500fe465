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
import { faultyFrames } from "./faulty_frames.ts";
import type { WireMode } from "../smartapi/request_reader.ts";
import { SocketSubscriptions } from "./socket_subscriptions.ts";

export interface StreamClientParts {
  readonly clock: Clock;
  readonly market: StreamedMarket;
  readonly faults: () => Faults;
  readonly records: Records;
  /** Called when its subscriptions may have changed. */
  readonly changed: () => void;
  /** Called when the socket is closed; `abrupt` when the client did not send a close frame. */
  readonly gone: (client: StreamClient, abrupt: boolean) => void;
}

/** Bytes that wait for a slow reader; packets beyond them are dropped. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** The first packet of a new subscription is sent after this. */
const SNAPSHOT_AFTER_MS = 20;

/** One open socket of the simulated stream. */
export class StreamClient {
  readonly subscriptions = new SocketSubscriptions();
  readonly #parts: StreamClientParts;
  readonly #socket: WebSocket;
  /** The connection under the socket, for writes of many frames at once. */
  readonly #connection: Duplex;
  #packets: Uint8Array[] = [];
  #disarmIdle = () => {};
  /** Cancel the timers of what is still to be sent. */
  readonly #disarms = new Set<() => void>();
  #closedByUs = false;
  #ticksStopped = false;

  constructor(socket: WebSocket, connection: Duplex, parts: StreamClientParts) {
    this.#socket = socket;
    this.#connection = connection;
    this.#parts = parts;
    parts.records.opened();
    socket.on("message", (data, isBinary) => this.#onMessage(String(data), isBinary));
    // Not all clients send the text: the broker's Python and Java SDKs know only these frames.
    socket.on("ping", (payload) => this.#onPing(() => this.#socket.pong(payload)));
    socket.on("pong", () => this.armIdle());
    socket.on("error", () => {});
    // The end of the TCP connection, not the close frame: only then does the broker count one socket less.
    socket.on("close", (code) => {
      this.#disarmAll();
      parts.records.closed();
      parts.gone(this, code === 1006 && !this.#closedByUs);
    });
    this.armIdle();
  }

  /** False once a close frame was sent or received: nothing may follow it. */
  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Adds a packet to the next write. */
  push(packet: Uint8Array): void {
    const { mute, freeze } = this.#parts.faults();
    if (mute || freeze || this.#ticksStopped || !this.#isOpen) return;
    if (this.#connection.writableLength > MAX_WAITING_BYTES) {
      this.#parts.records.dropped++;
      return;
    }
    this.#packets.push(frameOf(2, packet));
  }

  /** Writes the packets that were pushed, all in one write. */
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
    // Not an index if possible: indices have no circuits and no order book to falsify.
    const keys = [...this.subscriptions.all.keys()].filter((key) =>
      market.peek(key, clock.now()) !== undefined
    );
    const key = keys.find((each) => !each.includes(":999")) ?? keys[0];
    if (key !== undefined) this.#connection.write(joined(faultyFrames(fault, key, market, clock.now())));
  }

  /** Sends raw bytes or text in a frame of their own. */
  send(data: Uint8Array | string): void {
    this.#socket.send(data);
  }

  /** Sends no more ticks on this socket: what users report of sockets that stay open over midnight. */
  stopTicks(): void {
    this.#ticksStopped = true;
  }

  /** Ends the connection: with a close frame where there is a code, else without. */
  drop(code?: number, reason?: string): void {
    this.#closedByUs = true;
    this.#disarmAll();
    if (code === undefined) this.#connection.destroy();
    else this.#socket.close(code, reason);
  }

  #onMessage(text: string, isBinary: boolean): void {
    const { faults, records } = this.#parts;
    if (!isBinary && text === PING) return this.#onPing(() => this.#socket.send(PONG));
    this.armIdle();
    if (isBinary) return;
    records.request(text);
    const result = this.subscriptions.apply(text, faults());
    if (result.kind === "error" && !faults().freeze) this.#socket.send(result.frame);
    if (result.kind === "added") this.#sendSnapshots(result.subscriptions);
    this.#parts.changed();
  }

  #onPing(answer: () => void): void {
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

  /** Restarts the idle timeout. */
  armIdle(): void {
    this.#disarmIdle();
    const { idleSeconds } = this.#parts.faults();
    if (idleSeconds > 0 && this.#isOpen) {
      this.#disarmIdle = this.#parts.clock.after(idleSeconds * 1000, () => this.drop());
    }
  }
}
