// @ts-check
/** Who reads the ticks of a client, each at its own pace. */

import { createTickQueue } from "./ticks.js";

/** @typedef {import("./parts.d.ts").TickQueue} TickQueue */

export class TickReaders {
  /** @type {Set<TickQueue>} */
  #queues = new Set();
  #conflated;
  #ended = false;

  /** @param {(count: number) => void} conflated So many ticks of one reader were replaced by newer ones. */
  constructor(conflated) {
    this.#conflated = conflated;
  }

  /** @param {number} limit Ticks that wait, before only the latest of each instrument is kept. */
  open(limit) {
    const queue = createTickQueue({
      limit,
      conflated: this.#conflated,
      left: (queue) => this.#queues.delete(queue),
    });
    if (this.#ended) queue.end();
    else this.#queues.add(queue);
    return queue;
  }

  /** @param {import("../client.d.ts").Tick} tick */
  push(tick) {
    for (const queue of this.#queues) queue.push(tick);
  }

  /** No tick comes any more. @param {Error} [error] Why, where it was not asked for. */
  end(error) {
    this.#ended = true;
    for (const queue of this.#queues) queue.end(error);
  }
}
