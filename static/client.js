// @ts-check
/**
 * A client of the proxy for programs, in a browser, Deno, Node 22 and Bun:
 *
 *     import { connect } from "http://localhost:8765/client.js";
 *     const client = connect();
 *     await client.subscribe({ symbols: ["NIFTY 50", "SBIN"], mode: "quote" });
 *     for await (const tick of client.ticks()) console.log(tick.symbol, tick.last_traded_price);
 *
 * It connects by itself, and again whenever the connection is lost, subscribing anew to all that was wanted.
 *
 * @module
 */

/**
 * @typedef {"ltp" | "quote" | "snapquote"} Mode
 * @typedef {{ price: number, quantity: number, orders: number }} Level
 */
/**
 * Prices in rupees, times in ms since 1970; what the broker did not say, or `fields` left out, is absent.
 *
 * @typedef {{
 *   exchange: string, token: string, symbol: string, exchange_type: number, mode: Mode, last_traded_price: number,
 *   timestamp: string, exchange_timestamp: number, sequence_number: number, last_traded_quantity?: number,
 *   average_traded_price?: number, volume?: number, total_buy_quantity?: number, total_sell_quantity?: number,
 *   open?: number, high?: number, low?: number, close?: number, last_traded_timestamp?: number,
 *   open_interest?: number, upper_circuit?: number, lower_circuit?: number, week52_high?: number,
 *   week52_low?: number, bids?: Level[], asks?: Level[], received_at?: number,
 *   freshness?: "live" | "quiet" | "stale" | "closed" | "suspect",
 *   snapshot?: true,
 * }} Tick `snapshot`: a last known value, and no trade of now.
 */
/**
 * An exchange alone means its watch list; tokens need their exchange; symbols are names such as `NSE:SBIN-EQ`.
 *
 * @typedef {{ exchange?: string | number, tokens?: (string | number)[], symbols?: string[] }} Choice
 */
/**
 * @typedef {{ encoding?: "gzip" | "json" | "binary", interval?: number, fields?: string[] | null }} Contract
 */
/**
 * @typedef {{
 *   status: "accepted" | "refused", instrument: string, symbol?: string, mode?: Mode, state?: string,
 *   since?: number, reason?: string, freshness?: string, last_tick_age_ms?: number, code?: string, message?: string,
 *   suggestions?: string[],
 * }} Row How one instrument fares.
 */
/** @typedef {Record<string, any>} Message What came over the wire. */
/**
 * @typedef {Message & { status: "success" | "partial", message: string, results: Row[],
 *   budget: { used: number, capacity: number, left: number } }} Subscribed
 */
/**
 * What was not seen. `messages`: data messages numbered `from` to `to` never came. `upstream`: the proxy saw nothing
 * from the broker. `connection`: this client was not connected. For both, `from` and `to` are ms since 1970.
 *
 * @typedef {{ kind: "messages" | "upstream" | "connection", from: number, to: number, instruments?: string[] }} Gap
 */
/**
 * What `on` tells of. `tick`: one that is of now. `snapshot`: last known values, in one list. `packets`: the broker's
 * own, with `encoding: "binary"`. `conflated`: ticks that newer ones replaced, at the proxy or before a slow reader.
 * `freshness`: the news `stale`, `fresh` and `suspect`. `news`: all news. `open`: the first message. `error`: what
 * nobody awaits; written to the console where nobody listens.
 *
 * @typedef {{
 *   tick: Tick, snapshot: Tick[], packets: Uint8Array[], gap: Gap, freshness: Message, news: Message, open: Message,
 *   conflated: { count: number, by: "proxy" | "reader" }, lost: { code: number, reason: string, retryAt: number },
 *   closed: undefined, error: Error,
 * }} Events
 */
/**
 * @typedef {Contract & {
 *   WebSocket?: new (url: string) => WebSocket, timeout?: number, retryBase?: number, retryCap?: number,
 *   look?: number, random?: () => number,
 * }} Options `WebSocket`: where there is no global one. The rest in ms. `timeout`: for an answer, 10 s. `retryBase`,
 *   `retryCap`: the longest wait before the first retry, doubled each time up to the cap; 500 and 30 s. `look`: how
 *   often silence is looked at, 10 s: after one look a ping is sent, after three the connection is given up.
 */

const EXCHANGES = /** @type {Record<number, string>} */ ({
  1: "nse",
  2: "nfo",
  3: "bse",
  4: "bfo",
  5: "mcx",
  7: "ncdex",
  13: "cds",
});

