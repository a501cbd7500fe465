// @ts-check
/** The client for programs: what has to outlive a connection, and who listens. `client.d.ts` says how it is used. */

import { createAccess } from "./access.js";
import { shownAddress } from "./address.js";
import { runtimeClock } from "./clock.js";
import { createConnection } from "./connection.js";
import { Listeners } from "./listeners.js";
import { CommandError, createRequests } from "./requests.js";
import { tellMessage } from "./tell.js";
import { createTickQueue } from "./ticks.js";
import { createWanted, rowsOf } from "./wanted.js";

/** @typedef {import("../client.d.ts").Message} Message */
/** @typedef {import("../client.d.ts").Events} Events */
/** @typedef {import("../client.d.ts").Contract} Contract */
/** @typedef {import("./parts.d.ts").TickQueue} TickQueue */

const TIMEOUT_MS = 10_000;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 30_000;
const GOOD_AFTER_MS = 5_000;

/** Ticks that wait for a reader, before only the latest of each instrument is kept. */
const QUEUE = 10_000;

class Client {
  #connection;
  #requests;
  #access;
  #wanted = createWanted();
  #closed = false;
  #clock;
  /** @type {Contract} */
  #contract;
  /** @type {number | undefined} When the connection was last heard of, until all is subscribed again. */
  #gapFrom;
  /** @type {Set<TickQueue>} */
  #readers = new Set();
  #listeners = new Listeners();

