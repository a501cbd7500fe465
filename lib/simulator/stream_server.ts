// @ts-types="npm:@types/ws@8.18.2"
import { WebSocketServer } from "ws";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { MAX_SOCKETS } from "../smartapi/endpoints.ts";
import type { Clock } from "../util/clock.ts";
import type { Account } from "./account.ts";
import type { Faults } from "./faults.ts";
import { faultyRefusal, refusalOfHandshake, refuse, TOO_MANY } from "./handshake.ts";
import type { StreamedMarket } from "./streamed_market.ts";
import type { Records } from "./records.ts";
import { StreamClient } from "./stream_client.ts";

export interface StreamServerParts {
  readonly clock: Clock;
  readonly account: Account;
  readonly market: StreamedMarket;
  readonly records: Records;
  readonly faults: () => Faults;
  /** A fault has had its effect once. */
  readonly used: (fault: "refuseHandshake") => void;
  /** Subscriptions have changed. */
  readonly changed: () => void;
}

/** Takes the handshakes of the stream, and has its sockets. */
export class StreamServer {
  readonly clients = new Set<StreamClient>();
  readonly #parts: StreamServerParts;
  /** When each socket that broke off stops counting. */
  #ghosts: number[] = [];
  /** Call off the handshakes that are being delayed. */
  readonly #disarmDelayed = new Set<() => void>();
  readonly #sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    // Whether a ping is answered is for the faults to say, and the broker speaks no sub-protocol.
    autoPong: false,
    handleProtocols: () => false,
  });

  constructor(parts: StreamServerParts) {
    this.#parts = parts;
  }

  /** Answers a handshake, as the faults want it. */
  upgrade(request: IncomingMessage, connection: Duplex, head: Uint8Array): void {
    const { clock } = this.#parts;
    const faults = this.#parts.faults();
    connection.on("error", () => {});
    if (faults.handshake === "hang") return;
    if (faults.handshake === "garbage") {
      connection.end("SSH-2.0-OpenSSH_9.2\r\n");
      return;
    }
    if (faults.handshakeDelayMs > 0) {
      const disarm = clock.after(faults.handshakeDelayMs, () => {
        this.#disarmDelayed.delete(disarm);
        if (!connection.destroyed) this.#shake(request, connection, head);
      });
      this.#disarmDelayed.add(disarm);
    } else this.#shake(request, connection, head);
  }

  /** Answers no handshake that is delayed. */
  stop(): void {
    for (const disarm of this.#disarmDelayed) disarm();
  }

  #shake(request: IncomingMessage, connection: Duplex, head: Uint8Array): void {
    const { changed, clock, faults, market, records } = this.#parts;
    const refusal = this.#refusal(request);
    records.handshake(refusal?.status ?? 101);
    if (refusal !== undefined) return refuse(connection, refusal);
    this.#sockets.handleUpgrade(request, connection, head as never, (socket) => {
      this.clients.add(
        new StreamClient(socket, connection, {
          clock,
          market,
          faults,
          records,
          changed,
          gone: (client, abrupt) => {
            this.clients.delete(client);
            if (abrupt) this.#ghosts.push(clock.now() + faults().ghostSeconds * 1000);
            changed();
          },
        }),
      );
    });
  }

  #refusal(request: IncomingMessage) {
    const { account, clock, used } = this.#parts;
    const faults = this.#parts.faults();
    if (faults.refuseHandshake !== null) {
      used("refuseHandshake");
      return faultyRefusal(faults.refuseHandshake.status);
    }
    const refusal = refusalOfHandshake(request, account, faults);
    if (refusal !== undefined) return refusal;
    this.#ghosts = this.#ghosts.filter((until) => until > clock.now());
    if (this.clients.size + this.#ghosts.length < MAX_SOCKETS) return undefined;
    if (faults.overLimit === "refuse_newest") return TOO_MANY;
    this.clients.values().next().value?.drop(1000);
    return undefined;
  }
}
