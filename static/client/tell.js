// @ts-check
/** What a message of the proxy, beside ticks and answers, tells the listeners. */

import { CommandError } from "./requests.js";

/**
 * @param {import("../client.d.ts").Message} message
 * @param {import("./listeners.js").Listeners} listeners
 */
export function tellMessage(message, listeners) {
  const { type, status, from, to, instruments, conflated } = message;
  if (type === "info") listeners.tell("open", message);
  else if (type === "chain") {
    listeners.tell("chain", /** @type {import("../client.d.ts").ChainChange} */ (message));
  } else if (type === "system") {
    // `access.js` answers it.
    if (status === "token_required") return;
    listeners.tell("news", message);
    if (status === "stale" || status === "fresh" || status === "suspect") {
      listeners.tell("freshness", message);
    }
    if (status === "upstream_up") listeners.tell("gap", { kind: "upstream", from, to, instruments });
    if (status === "conflated") listeners.tell("conflated", { count: conflated, by: "proxy" });
  } else if (status === "error" && message.id === undefined) {
    listeners.failed(new CommandError(message.code, message.message, message));
  }
}
