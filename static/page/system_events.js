/** What the proxy's system messages change on the page, by their status. */

import { known, textOf } from "./values.js";

/** Keys that a message names, or undefined where it concerns all. */
function instrumentsOf({ instruments }) {
  return Array.isArray(instruments) ? instruments : undefined;
}

/** An event of a part of the feed that nobody here looks at belongs in the log alone. */
function concernsNobody(keys) {
  return keys !== undefined && keys.length === 0;
}

function down(message, text, { feed, gaps, rows, now }) {
  const keys = instrumentsOf(message);
  if (concernsNobody(keys)) return "bad";
  feed.down(message, text, keys === undefined);
  gaps.begin("upstream", known(message.since) ?? now());
  for (const row of rows.of(keys)) {
    row.down = true;
    rows.becomeOld(row);
  }
  return "bad";
}

/** The prices of before are old: what was traded meanwhile is not known. */
export function recover(keys, { feed, rows }) {
  if (feed.allDown) { for (const row of rows.of()) rows.becomeOld(row); }
  // What only the first message said of the exchanges has ended with it; of that no event tells.
  if (feed.presumedDown) { for (const market of feed.markets.values()) market.stale = false; }
  feed.allDown = feed.presumedDown = feed.allStale = false;
  for (const row of rows.of(keys)) {
    row.down = false;
    rows.becomeOld(row);
  }
  for (const row of rows.of()) if (row.down) return;
  feed.trouble = undefined;
}

function up(message, _text, parts) {
  const { feed, gaps, now } = parts;
  const keys = instrumentsOf(message);
  recover(keys, parts);
  if (concernsNobody(keys)) return "good";
  const [from, to] = [known(message.from), known(message.to) ?? now()];
  if (from !== undefined) gaps.upstream(from, to, keys?.length);
  else gaps.end("upstream", to);
  feed.up(to);
  return "good";
}

function freshness(message, _text, { feed, rows }) {
  const stale = message.status === "stale";
  const keys = instrumentsOf(message);
  const market = feed.markets.get(message.exchange);
  if (market !== undefined) market.stale = stale;
  else if (keys === undefined) feed.allStale = stale;
  for (const row of rows.of(keys ?? [])) rows.setFreshness(row, stale ? "stale" : "live");
  // A candle across the silence would say that it had been watched.
  if (stale) { for (const row of rows.of()) if (rows.worth(row) === "stale") row.candles.cut(); }
  return stale ? "warn" : "good";
}

/** The exchange may have halted as well as the feed: the prices are old, and the feed is not called down. */
function silent(message, _text, { rows }) {
  for (const row of rows.of(instrumentsOf(message))) {
    row.down = true;
    rows.becomeOld(row);
  }
  return "warn";
}

/** A number that means nothing any more, or something else: its row stays, and says so. */
function ended(message, text, { rows }) {
  const refusal = { code: message.status, message: text };
  for (const row of rows.of(instrumentsOf(message) ?? [])) rows.refuse(row, refusal);
  return "warn";
}

const EVENTS = {
  upstream_down: down,
  upstream_silent: silent,
  upstream_refused: down,
  upstream_up: up,
  stale: freshness,
  fresh: freshness,
  suspect(message, _text, { rows }) {
    for (const row of rows.of(instrumentsOf(message) ?? [])) rows.setFreshness(row, "suspect");
    return "warn";
  },
  market(message, _text, { feed }) {
    const market = feed.markets.get(message.exchange);
    if (market !== undefined) {
      market.state = textOf(message.state);
      market.day = textOf(message.day);
    }
    return "plain";
  },
  shutdown(_message, text, { feed, now }) {
    feed.shutdown = { text, at: now() };
    return "bad";
  },
  expired: ended,
  replaced: ended,
  subscription_refused(message, text, { rows }) {
    const refusal = { code: textOf(message.reason, "refused"), message: text };
    for (const row of rows.of(instrumentsOf(message) ?? [])) rows.refuse(row, refusal);
    return "bad";
  },
};

/**
 * Applies a system message.
 *
 * @returns The level and the text of its line in the log.
 */
export function applyEvent(message, parts) {
  const { status } = message;
  const text = textOf(message.message, textOf(status, "System message"));
  if (Object.hasOwn(EVENTS, status)) return { level: EVENTS[status](message, text, parts), text };
  return { level: /refused|error|fail/.test(String(status)) ? "bad" : "plain", text };
}
