import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";

const PARTS = [
  "format.js",
  "client_codec.js",
  "client_connection.js",
  "client_requests.js",
  "wire.js",
  "notices.js",
  "trend.js",
  "candles.js",
  "gaps.js",
  "latency.js",
  "store.js",
  "watchlist_store.js",
  "subscriptions.js",
];

/** The page's parts that need no DOM, loaded as the browser loads them: classic scripts, one after the other. */
// deno-lint-ignore no-explicit-any
export function loadParts(globals: Record<string, unknown> = {}): any {
  const context = createContext({
    Intl,
    Date,
    console,
    setInterval: () => 0,
    setTimeout,
    clearTimeout,
    ...globals,
  });
  for (const name of PARTS) {
    runInContext(readFileSync(new URL(`../../static/${name}`, import.meta.url), "utf8"), context);
  }
  return runInContext("globalThis.smartapiPage", context);
}
