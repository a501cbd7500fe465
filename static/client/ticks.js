// @ts-check
/** Ticks on their way to one reader, which may be slower than they come. */

/** @typedef {import("../client.d.ts").Tick} Tick */

/** @param {Tick} tick */
function keyOf({ exchange, token }) {
  return `${exchange}:${token}`;
}

/**
 * Whoever reads late gets every tick; whoever is `limit` ticks behind gets the latest of each instrument from there
 * on, until all is read.
 */
class TickQueue {
  /** @type {Map<string | number, Tick>} In order; by instrument once the reader is slow, else by a running number. */
  #waiting = new Map();
  #turn = this.#waiting.entries();
  #slow = false;
  #count = 0;
  #ended = false;
  /** @type {Error | undefined} Thrown to the reader, once, when all that waits is read. */
  #error;
  /** @type {{ resolve: (result: IteratorResult<Tick, undefined>) => void, reject: (error: Error) => void }[]} */
  #readers = [];
  #options;
  conflated = 0;

  /** @param {import("./parts.d.ts").TickQueueOptions} options */
  constructor(options) {
    this.#options = options;
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
    const error = this.#error;
    this.#error = undefined;
    if (error) return Promise.reject(error);
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** The reader has had enough. @returns {Promise<IteratorResult<Tick, undefined>>} */
  return() {
    this.#clear();
    this.#error = undefined;
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  /** @param {Tick} tick */
  push(tick) {
    const reader = this.#readers.shift();
    if (reader) return reader.resolve({ value: tick, done: false });
    if (!this.#slow && this.#waiting.size >= this.#options.limit) this.#conflate();
    const name = this.#slow ? keyOf(tick) : ++this.#count;
    if (this.#waiting.delete(name)) this.#replaced(1);
    this.#waiting.set(name, tick);
  }

  /** @param {Error} [error] */
  end(error) {
    this.#ended = true;
    this.#options.left(this);
    const readers = this.#readers.splice(0);
    if (error && readers.length === 0) this.#error = error;
    for (const { resolve, reject } of readers) {
      if (error) reject(error);
      else resolve({ value: undefined, done: true });
    }
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
    this.#options.conflated(count);
  }

  #clear() {
    this.#waiting = new Map();
    this.#turn = this.#waiting.entries();
    this.#slow = false;
  }
}

/** @type {import("./parts.d.ts").CreateTickQueue} */
export const createTickQueue = (options) => new TickQueue(options);
