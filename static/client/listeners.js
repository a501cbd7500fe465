// @ts-check
/** Who listens to a client: one that throws hurts no other, and an error that nobody hears is written down. */

/** @typedef {import("../client.d.ts").Events} Events */

export class Listeners {
  /** @type {Map<string, Set<(event: never) => void>>} */
  #listeners = new Map();

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {(event: Events[Name]) => void} listener
   */
  on(name, listener) {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(listener));
    return () => {
      listeners.delete(listener);
    };
  }

  /**
   * @template {keyof Events} Name
   * @param {Name} name
   * @param {Events[Name]} event
   */
  tell(name, event) {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        /** @type {(event: Events[Name]) => void} */ (listener)(event);
      } catch (error) {
        if (name === "error") console.error(error);
        else this.failed(error);
      }
    }
  }

  /** @param {unknown} error */
  failed(error) {
    if (!this.#listeners.get("error")?.size) return console.error(error);
    this.tell("error", error instanceof Error ? error : new Error(String(error)));
  }
}
