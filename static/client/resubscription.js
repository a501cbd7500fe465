// @ts-check
/** What is lost with a connection, and asked for again on the next one. */

import { CommandError } from "./requests.js";
import { tellMessage } from "./tell.js";

/** @typedef {import("../client.d.ts").Message} Message */

export class Resubscription {
  #requests;
  #wanted;
  #listeners;
  #clock;
  /** @type {import("../client.d.ts").Contract} How ticks are to come. */
  contract;
  /** @type {number | undefined} When the connection was last heard of, until all is subscribed again. */
  #gapFrom;
  #stopped = false;

  /** @param {import("./parts.d.ts").ResubscriptionOptions} options */
  constructor({ requests, wanted, listeners, clock, contract }) {
    this.#requests = requests;
    this.#wanted = wanted;
    this.#listeners = listeners;
    this.#clock = clock;
    this.contract = contract;
  }

  /** The client is closed. */
  stop() {
    this.#stopped = true;
  }

  /** Puts the proxy's new picture of us in order: the contract, what is wanted, then what is not answered yet. */
  up() {
    const contract = Object.entries(this.contract).filter(([, value]) =>
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
    if (this.#stopped || errors.some(({ code }) => code === "lost")) return;
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

  /** The connection is lost. @param {import("./parts.d.ts").Stood | undefined} stood */
  down(stood) {
    if (stood && !this.#wanted.isEmpty()) this.#gapFrom ??= stood.to;
    this.#requests.drop();
  }
}