/** So that a command stays below the proxy's 64 KiB. */
const TOKENS_PER_COMMAND = 1_000;

/** A connection that stood this long was a good one: the next wait begins small again. */
const GOOD_AFTER_MS = 5_000;

/** Ticks that wait for a reader, before only the latest of each instrument is kept. */
const QUEUE = 10_000;

/** An answer that says no, or none: `code` is the proxy's, or `timeout` or `closed`. */
export class CommandError extends Error {
  /** @param {string} code @param {string} message @param {Message} [answer] */
  constructor(code, message, answer) {
    super(message);
    this.name = "CommandError";
    this.code = code;
    this.answer = answer;
  }
}

/**
 * Connects to a proxy, for ever: until `close()`.
 *
 * @param {string | URL} url
 * @param {Options} options
 * @throws {DOMException} The address is none.
 */
export function connect(url = "ws://localhost:8765", options = {}) {
  return new Client(String(url), options);
}

/** One reader's ticks. A slow one gets the latest of each instrument; `conflated` counts what it missed so. */
class Ticks {
  /** @type {Map<string | number, Tick>} In order; by instrument once the reader is slow, else by a running number. */
  #waiting = new Map();
  #turn = this.#waiting.entries();
  #slow = false;
  #count = 0;
  #ended = false;
  /** @type {((result: IteratorResult<Tick, undefined>) => void)[]} */
  #readers = [];
  conflated = 0;

