// @ts-types="npm:@types/ws@8.18.2"
import type { WebSocket } from "ws";
import type { Duplex } from "node:stream";
import type { Clock } from "../clock.ts";
import type { InstrumentKey, Mode } from "../market.ts";
import { PING, PONG } from "../smartapi/request.ts";
import type { Faults, PacketFault } from "./faults.ts";
import { frameOf, joined } from "./frame.ts";
import type { SimulatedMarket } from "./market.ts";
import type { Records } from "./records.ts";
import { spoiltFrames } from "./spoil.ts";
import { Subscriptions } from "./subscriptions.ts";

export interface StreamClientParts {
  readonly clock: Clock;
  readonly market: SimulatedMarket;
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
  readonly #wire: Duplex;
  #packets: Uint8Array[] = [];
  #disarmIdle = () => {};
  /** Call off what is yet to be sent. */
  readonly #disarms = new Set<() => void>();
  #cutByUs = false;
  #muted = false;

  constructor(socket: WebSocket, wire: Duplex, parts: StreamClientParts) {
    this.#socket = socket;
    this.#wire = wire;
    this.#parts = parts;
    parts.records.opened();
    socket.on("message", (data, isBinary) => this.#heard(String(data), isBinary));
    socket.on("error", () => {});
    // The wire's end and not the socket's: only then is the place at the broker free.
    socket.on("close", (code) => {
      this.#disarmAll();
      parts.records.closed();
      parts.gone(this, code === 1006 && !this.#cutByUs);
    });
    this.#armIdle();
  }

  /** Puts a packet into the next write. */
  push(packet: Uint8Array): void {
    const { mute, freeze } = this.#parts.faults();
    if (mute || freeze || this.#muted) return;
    if (this.#wire.writableLength > MAX_WAITING_BYTES) {
      this.#parts.records.dropped++;
      return;
    }
    this.#packets.push(frameOf(2, packet));
  }

  /** Writes what was pushed. */
  flush(): void {
    if (this.#packets.length === 0) return;
    this.#parts.records.packets += this.#packets.length;
    this.#wire.write(joined(this.#packets));
    this.#packets = [];
  }

  /** Sends something that no broker should send. */
  inject(fault: PacketFault): void {
    const { market, clock } = this.#parts;
    // Indices have no circuits and no book to spoil.
    const keys = [...this.subscriptions.all.keys()].filter((key) => market.knows(key));
    const key = keys.find((each) => !each.includes(":999")) ?? keys[0];
    if (key !== undefined) this.#wire.write(joined(spoiltFrames(fault, key, market, clock.now())));
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
  drop(code?: number): void {
    this.#cutByUs = true;
    this.#disarmAll();
    if (code === undefined) this.#wire.destroy();
    else this.#socket.close(code);
  }

  #heard(text: string, isBinary: boolean): void {
    const { faults, records } = this.#parts;
    this.#armIdle();
    if (isBinary) return;
    if (text === PING) {
      records.pings++;
      const { silentPong, freeze } = faults();
      if (!silentPong && !freeze) this.#socket.send(PONG);
      return;
    }
    records.request(text);
    const outcome = this.subscriptions.obey(text, faults());
    if (outcome.kind === "error" && !faults().freeze) this.#socket.send(outcome.frame);
    if (outcome.kind === "added") this.#sendSnapshots(outcome.pairs);
    this.#parts.changed();
  }

  #sendSnapshots(pairs: readonly (readonly [InstrumentKey, Mode])[]): void {
    const { clock, market, faults } = this.#parts;
    const disarm = clock.after(SNAPSHOT_AFTER_MS, () => {
      this.#disarms.delete(disarm);
      for (const [key, mode] of pairs) {
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

  #armIdle(): void {
    this.#disarmIdle();
    const { idleSeconds } = this.#parts.faults();
    if (idleSeconds > 0) this.#disarmIdle = this.#parts.clock.after(idleSeconds * 1000, () => this.drop());
  }
}
