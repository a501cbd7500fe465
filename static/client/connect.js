// @ts-check
/** The client for programs: what they can call. `client.d.ts` says how it is used. */

import { candleAnswer } from "./candles.js";
import { runtimeClock } from "./clock.js";
import { ClientSession } from "./session.js";
import { rowsOf } from "./wanted.js";

/** @typedef {import("../client.d.ts").Message} Message */
/** @typedef {import("../client.d.ts").Events} Events */
/** @typedef {import("../client.d.ts").Contract} Contract */

/** Ticks that wait for a reader, before only the latest of each instrument is kept. */
const QUEUE = 10_000;

class Client {
  #session;
  #clock;

  /** @param {string} url @param {import("../client.d.ts").Options} options */
  constructor(url, options) {
    this.#clock = options.clock ?? runtimeClock;
    this.#session = new ClientSession(url, options);
  }

  get wanted() {
    return new Map(this.#session.wanted.modes);
  }

  /** @param {import("../client.d.ts").SubscribeChoice} choice */
  subscribe(choice) {
    return this.#ask(
      { command: "subscribe", ...choice },
      (answer) => /** @type {import("../client.d.ts").Subscribed} */ ({
        ...answer,
        results: rowsOf(answer, this.#session.wanted.modes),
      }),
      (answer) => this.#session.wanted.add(answer, choice),
    );
  }

  /** @param {import("../client.d.ts").Choice & { all?: boolean }} choice */
  unsubscribe(choice) {
    return this.#ask(
      { command: "unsubscribe", ...choice },
      (answer) => answer,
      (answer) => {
        this.#session.wanted.remove(answer);
        if (choice.all) this.#session.wanted.keepChains(() => false);
      },
    );
  }

  /** @param {import("../client.d.ts").ChainChoice & { mode?: import("../client.d.ts").Mode }} choice */
  subscribeChain({ mode, ...chain }) {
    return this.#ask(
      { command: "subscribe", chain, mode },
      (answer) => /** @type {import("../client.d.ts").ChainSubscribed} */ (answer),
      (answer) => this.#session.wanted.addChain(answer, chain),
    );
  }

  /** @param {Omit<import("../client.d.ts").ChainChoice, "strikes">} chain */
  unsubscribeChain(chain) {
    return this.#ask(
      { command: "unsubscribe", chain },
      (answer) => answer,
      ({ unsubscribed }) => this.#session.wanted.keepChains((id) => !unsubscribed.includes(id)),
    );
  }

  /** @param {Contract} contract */
  configure(contract) {
    return this.#ask(
      { command: "configure", ...contract },
      ({ data }) => /** @type {Contract} */ (data),
      ({ data }) => this.#session.resubscription.contract = data,
    );
  }

  /** @param {string} query @param {{ limit?: number, exchange?: string | number }} [options] */
  search(query, options) {
    return this.#ask({ command: "search", query, ...options }, ({ data }) => data);
  }

  /** @param {import("../client.d.ts").CandleQuery} query */
  candles({ progress, signal, ...query }) {
    const answer = candleAnswer(progress);
    const more = { part: answer.part, again: answer.again, ...signal ? { signal } : {} };
    return this.#ask({ command: "candles", ...query }, answer.read, undefined, more);
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
    return this.#session.readers.open(limit);
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(event: Events[Name]) => void} listener
   */
  on(name, listener) {
    return this.#session.listeners.on(name, listener);
  }

  close() {
    return this.#session.close();
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
    const answered = this.#session.requests.ask(command, { apply, kept: true, ...more }).then(read);
    // Whoever does not wait for it is not to be ended by it.
    answered.catch(() => {});
    return answered;
  }
}

/** @type {import("./parts.d.ts").Connect} */
export const connect = (url = "ws://localhost:8765", options = {}) => new Client(String(url), options);
