/** Everything around the watch list: the band, the connection, the figures, the notices and the messages. */

import { byId, put, span } from "./dom.js";
import { bytesPerSecond, day, istTime, NONE, number } from "./format.js";

/** What is said when the prices are not those of the market of this moment. */
const BANDS = {
  simulated: ["SIMULATED FEED", "these prices are made up"],
  replay: ["REPLAY", "these prices are from another day"],
};

/** Of a replay the day is named, and whether its prices were made up even then. */
function bandOf({ source, replay }) {
  const [title, text] = BANDS[source] ?? [`SOURCE: ${source.toUpperCase()}`, "not the live market"];
  if (replay?.date === undefined) return [title, text];
  const prices = replay.recorded === "simulated" ? "these made-up prices" : "these prices";
  return [title, `${prices} are of ${day(replay.date)}, not of now`];
}

const GLYPHS = { good: "✓", bad: "✕", warn: "!", plain: "·" };

function createView({ store, url, retry, dismissed, alarms }) {
  const { feed, counts } = store;
  const spoken = byId("spoken");
  const list = byId("log");
  let news = "";
  let logged = 0;
  let said = "";
  let noticesKey = "";

  byId("retry").addEventListener("click", retry);

  function showBand() {
    const { source } = feed;
    const band = byId("band");
    const [title, text] = source === undefined || source === "live" ? [] : bandOf(feed);
    band.hidden = title === undefined;
    if (title === undefined) return;
    band.dataset.source = source;
    put(byId("band-title"), title);
    put(byId("band-text"), `— ${text}`);
  }

  function linkText(now) {
    const { link, locked, trouble } = feed;
    if (locked) return "Access token needed";
    if (link.kind === "open") return trouble ? "Connected, no feed" : "Connected";
    if (link.kind === "connecting") {
      return link.attempt > 1 ? `Connecting, try ${link.attempt}` : "Connecting";
    }
    return `Lost; retry in ${Math.max(0, Math.ceil((link.retryAt - now) / 1000))} s`;
  }

  function showLink(now) {
    const { kind } = feed.link;
    const state = kind === "open" && (feed.trouble || store.cut) ? "cut" : kind;
    const box = byId("link");
    if (box.dataset.link !== state) box.dataset.link = state;
    put(byId("link-text"), linkText(now));
    // A button that goes away takes the focus with it.
    const button = byId("retry");
    const hide = kind === "open" || feed.locked ||
      (kind === "connecting" && document.activeElement !== button);
    if (button.hidden !== hide) button.hidden = hide;
    box.title = url;
  }

  /** For those who listen: a change of state once, and neither countdowns nor prices. */
  function speak(notices) {
    const { link, source } = feed;
    const state = feed.locked
      ? "The proxy asks for an access token."
      : link.kind === "open"
      ? `Connected to the proxy.${source in BANDS ? ` ${bandOf(feed).join(": ")}.` : ""}`
      : link.kind === "lost" || link.attempt > 1
      ? "Connection to the proxy lost; trying again."
      : "Connecting to the proxy.";
    const text = [
      state,
      ...notices.filter(({ id }) => id !== "lost").map((notice) => `${notice.title}: ${notice.text}`),
    ]
      .join(" ");
    if (text === said) return;
    said = text;
    spoken.textContent = text;
  }

  function showNotices(notices) {
    const key = notices.map(({ title, text }) => `${title}\n${text}`).join("\n\n");
    if (key === noticesKey) return;
    noticesKey = key;
    byId("notices").replaceChildren(...notices.map((notice) => {
      const item = document.createElement("li");
      item.dataset.level = notice.level;
      span("glyph", GLYPHS[notice.level], item).setAttribute("aria-hidden", "true");
      const words = span("words", "", item);
      const title = document.createElement("strong");
      title.textContent = notice.title;
      words.append(title, ` ${notice.text}`);
      if (notice.code) span("code", notice.code, words);
      if (notice.error || notice.dismiss) {
        const close = document.createElement("button");
        close.type = "button";
        close.textContent = "Dismiss";
        close.addEventListener("click", () => {
          if (notice.dismiss) notice.dismiss();
          else store.dismiss(notice.error);
          dismissed();
        });
        item.append(close);
      }
      return item;
    }));
  }

  function showLog() {
    const fresh = store.log.filter(({ id }) => id > logged);
    if (fresh.length === 0) return;
    logged = store.log[0].id;
    list.prepend(...fresh.map(({ at, level, text }) => {
      const item = document.createElement("li");
      item.dataset.level = level;
      span("glyph", GLYPHS[level], item).setAttribute("aria-hidden", "true");
      const time = document.createElement("time");
      time.dateTime = new Date(at).toISOString();
      time.textContent = istTime(at);
      item.append(time);
      span("words", text, item);
      return item;
    }));
    while (list.children.length > store.log.length) list.lastChild.remove();
    put(byId("message-count"), number(counts.messages));
  }

  function showEmpty(shown, filtered, own) {
    const empty = byId("empty");
    empty.hidden = shown > 0;
    if (shown > 0) return;
    const { link, exchanges } = feed;
    put(
      empty,
      filtered && store.rows.size > 0
        ? "Nothing in the list matches the filter."
        : feed.locked
        ? "The proxy answers; it gives no prices without an access token."
        : link.kind === "lost" || link.attempt > 1
        ? `Nothing answers at ${url}`
        : link.kind === "connecting"
        ? `Connecting to ${url}`
        : own
        ? "Your list is empty: add instruments by the search above, or go back to the proxy's list."
        : exchanges?.length === 0
        ? "The proxy has no watch list (WATCHLIST): add instruments by the search above."
        : "Subscribed; waiting for the first tick.",
    );
  }

  return {
    /** After each change of anything but prices, and once a second. */
    render(now, { shown, filtered, own }) {
      showLink(now);
      showEmpty(shown, filtered, own);
      const total = store.rows.size;
      put(
        byId("count"),
        filtered ? `${number(shown)} of ${number(total)}` : total > 0 ? number(total) : "",
      );
      const known = `${store.news} ${alarms.title} ${alarms.notices().length}`;
      if (news === known) return;
      news = known;
      const notices = [...alarms.notices(), ...store.notices()];
      showBand();
      showNotices(notices);
      showLog();
      speak(notices);
      put(
        byId("proxy-name"),
        feed.version === undefined
          ? url
          : `smartapi-proxy ${feed.version} · ${feed.source ?? "source unknown"} · ${url}`,
      );
      const mark = feed.link.kind !== "open" ? "✕ " : store.cut ? "! " : "";
      const made = feed.source in BANDS ? `${BANDS[feed.source][0]} · ` : "";
      document.title = `${alarms.title}${mark}${made}SmartAPI proxy`;
    },

    /** Once a second. */
    figures({ ticks, bytes }) {
      const open = feed.link.kind === "open";
      put(byId("tick-rate"), open ? number(ticks) : NONE);
      put(byId("byte-rate"), open ? bytesPerSecond(bytes) : NONE);
      put(byId("clock"), feed.exchangeTime === undefined ? NONE : istTime(feed.exchangeTime));
      put(byId("missing"), number(counts.missing));
      byId("missing-box").dataset.level = counts.missing > 0 ? "bad" : "ok";
      byId("missing-box").title = "Data messages that never came, by their numbers";
      byId("conflated-box").hidden = counts.conflated === 0;
      put(byId("conflated"), number(counts.conflated));
    },
  };
}

export { createView };
