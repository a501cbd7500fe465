// @ts-check
/** Commands and their answers: each carries an `id`, and is settled by the answer that carries the same. */

import { shownAddress } from "./address.js";
import { runtimeClock } from "./clock.js";

/** The proxy closes the connection at a longer one, which would then be sent again on the next. */
const MAX_COMMAND = 64 * 1024;

/** An answer that says no, or none: `code` is the proxy's, or `timeout`, `lost`, `closed`, `too_long`, or a failed `token_…`. */
class CommandError extends Error {
  /** @param {string} code @param {string} message @param {import("../client.d.ts").Message} [answer] */
  constructor(code, message, answer) {
    super(message);
    this.name = "CommandError";
    this.code = code;
    this.answer = answer;
  }
}

/**
 * `late`: nobody waits for it any more, but what it does at the proxy, it does.
 *
 * @typedef {import("../client.d.ts").Message} Message
 * @typedef {{ text: string, kept: boolean, sent: boolean, late: boolean, resolve: (answer: Message) => void,
 *   reject: (error: unknown) => void }} Request
 */

/**
 * @type {import("./parts.d.ts").CreateRequests}
 */
export const createRequests = ({ url, timeout, clock = runtimeClock, isUp, send }) => {
  const shown = shownAddress(url);
  /** @type {Map<string, Request>} */
  const open = new Map();
  let count = 0;
  /** @type {Error | undefined} Why nothing is answered any more. */
  let over;

  /** @param {Request} request */
  function dispatch(request) {
    request.sent = true;
    send(request.text);
  }

  return {
    ask(command, { apply = () => {}, kept = false } = {}) {
      // Other than what programs choose that send commands of their own over the same socket.
      const id = `c${++count}`;
      /** @type {Promise<Message>} */
      const answered = new Promise((resolve, reject) => {
        if (over) throw over;
        if (!kept && !isUp()) throw new CommandError("lost", `There is no connection to ${shown}`);
        const text = JSON.stringify({ ...command, id });
        if (text.length > MAX_COMMAND) {
          throw new CommandError("too_long", `"${command.command}" is longer than 64 KiB; split it`);
        }
        const cancel = clock.after(timeout, () => {
          const why = isUp() ? "" : `: not connected to ${shown}`;
          reject(
            new CommandError("timeout", `No answer to "${command.command}" within ${timeout} ms${why}`),
          );
          // What the proxy has got, it may still carry out; its answer counts whenever it comes.
          if (request.sent) request.late = true;
          else open.delete(id);
        });
        /** @type {Request} */
        const request = {
          text,
          kept,
          sent: false,
          late: false,
          resolve(answer) {
            cancel();
            apply(answer);
            resolve(answer);
          },
          reject(error) {
            cancel();
            reject(error);
          },
        };
        open.set(id, request);
        if (isUp()) dispatch(request);
      });
      // Whoever does not wait for it is not to be ended by it.
      answered.catch(() => {});
      return answered;
    },

    settle(message) {
      const { id } = message;
      const request = open.get(id);
      if (!request) return false;
      open.delete(id);
      if (message.status === "error") {
        request.reject(new CommandError(message.code, message.message, message));
        return true;
      }
      try {
        request.resolve(message);
      } catch (error) {
        request.reject(error);
      }
      return true;
    },

    sendAll() {
      for (const request of open.values()) if (!request.sent) dispatch(request);
    },

    drop() {
      for (const [id, request] of open) {
        request.sent = false;
        if (request.kept && !request.late) continue;
        open.delete(id);
        request.reject(
          new CommandError("lost", "The connection was lost before the answer came"),
        );
      }
    },

    close(error) {
      over = error ?? new CommandError("closed", "The client is closed");
      for (const { reject } of open.values()) {
        reject(error ?? new CommandError("closed", "The client was closed before the answer came"));
      }
      open.clear();
    },
  };
};

export { CommandError };
