/** The page's end of the proxy's WebSocket: the client's connection, told the way the page wants to hear it. */

import { createConnection } from "../client/connection.js";
import { createRequests } from "../client/requests.js";

/** The longest wait before the first retry, doubled each time up to the cap: somebody sits in front of it. */
const RETRY_BASE_MS = 600;
const RETRY_CAP_MS = 10_000;

const ANSWER_WITHIN_MS = 10_000;

/** Where the proxy is: beside the page, or on this machine where the page was opened from the disk. */
function proxyUrl({ protocol, host }) {
  if (protocol === "http:") return `ws://${host}/`;
  if (protocol === "https:") return `wss://${host}/`;
  return "ws://localhost:8765/";
}

/**
 * The same for ticks that are not packed: without https the proxy is near, and unpacking each message would cost a phone more
 * than its way does.
 */
function dialUrl(url) {
  if (!url.startsWith("ws:")) return url;
  return `${url}${url.includes("?") ? "&" : "?"}encoding=json`;
}

/**
 * `options.url`: Where to connect.
 * `options.on`: Who is told, always in the order of the wire:
 *   `link(state)` with kind `connecting`, `open` or `lost` (then `retryAt`, `code`, `reason`);
 *   `data({ ticks, snapshot, conflated, receivedAt })`; `message(object)` for all other JSON but answers to `ask`;
 *   `hole({ from, to })` for data messages that never came; `fault(text)` for what could not be read.
 * @returns `send(command)`; `ask(command, options)`, a promise of the answer that rejects with a `CommandError` (`code`,
 *   `message`); `options.part` is told what comes before the answer; `retry()`; and the running counts `traffic`.
 */
function createWire({ url, on, random = Math.random, WebSocket = globalThis.WebSocket, clock = undefined }) {
  /** What fails in the page itself must not stop what comes after it. */
  const guarded = (tell) => (event) => {
    try {
      tell(event);
    } catch (error) {
      console.error(error);
      on.fault(`The page failed at a message: ${error.message}`);
    }
  };

  const send = (text) => connection.send(text);
  const requests = createRequests({ url, timeout: ANSWER_WITHIN_MS, clock, isUp: () => connection.up, send });
  const connection = createConnection({
    url,
    WebSocket,
    clock,
    random,
    retryBase: RETRY_BASE_MS,
    retryCap: RETRY_CAP_MS,
    goodAfter: 0,
    on: {
      down: () => requests.drop(),
      link: guarded(on.link),
      data: guarded(on.data),
      message: guarded((message) => {
        if (!requests.settle(message)) on.message(message);
      }),
      hole: guarded(on.hole),
      fault: ({ message }) => on.fault(message),
    },
  });

  return {
    traffic: connection.traffic,
    send: (command) => send(JSON.stringify(command)),
    ask: (command, options = undefined) => requests.ask(command, options),
    /** At once, where a retry is being waited for. */
    retry: connection.retry,
  };
}

export { createWire, dialUrl, proxyUrl };
