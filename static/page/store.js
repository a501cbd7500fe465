/** What is known: the instruments with their last values, and how the feed stands. No DOM and no socket here. */

import { createEventLog } from "./event_log.js";
import { createFeedState } from "./feed_state.js";
import { number } from "./format.js";
import { createGaps } from "./gaps.js";
import { createLatency } from "./latency.js";
import { noticesOf } from "./notices.js";
import { createRows } from "./rows.js";
import { applyEvent, recover } from "./system_events.js";
import { textOf } from "./values.js";

function closeText({ code, reason }) {
  const why = textOf(reason, code === 1006 ? "the connection broke" : "closed");
  return `Connection lost: ${why}${code > 0 && code !== 1006 ? ` (${code})` : ""}`;
}

/** `options.ticked`: Told each row at a live tick of now, and whether nothing was missed since the one before it. */
export function createStore({ now = Date.now, ticked = (_row, _watched) => {} } = {}) {
  let shape = 0;
  let news = 0;
  const feed = createFeedState(now);
  const gaps = createGaps();
  const latency = createLatency();
  const rows = createRows({ feed, latency, now, ticked, changed: () => shape++ });
  const log = createEventLog(now, () => news++);
  const counts = {
    ticks: 0,
    missing: 0,
    conflated: 0,
    get messages() {
      return log.count;
    },
  };
  const parts = { feed, gaps, rows, now };

  return {
    rows: rows.byKey,
    sections: rows.sections,
    log: log.entries,
    counts,
    seen: rows.seen,
    feed,
    gaps,
    latency,
    worth: rows.worth,
    trend: rows.trend,
    change: rows.change,
    /** What must not be overlooked, worst first. */
    notices: () => noticesOf(feed, rows.byKey.size),
    /** Rises when rows come or go. */
    get shape() {
      return shape;
    },
    /** Rises when anything but a price changes. */
    get news() {
      return news;
    },
    /** Whether nothing on the page is live any more. */
    get cut() {
      return feed.cut;
    },

    data({ ticks, snapshot, conflated, receivedAt }) {
      counts.conflated += conflated;
      if (feed.presumedDown && !snapshot && ticks.length > 0) {
        recover(undefined, parts);
        news++;
      }
      for (const tick of ticks) if (rows.take(tick, snapshot, receivedAt)) counts.ticks++;
    },

    /** Last values of a connection that is gone are old, whatever the next connection brings. */
    link(state) {
      const wasOpen = feed.link.kind === "open";
      feed.link = state;
      news++;
      if (state.kind !== "lost") return;
      rows.forgetGone();
      for (const row of rows.of()) rows.becomeOld(row);
      if (!wasOpen) return;
      gaps.begin("connection", now());
      latency.reset();
      log.note("bad", closeText(state));
    },

    /** A replay goes on from another moment: what was shown is of another time. */
    sought() {
      rows.forgetAll();
      feed.exchangeTime = undefined;
      news++;
    },

    /** Whether the proxy answers, and waits for an access token. */
    lock(is) {
      if (feed.locked === is) return;
      feed.locked = is;
      news++;
    },

    info(message) {
      const restarted = feed.epoch !== undefined && message.epoch !== feed.epoch;
      feed.info(message);
      for (const row of rows.of()) row.down = false;
      gaps.end("connection", now());
      // Its end was told to nobody here.
      if (message.upstream?.state === "up") gaps.end("upstream", now());
      log.note("good", restarted ? "Connected; the proxy was restarted" : "Connected to the proxy");
    },

    /** The answer to `status`. */
    status: (data) => feed.answered(data?.upstream),

    list(entries) {
      rows.list(entries);
      news++;
    },

    /** Why the proxy does not give an instrument: `code`, `message` and perhaps `suggestions`; undefined: it does. */
    refuse: (key, refusal) => rows.refuse(rows.byKey.get(key), refusal),

    /** One row of the answer to a subscription. */
    granted(key, result) {
      const row = rows.byKey.get(key);
      if (row === undefined) return;
      if (result?.status === "refused") {
        const code = textOf(result.code, "refused");
        const message = textOf(result.message, "the proxy does not say why");
        rows.refuse(row, { code, message });
        return log.note("bad", `${row.symbol}: ${message} (${code})`);
      }
      if (row.price === undefined) row.reason = textOf(result?.reason);
      if (row.symbol === row.token) row.symbol = textOf(result?.symbol, row.token);
      row.version++;
    },

    /** Something that was asked for and not done. */
    failed(error) {
      const text = textOf(error.message, "The proxy answered with an error");
      const code = textOf(error.code, "");
      feed.failed(text, code);
      log.note("bad", code === "" ? text : `${text} (${code})`);
    },

    system(message) {
      const { level, text } = applyEvent(message, parts);
      log.note(level, text);
    },

    /** Data messages that never came, by their numbers. */
    hole({ from, to }) {
      const missing = to - from + 1;
      counts.missing += missing;
      gaps.messages(now(), missing);
      const messages = missing === 1 ? "message" : "messages";
      const numbers = from === to ? String(from) : `${from} to ${to}`;
      log.note("bad", `${number(missing)} data ${messages} never came (seq ${numbers})`);
    },

    fault(text) {
      log.note("bad", text);
    },

    note: log.note,

    dismiss(error) {
      feed.dismiss(error);
      news++;
    },
  };
}
