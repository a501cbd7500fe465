"use strict";
/** A command and its answer, matched by `id`. Stands in for `ask` of the wire, and goes when the wire has its own. */
(function (page) {
  const TIMEOUT_MS = 10_000;

  /** @returns `ask(command)`, and what the wire's events are told to: `answered(message)` and `lost()`. */
  page.createAsk = (send) => {
    const waiting = new Map();
    let last = 0;
    const end = (id, settle) => {
      const asked = waiting.get(id);
      if (asked === undefined) return false;
      clearTimeout(asked.timer);
      waiting.delete(id);
      settle(asked);
      return true;
    };
    const failed = (code, message, answer) => Object.assign(new Error(message), { code, answer });
    return {
      ask: (command) =>
        new Promise((resolve, reject) => {
          const id = `page-${++last}`;
          const late = () => end(id, () => reject(failed("timeout", "the proxy gave no answer within 10 s")));
          waiting.set(id, { resolve, reject, timer: setTimeout(late, TIMEOUT_MS) });
          send({ ...command, id });
        }),
      answered: (message) =>
        end(
          message.id,
          ({ resolve, reject }) =>
            message.status === "error"
              ? reject(failed(message.code, message.message, message))
              : resolve(message),
        ),
      lost() {
        for (const id of waiting.keys()) end(id, ({ reject }) => reject(failed("closed", "connection lost")));
      },
    };
  };
})(globalThis.smartapiPage ??= {});
