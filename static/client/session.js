// @ts-check
/** What a client keeps while connections come and go, joined. */

import { createAccess } from "./access.js";
import { shownAddress, tokenInAddress } from "./address.js";
import { runtimeClock } from "./clock.js";
import { createConnection } from "./connection.js";
import { Listeners } from "./listeners.js";
import { createRequests } from "./requests.js";
import { Resubscription } from "./resubscription.js";
import { tellMessage } from "./tell.js";
import { TickReaders } from "./tick_readers.js";
import { createWanted } from "./wanted.js";

const TIMEOUT_MS = 10_000;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 30_000;
const GOOD_AFTER_MS = 5_000;

export class ClientSession {
  wanted = createWanted();
  listeners = new Listeners();
  readers = new TickReaders((count) => this.listeners.tell("conflated", { count, by: "reader" }));
  requests;
  resubscription;
  #connection;
  #access;
  #closed = false;

  /** @param {string} address @param {import("../client.d.ts").Options} options */
  constructor(address, options) {
    const { WebSocket = globalThis.WebSocket, encoding, interval, fields, look, clock = runtimeClock } =
      options;
    if (!WebSocket) throw new TypeError("There is no WebSocket here; give one as options.WebSocket");
    const { url, token } = tokenInAddress(address);
    this.#access = createAccess({
      token: options.token === undefined ? token : options.token,
      shown: shownAddress(url),
      failed: (error) => {
        if (this.#closed) return;
        this.listeners.failed(error);
        this.#end(error);
        this.#connection.close();
      },
      fault: (error) => this.#closed || this.listeners.failed(error),
    });
    this.requests = createRequests({
      url,
      timeout: options.timeout ?? TIMEOUT_MS,
      clock,
      isUp: () => this.#connection.up,
      send: (text) => this.#connection.send(text),
    });
    this.resubscription = new Resubscription({
      requests: this.requests,
      wanted: this.wanted,
      listeners: this.listeners,
      clock,
      contract: { encoding, interval, fields },
    });
    this.#connection = createConnection({
      url,
      WebSocket,
      retryBase: options.retryBase ?? RETRY_BASE_MS,
      retryCap: options.retryCap ?? RETRY_CAP_MS,
      goodAfter: GOOD_AFTER_MS,
      look,
      clock,
      random: options.random ?? Math.random,
      on: {
        asked: (answer) => this.#access.asked(answer),
        up: () => {
          this.#access.welcomed();
          this.resubscription.up();
        },
        down: (stood, { code, reason }) => {
          this.resubscription.down(stood);
          this.#access.gone(code, reason);
        },
        link: (state) => {
          if (state.kind !== "lost") return;
          const { code, reason, retryAt } = state;
          this.listeners.tell("lost", { code, reason, retryAt });
        },
        data: (data) => this.#data(data),
        packets: (packets) => this.listeners.tell("packets", packets),
        message: (message) => {
          if (this.requests.settle(message)) return;
          // Their numbers may mean something else by now: asked for again, they would be another contract.
          if (message.type === "system" && (message.status === "expired" || message.status === "replaced")) {
            this.wanted.forget(message.instruments);
          }
          if (message.type === "chain" && message.status === "ended") {
            this.wanted.keepChains((id) => id !== message.chain.id);
          }
          tellMessage(message, this.listeners);
        },
        hole: ({ from, to }) => this.listeners.tell("gap", { kind: "messages", from, to }),
        fault: (error) => this.listeners.failed(error),
      },
    });
    const { refused } = this.#connection;
    if (refused) {
      this.close();
      throw refused;
    }
  }

  async close() {
    this.#end();
    await this.#connection.close();
  }

  /** @param {Error} [error] Why, where it was not asked for. */
  #end(error) {
    if (this.#closed) return;
    this.#closed = true;
    this.requests.close(error);
    this.resubscription.stop();
    this.readers.end(error);
    this.listeners.tell("closed", undefined);
  }

  /** @param {import("./parts.d.ts").Data} data */
  #data({ ticks, snapshot, conflated }) {
    if (conflated > 0) this.listeners.tell("conflated", { count: conflated, by: "proxy" });
    if (snapshot) {
      for (const tick of ticks) tick.snapshot = true;
      this.listeners.tell("snapshot", ticks);
    }
    for (const tick of ticks) {
      if (!snapshot) this.listeners.tell("tick", tick);
      this.readers.push(tick);
    }
  }
}
