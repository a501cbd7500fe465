/** How the proxy and its feed stand, as far as they have said. No instruments here. */

import { known, textOf } from "./values.js";

/** A proxy that answers every command with an error fills no screen. */
const MAX_ERRORS = 3;

export function createFeedState(now) {
  const feed = {
    link: { kind: "connecting", attempt: 1 },
    /** The proxy answers, and waits for an access token. */
    locked: false,
    /** Of the info message: `live`, `simulated`, `replay`, or undefined from a proxy that does not say. */
    source: undefined,
    /** Of a replay: its `date`, and what its prices were when they were `recorded`. */
    replay: undefined,
    version: undefined,
    epoch: undefined,
    exchanges: undefined,
    /** By exchange: `state`, `day`, and whether it is `stale`. */
    markets: new Map(),
    /** undefined while the proxy has its prices; else why not. */
    trouble: undefined,
    shutdown: undefined,
    errors: [],
    exchangeTime: undefined,
    /** `state` and `reason` as the proxy says; `since` in ms, `exact` where an event told it and no answer. */
    upstream: undefined,
    /** The whole feed is down, as opposed to some instruments. */
    allDown: false,
    /** Only the info message said that it is down. No event of its end may follow. */
    presumedDown: false,
    allStale: false,

    /** Whether no price on the page is live any more. */
    get cut() {
      return feed.link.kind !== "open" || feed.allDown || feed.allStale;
    },

    /** The first message of a connection. */
    info(message) {
      const exchanges = Array.isArray(message.available_exchanges) ? message.available_exchanges : [];
      feed.exchanges = exchanges.filter((name) => typeof name === "string");
      feed.source = textOf(message.source, undefined);
      feed.replay = message.replay ?? undefined;
      feed.version = textOf(message.version, undefined);
      feed.epoch = message.epoch;
      feed.shutdown = feed.trouble = undefined;
      feed.errors.length = 0;
      feed.allDown = feed.allStale = feed.presumedDown = false;
      feed.markets.clear();
      for (const name of feed.exchanges) {
        const { state, day, stale } = message.markets?.[name] ?? {};
        feed.markets.set(name, { state: textOf(state), day: textOf(day), stale: stale === true });
      }
      feed.answered(message.upstream);
      const upstream = message.upstream?.state;
      if (upstream !== "down" && upstream !== "refused") return;
      feed.allDown = feed.presumedDown = true;
      const why = textOf(message.upstream.reason);
      feed.trouble = {
        refused: upstream === "refused",
        text: `The proxy has no market data${why === undefined ? "" : `: ${why}`}`,
      };
    },

    /** An answer tells how the feed stands and not since when. */
    answered(upstream) {
      const state = textOf(upstream?.state);
      if (state === undefined || state === feed.upstream?.state) return;
      feed.upstream = { state, since: now(), exact: false, reason: textOf(upstream.reason) };
    },

    /** @param all Whether no instrument is named, so that all are down. */
    down({ status, since }, text, all) {
      const refused = status === "upstream_refused";
      feed.presumedDown = false;
      feed.allDown ||= all;
      feed.upstream = {
        state: refused ? "refused" : "down",
        since: known(since) ?? now(),
        exact: true,
        reason: text,
      };
      feed.trouble = { refused, text };
    },

    up(to) {
      feed.upstream = { state: "up", since: to, exact: true };
    },

    failed(text, code) {
      feed.errors.push({ text, code });
      if (feed.errors.length > MAX_ERRORS) feed.errors.shift();
    },

    dismiss(error) {
      feed.errors = feed.errors.filter((other) => other !== error);
    },
  };
  return feed;
}
