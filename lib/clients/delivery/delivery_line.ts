import { getLogger } from "@logtape/logtape";

const log = getLogger(["clients"]);

/**
 * The one queue between making a message and sending it. Compression takes a moment; what was begun first is sent
 * first all the same, so a snapshot never overtakes an older batch, nor an answer the data before it.
 */
export class DeliveryLine {
  #tail: Promise<void> = Promise.resolve();

  /**
   * Sends what is being prepared, when its turn has come; the next one waits for the end of the sending. An error in
   * one message is that message's alone.
   */
  add<Prepared>(
    prepared: Promise<Prepared> | Prepared,
    send: (prepared: Prepared) => void | Promise<void>,
  ): Promise<void> {
    // A rejection before its turn must not count as unhandled.
    if (prepared instanceof Promise) prepared.catch(() => {});
    return this.#tail = this.#tail.then(() => prepared).then(send).catch((error) => {
      log.error("a message could not be sent, a fault of the proxy; please report it: {error}", { error });
    });
  }
}