  /** @param {number} limit @param {(count: number) => void} told @param {(ticks: Ticks) => void} left */
  constructor(limit, told, left) {
    this.limit = limit;
    this.told = told;
    this.left = left;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** @returns {Promise<IteratorResult<Tick, undefined>>} */
  next() {
    const { value, done } = this.#turn.next();
    if (!done) {
      this.#waiting.delete(value[0]);
      return Promise.resolve({ value: value[1], done: false });
    }
    this.#clear();
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** The reader has had enough. @returns {Promise<IteratorResult<Tick, undefined>>} */
  return() {
    this.#clear();
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** @param {Tick} tick */
  push(tick) {
    const reader = this.#readers.shift();
    if (reader) return reader({ value: tick, done: false });
    if (!this.#slow && this.#waiting.size >= this.limit) this.#conflate();
    const before = this.#waiting.size;
    const name = this.#slow ? keyOf(tick) : ++this.#count;
    if (this.#waiting.delete(name)) this.#replaced(before - this.#waiting.size);
    this.#waiting.set(name, tick);
  }

  /** What waits can still be read; nothing comes any more. */
  end() {
    this.#ended = true;
    this.left(this);
    for (const reader of this.#readers.splice(0)) reader({ value: undefined, done: true });
  }

  #conflate() {
    const ticks = [...this.#waiting.values()];
    this.#clear();
    this.#slow = true;
    for (const tick of ticks) {
      this.#waiting.delete(keyOf(tick));
      this.#waiting.set(keyOf(tick), tick);
    }
    if (this.#waiting.size < ticks.length) this.#replaced(ticks.length - this.#waiting.size);
  }

  /** @param {number} count */
  #replaced(count) {
    this.conflated += count;
    this.told(count);
  }

  #clear() {
    this.#waiting = new Map();
    this.#turn = this.#waiting.entries();
    this.#slow = false;
  }
}

/** One connection after the other, and what has to outlive them: the wanted set, the contract, open requests. */
class Client {
  #url;
  #options;
  /** @type {WebSocket | undefined} */
  #socket;
  #up = false;
  #closed = false;
  #attempt = 0;
  #seq = 0;
  #looks = 0;
  #openedAt = 0;
  #heardAt = 0;
  /** @type {number | undefined} When the connection was lost, until all is subscribed again. */
  #gapFrom;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retrying;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #looking;
  #line = Promise.resolve();
  #id = 0;
  /** @type {Map<number, { text: string, kept: boolean, settle: (answer: Message | CommandError) => void }>} */
  #requests = new Map();
  /** @type {Map<string, Mode>} */
  #wanted = new Map();
  /** @type {Contract} */
  #contract;
  /** @type {Set<Ticks>} */
  #readers = new Set();
  /** @type {Map<string, Set<(event: never) => void>>} */
  #listeners = new Map();

  /** @param {string} url @param {Options} options */
  constructor(url, options) {
    const { encoding, interval, fields, ...rest } = options;
    this.#url = url;
    this.#contract = { encoding, interval, fields };
    this.#options = {
      WebSocket: globalThis.WebSocket,
      timeout: 10_000,
      retryBase: 500,
      retryCap: 30_000,
      look: 10_000,
      random: Math.random,
      ...rest,
    };
    if (!this.#options.WebSocket) {
      throw new TypeError("There is no WebSocket here; give one as options.WebSocket");
    }
    this.#dial();
  }

  /** The instruments that are subscribed, and will be again after each loss, with their modes. */
  get wanted() {
    return new Map(this.#wanted);
  }

  /**
   * Subscribes, in mode `ltp` unless another is named. The answer has a row for each instrument in `results`.
   *
   * @param {Choice & { mode?: Mode }} choice
   * @returns {Promise<Subscribed>}
   * @throws {CommandError} None of them was accepted.
   */
  subscribe({ mode = "ltp", ...choice }) {
    return /** @type {Promise<Subscribed>} */ (this.#ask(
      { command: "subscribe", ...choice, mode },
      (answer) => {
        for (const key of keysOf(answer)) this.#wanted.set(key, mode);
      },
    ));
  }

  /** @param {Choice & { all?: boolean }} choice `{ all: true }` for everything. */
  unsubscribe(choice) {
    return this.#ask({ command: "unsubscribe", ...choice }, (answer) => {
      for (const key of keysOf(answer)) this.#wanted.delete(key);
    });
  }

  /** Chooses how ticks come. @param {Contract} contract @returns {Promise<Contract>} The one now in force. */
  async configure(contract) {
    const { data } = await this.#ask(
      { command: "configure", ...contract },
      ({ data }) => this.#contract = data,
    );
    return data;
  }

  /**
   * Finds instruments by parts of their names.
   *
   * @param {string} query
   * @param {{ limit?: number, exchange?: string | number }} [options]
   * @returns {Promise<Message[]>}
   */
  async search(query, options) {
    return (await this.#ask({ command: "search", query, ...options })).data;
  }

  /** How the feed, the markets, the budget and this client stand. @returns {Promise<Message>} */
  async status() {
    return (await this.#ask({ command: "status" })).data;
  }

  /** @returns {Promise<Row[]>} */
  async listSubscriptions() {
    return (await this.#ask({ command: "list_subscriptions" })).data;
  }

  /** @returns {Promise<number>} The way to the proxy and back, in ms. */
  async ping() {
    const from = performance.now();
    await this.#ask({ command: "ping", ts: Date.now() });
    return performance.now() - from;
  }

  /**
   * All ticks from now on, last known values (`snapshot: true`) among them. Leaving the loop ends it.
   *
   * @param {{ limit?: number }} [options] How many may wait before only the latest of each instrument are kept.
   */
  ticks({ limit = QUEUE } = {}) {
    const ticks = new Ticks(
      limit,
      (count) => this.#tell("conflated", { count, by: "reader" }),
      (ticks) => this.#readers.delete(ticks),
    );
    if (this.#closed) ticks.end();
    else this.#readers.add(ticks);
    return ticks;
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(event: Events[Name]) => void} listener
   * @returns {() => void} Takes the listener away again.
   */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** Ends everything: loops, open commands (rejected as `closed`), retries. Settles when the socket is gone. */
  async close() {
    const socket = this.#socket;
    if (!this.#closed) {
      this.#closed = true;
      this.#hangUp();
      for (const { settle } of [...this.#requests.values()]) {
        settle(new CommandError("closed", "The client was closed before the answer came"));
      }
      for (const reader of this.#readers) reader.end();
      this.#tell("closed", undefined);
    }
    if (socket && socket.readyState !== 3) {
      await new Promise((resolve) => {
        socket.addEventListener("close", resolve);
        socket.close();
      });
    }
    await this.#line;
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }

  #dial() {
    const socket = new this.#options.WebSocket(this.#url);
    this.#socket = socket;
    this.#seq = this.#looks = 0;
    socket.binaryType = "arraybuffer";
    socket.onmessage = ({ data }) => this.#received(data);
    socket.onclose = ({ code, reason }) => this.#lost(code, reason);
    // `close` follows, and says the rest.
    socket.onerror = () => {};
    this.#looking = setInterval(() => this.#look(), this.#options.look);
  }

  /** Silence is counted in looks instead of time: a computer that slept must not blame the socket when it wakes. */
  #look() {
    this.#looks++;
    if (this.#looks >= 3) return this.#lost(0, "silent");
    if (this.#up) this.#socket?.send('{"command":"ping"}');
  }

  /** No event of this connection counts any more. */
  #hangUp() {
    clearInterval(this.#looking);
    clearTimeout(this.#retrying);
    this.#up = false;
    if (!this.#socket) return;
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
  }

  /** @param {number} code @param {string} reason */
  #lost(code, reason) {
    if (this.#up) {
      if (this.#wanted.size > 0) this.#gapFrom ??= this.#heardAt;
      if (Date.now() - this.#openedAt >= GOOD_AFTER_MS) this.#attempt = 0;
    }
    this.#hangUp();
    this.#drop();
    const { retryBase, retryCap, random } = this.#options;
    const wait = random() * Math.min(retryCap, retryBase * 2 ** Math.min(this.#attempt++, 30));
    this.#retrying = setTimeout(() => this.#dial(), wait);
    const retryAt = Date.now() + wait;
    this.#inTurn(() => this.#tell("lost", { code, reason, retryAt }));
  }

  /** What we ask of our own accord is asked anew on the next connection; what others wait for is sent again. */
  #drop() {
    for (const { kept, settle } of [...this.#requests.values()]) {
      if (!kept) settle(new CommandError("lost", "The connection was lost before the answer came"));
    }
  }

  /** @param {string | ArrayBuffer} frame */
  #received(frame) {
    this.#looks = 0;
    this.#heardAt = Date.now();
    if (typeof frame !== "string") return this.#inTurn(() => this.#tell("packets", packetsOf(frame)));
    /** @type {Message} */
    let message;
    try {
      message = JSON.parse(frame);
    } catch (error) {
      return this.#inTurn(() => this.#failed(error));
    }
    if (message.type === "market_data") return this.#receivedData(message);
    if (message.type === "info" && !this.#up) this.#opened(message);
    else this.#inTurn(() => this.#heard(message));
  }

  /** Decompression is begun at once; only the delivery waits for its turn. @param {Message} message */
  #receivedData(message) {
    const { seq, snapshot, conflated } = message;
    const expected = this.#seq + 1;
    this.#seq = seq;
    const reading = ticksOf(message);
    reading.catch(() => {});
    this.#inTurn(async () => {
      if (seq > expected) this.#tell("gap", { kind: "messages", from: expected, to: seq - 1 });
      if (conflated > 0) this.#tell("conflated", { count: conflated, by: "proxy" });
      const ticks = await reading;
      if (this.#closed) return;
      if (snapshot) {
        for (const tick of ticks) tick.snapshot = true;
        this.#tell("snapshot", ticks);
      }
      for (const tick of ticks) {
        if (!snapshot) this.#tell("tick", tick);
        for (const reader of this.#readers) reader.push(tick);
      }
    });
  }

  /** Puts the proxy's new picture of us in order: the contract, what is wanted, then what is not answered yet. */
  #opened(/** @type {Message} */ welcome) {
    this.#up = true;
    this.#openedAt = Date.now();
    this.#inTurn(() => this.#tell("open", welcome));
    const waiting = [...this.#requests.values()];
    const contract = Object.entries(this.#contract).filter(([, value]) =>
      value !== undefined && value !== null
    );
    const own = contract.length === 0 ? [] : [{ command: "configure", ...Object.fromEntries(contract) }];
    const answers = [...own, ...commandsFor(this.#wanted)].map(async (command) => {
      const answer = await this.#ask(command, () => {}, false);
      if (answer.status === "partial") throw new CommandError(answer.code, answer.message, answer);
    });
    for (const { text } of waiting) this.#socket?.send(text);
    Promise.allSettled(answers).then((results) => {
      const errors = results.flatMap((result) => result.status === "rejected" ? [result.reason] : []);
      // Another loss: the gap goes on.
      if (this.#closed || errors.some(({ code }) => code === "lost")) return;
      for (const error of errors) this.#failed(error);
      if (this.#gapFrom === undefined) return;
      const gap = { from: this.#gapFrom, to: Date.now(), instruments: [...this.#wanted.keys()] };
      this.#gapFrom = undefined;
      this.#tell("gap", { kind: "connection", ...gap });
    });
  }

  /** @param {Message} message */
  #heard(message) {
    const request = this.#requests.get(message.id);
    if (request) return request.settle(message);
    if (message.type === "system") {
      const { status, from, to, instruments, conflated } = message;
      this.#tell("news", message);
      if (status === "stale" || status === "fresh" || status === "suspect") this.#tell("freshness", message);
      if (status === "upstream_up") this.#tell("gap", { kind: "upstream", from, to, instruments });
      if (status === "conflated") this.#tell("conflated", { count: conflated, by: "proxy" });
    } else if (message.status === "error" && message.id === undefined) {
      this.#failed(new CommandError(message.code, message.message, message));
    }
  }

  /**
   * Sends a command, now or when there is a connection, and settles with its answer.
   *
   * @param {Message} command
   * @param {(answer: Message) => void} apply Run before anyone hears of a success.
   * @param {boolean} kept Sent again on the next connection where this one is lost.
   * @returns {Promise<Message>}
   */
  #ask(command, apply = () => {}, kept = true) {
    const id = ++this.#id;
    /** @type {Promise<Message>} */
    const answered = new Promise((resolve, reject) => {
      if (this.#closed) return reject(new CommandError("closed", "The client is closed"));
      const { timeout } = this.#options;
      const timer = setTimeout(() => {
        const why = this.#up ? "" : `: not connected to ${this.#url}`;
        settle(new CommandError("timeout", `No answer to "${command.command}" within ${timeout} ms${why}`));
      }, timeout);
      const settle = (/** @type {Message | CommandError} */ answer) => {
        clearTimeout(timer);
        this.#requests.delete(id);
        if (answer instanceof CommandError) return reject(answer);
        if (answer.status === "error") return reject(new CommandError(answer.code, answer.message, answer));
        apply(answer);
        resolve(answer);
      };
      const text = JSON.stringify({ ...command, id });
      this.#requests.set(id, { text, kept, settle });
      if (this.#up) this.#socket?.send(text);
    });
    // Whoever does not wait for it is not to be ended by it.
    answered.catch(() => {});
    return answered;
  }

  /** Everything is told in the order of the wire. @param {() => void | Promise<void>} job */
  #inTurn(job) {
    this.#line = this.#line.then(() => this.#closed ? undefined : job()).catch((error) =>
      this.#failed(error)
    );
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {Events[Name]} event
   */
  #tell(name, event) {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        /** @type {(event: Events[Name]) => void} */ (listener)(event);
      } catch (error) {
        if (name === "error") console.error(error);
        else this.#failed(error);
      }
    }
  }

  /** @param {unknown} error */
  #failed(error) {
    if (!this.#listeners.get("error")?.size) return console.error(error);
    this.#tell("error", error instanceof Error ? error : new Error(String(error)));
  }
}

/** @param {Tick} tick */
function keyOf({ exchange, token }) {
  return `${exchange}:${token}`;
}

/** The instruments that an answer speaks of. @param {Message} answer @returns {string[]} */
function keysOf({ data }) {
  return data.flatMap((/** @type {Message} */ { exchangeType, tokens }) =>
    tokens.map((/** @type {string} */ token) => `${EXCHANGES[exchangeType]}:${token}`)
  );
}

/** Few commands that subscribe to all of it. @param {Map<string, Mode>} wanted @returns {Message[]} */
function commandsFor(wanted) {
  /** @type {Map<string, Message & { tokens: string[] }>} */
  const open = new Map();
  const commands = [];
  for (const [key, mode] of wanted) {
    const [exchange, token] = key.split(":");
    const group = `${exchange} ${mode}`;
    let command = open.get(group);
    if (!command || command.tokens.length >= TOKENS_PER_COMMAND) {
      command = { command: "subscribe", exchange, tokens: [], mode };
      open.set(group, command);
      commands.push(command);
    }
    command.tokens.push(token);
  }
  return commands;
}

/** The ticks of a data message; only `compressed` says how they are packed. @returns {Promise<Tick[]>} */
async function ticksOf(/** @type {Message} */ { compressed, data }) {
  if (!compressed) return data;
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).json();
}

/** Each stands after its length in 16 bits, little-endian. @param {ArrayBuffer} frame */
function packetsOf(frame) {
  const view = new DataView(frame);
  const packets = [];
  for (let at = 0; at < frame.byteLength; at += 2 + view.getUint16(at, true)) {
    packets.push(new Uint8Array(frame, at + 2, view.getUint16(at, true)));
  }
  return packets;
}