  /** @param {string} url @param {import("../client.d.ts").Options} options */
  constructor(url, options) {
    const { WebSocket = globalThis.WebSocket, encoding, interval, fields, look, clock = runtimeClock } =
      options;
    if (!WebSocket) throw new TypeError("There is no WebSocket here; give one as options.WebSocket");
    this.#contract = { encoding, interval, fields };
    this.#clock = clock;
    this.#access = createAccess({
      token: options.token,
      shown: shownAddress(url),
      failed: (error) => {
        if (this.#closed) return;
        this.#listeners.failed(error);
        this.#end(error);
        this.#connection.close();
      },
      fault: (error) => this.#closed || this.#listeners.failed(error),
    });
    this.#requests = createRequests({
      url,
      timeout: options.timeout ?? TIMEOUT_MS,
      clock,
      isUp: () => this.#connection.up,
      send: (text) => this.#connection.send(text),
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
        up: () => this.#up(),
        down: (stood, { code, reason }) => {
          this.#down(stood);
          this.#access.gone(code, reason);
        },
        link: (state) => {
          if (state.kind !== "lost") return;
          const { code, reason, retryAt } = state;
          this.#listeners.tell("lost", { code, reason, retryAt });
        },
        data: (data) => this.#data(data),
        packets: (packets) => this.#listeners.tell("packets", packets),
        message: (message) => {
          if (this.#requests.settle(message)) return;
          // Their numbers may mean something else by now: asked for again, they would be another contract.
          if (message.type === "system" && (message.status === "expired" || message.status === "replaced")) {
            this.#wanted.forget(message.instruments);
          }
          if (message.type === "chain" && message.status === "ended") {
            this.#wanted.keepChains((id) => id !== message.chain.id);
          }
          tellMessage(message, this.#listeners);
        },
        hole: ({ from, to }) => this.#listeners.tell("gap", { kind: "messages", from, to }),
        fault: (error) => this.#listeners.failed(error),
      },
    });
    const { refused } = this.#connection;
    if (refused) {
      this.close();
      throw refused;
    }
  }

  get wanted() {
    return new Map(this.#wanted.modes);
  }

  /** @param {import("../client.d.ts").SubscribeChoice} choice */
  subscribe(choice) {
    return this.#ask(
      { command: "subscribe", ...choice },
      (answer) => /** @type {import("../client.d.ts").Subscribed} */ ({
        ...answer,
        results: rowsOf(answer, this.#wanted.modes),
      }),
      (answer) => this.#wanted.add(answer, choice),
    );
  }

  /** @param {import("../client.d.ts").Choice & { all?: boolean }} choice */
  unsubscribe(choice) {
    return this.#ask(
      { command: "unsubscribe", ...choice },
      (answer) => answer,
      (answer) => {
        this.#wanted.remove(answer);
        if (choice.all) this.#wanted.keepChains(() => false);
      },
    );
  }

  /** @param {import("../client.d.ts").ChainChoice & { mode?: import("../client.d.ts").Mode }} choice */
  subscribeChain({ mode, ...chain }) {
    return this.#ask(
      { command: "subscribe", chain, mode },
      (answer) => /** @type {import("../client.d.ts").ChainSubscribed} */ (answer),
      (answer) => this.#wanted.addChain(answer, chain),
    );
  }

  /** @param {Omit<import("../client.d.ts").ChainChoice, "strikes">} chain */
  unsubscribeChain(chain) {
    return this.#ask(
      { command: "unsubscribe", chain },
      (answer) => answer,
      ({ unsubscribed }) => this.#wanted.keepChains((id) => !unsubscribed.includes(id)),
    );
  }

  /** @param {Contract} contract */
  configure(contract) {
    return this.#ask(
      { command: "configure", ...contract },
      ({ data }) => /** @type {Contract} */ (data),
      ({ data }) => this.#contract = data,
    );
  }

  /** @param {string} query @param {{ limit?: number, exchange?: string | number }} [options] */
  search(query, options) {
    return this.#ask({ command: "search", query, ...options }, ({ data }) => data);
  }

  /** @param {import("../client.d.ts").CandleQuery} query */
  candles({ progress, signal, ...query }) {
    /** @type {Map<string, import("../client.d.ts").CandleRow>} */
    const rows = new Map();
    /** @param {Message} message */
    const part = ({ type, done, total, data }) => {
      if (type === "progress") return progress?.({ done, total });
      for (const { candles, ...row } of data) {
        const own = rows.get(row.instrument) ?? { ...row, candles: [] };
        rows.set(row.instrument, own);
        own.candles.push(...candles);
      }
    };
    const read = (/** @type {Message} */ { results }) =>
      results.map((/** @type {Message} */ { candles: _, ...row }) => ({
        candles: [],
        ...rows.get(row.instrument),
        ...row,
      }));
    const more = { part, again: () => rows.clear(), ...signal ? { signal } : {} };
    return this.#ask({ command: "candles", ...query }, read, undefined, more);
  }

  status() {
    return this.#ask({ command: "status" }, ({ data }) => data);
  }

  clients() {
    return this.#ask({ command: "clients" }, ({ data }) => data);
  }

  /** @param {number} number */
  disconnectClient(number) {
    // Not sent again on another connection: after a restart the number may be somebody else's.
    return this.#ask({ command: "disconnect", number }, () => {}, undefined, { kept: false });
  }

  /** @param {{ after?: number }} [options] */
  overview({ after } = {}) {
    return this.#ask({ command: "overview", after }, ({ data }) => data);
  }

  listSubscriptions() {
    return this.#ask({ command: "list_subscriptions" }, ({ data }) => data);
  }

  ping() {
    const from = performance.now();
    return this.#ask({ command: "ping", ts: this.#clock.now() }, () => performance.now() - from);
  }

  ticks({ limit = QUEUE } = {}) {
    const queue = createTickQueue({
      limit,
      conflated: (count) => this.#listeners.tell("conflated", { count, by: "reader" }),
      left: (queue) => this.#readers.delete(queue),
    });
    if (this.#closed) queue.end();
    else this.#readers.add(queue);
    return queue;
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(event: Events[Name]) => void} listener
   */
  on(name, listener) {
    return this.#listeners.on(name, listener);
  }

  async close() {
    this.#end();
    await this.#connection.close();
  }

  /** @param {Error} [error] Why, where it was not asked for. */
  #end(error) {
    if (this.#closed) return;
    this.#closed = true;
    this.#requests.close(error);
    for (const reader of this.#readers) reader.end(error);
    this.#listeners.tell("closed", undefined);
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  /**
   * @template Read
   * @param {Message} command
   * @param {(answer: Message) => Read} read What the caller gets of the answer.
   * @param {(answer: Message) => void} [apply]
   * @param {Partial<import("./parts.d.ts").AskOptions>} [more]
   * @returns {Promise<Read>}
   */
  #ask(command, read, apply, more) {
    const answered = this.#requests.ask(command, { apply, kept: true, ...more }).then(read);
    // Whoever does not wait for it is not to be ended by it.
    answered.catch(() => {});
    return answered;
  }

  /** Puts the proxy's new picture of us in order: the contract, what is wanted, then what is not answered yet. */
  #up() {
    this.#access.welcomed();
    const contract = Object.entries(this.#contract).filter(([, value]) =>
      value !== undefined && value !== null
    );
    const own = contract.length === 0 ? [] : [{ command: "configure", ...Object.fromEntries(contract) }];
    const answers = [...own, ...this.#wanted.commands()].map(async (command) => {
      const answer = await this.#requests.ask(command);
      this.#giveUp(this.#wanted.replaced(answer));
      if (answer.status === "partial") throw new CommandError(answer.code, answer.message, answer);
    });
    this.#requests.sendAll();
    Promise.allSettled(answers).then((results) => this.#inOrder(results));
  }

  /** Numbers that came to mean something else while there was no connection. @param {Message[]} changes */
  #giveUp(changes) {
    if (changes.length === 0) return;
    const instruments = changes.map(({ instrument }) => instrument);
    this.#wanted.forget(instruments);
    for (const instrument of instruments) {
      const [exchange, token] = instrument.split(":");
      this.#requests.ask({ command: "unsubscribe", exchange, tokens: [token] }).catch(() => {});
    }
    const names = changes.map(({ from, to }) => `${from} is now ${to}`).join(", ");
    const message = `replaced: ${names}; the subscription has ended`;
    tellMessage({ type: "system", status: "replaced", message, changes, instruments }, this.#listeners);
  }

  /** All is subscribed again, so the gap is over. @param {PromiseSettledResult<void>[]} results */
  #inOrder(results) {
    const errors = results.flatMap((result) => result.status === "rejected" ? [result.reason] : []);
    // Another loss: the gap goes on.
    if (this.#closed || errors.some(({ code }) => code === "lost")) return;
    for (const error of errors) this.#listeners.failed(error);
    if (this.#gapFrom === undefined) return;
    const from = this.#gapFrom;
    this.#gapFrom = undefined;
    this.#listeners.tell("gap", {
      kind: "connection",
      from,
      to: this.#clock.now(),
      instruments: [...this.#wanted.modes.keys()],
    });
  }

  /** @param {import("./parts.d.ts").Stood | undefined} stood */
  #down(stood) {
    if (stood && !this.#wanted.isEmpty()) this.#gapFrom ??= stood.to;
    this.#requests.drop();
  }

  /** @param {import("./parts.d.ts").Data} data */
  #data({ ticks, snapshot, conflated }) {
    if (conflated > 0) this.#listeners.tell("conflated", { count: conflated, by: "proxy" });
    if (snapshot) {
      for (const tick of ticks) tick.snapshot = true;
      this.#listeners.tell("snapshot", ticks);
    }
    for (const tick of ticks) {
      if (!snapshot) this.#listeners.tell("tick", tick);
      for (const reader of this.#readers) reader.push(tick);
    }
  }
}

/** @type {import("./parts.d.ts").Connect} */
export const connect = (url = "ws://localhost:8765", options = {}) => new Client(String(url), options);
