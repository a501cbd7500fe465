/** Joins the parts: what comes over the wire goes into the store, and at most once per frame from there to the screen. */

import { byId } from "./dom.js";
import { createAccess } from "./access.js";
import { createAlerts } from "./alerts.js";
import { createAlertsPanel } from "./alerts_panel.js";
import { createBell } from "./bell.js";
import { createFeedAlarm } from "./feed_alarm.js";
import { createDetail } from "./detail.js";
import { createFeedPanel } from "./feed_panel.js";
import { createList } from "./list.js";
import { createSettings } from "./settings.js";
import { createSearch } from "./search.js";
import { createStore } from "./store.js";
import { createSubscriptions } from "./subscriptions.js";
import { createToast } from "./toast.js";
import { createView } from "./view.js";
import { browserStorage, createWatchlist, MODES } from "./watchlist_store.js";
import { createWire, proxyUrl } from "./wire.js";

const url = proxyUrl(location);
const storage = browserStorage();
const settings = createSettings({ storage });
const store = createStore({ ticked: (row, watched) => alerts.ticked(row, watched) });
const filter = byId("filter");
const resetButton = byId("reset-list");

let frame = 0;
function changed() {
  // A hidden page gets no frames: the store goes on, and the screen catches up with one of them.
  frame ||= requestAnimationFrame(render);
}

let beat = 0;
function render() {
  frame = 0;
  const now = Date.now();
  list.render(now, beat);
  detail.render(now, beat);
  alertsPanel.render(now);
  view.render(now, { shown: list.shown, filtered: filter.value !== "", own: watchlist.own });
  resetButton.hidden = !watchlist.own;
}

const list = createList({
  store,
  grid: byId("list"),
  head: byId("head"),
  body: byId("body"),
  changed,
  select: (key) => detail.select(key),
  acts: {
    remove,
    mode(key) {
      setMode(key, MODES[(MODES.indexOf(watchlist.mode(key)) + 1) % MODES.length]);
    },
    retry: (key) => setMode(key, watchlist.mode(key)),
    // An expired contract has others of the same name beside it.
    find: (key) => search.open(/^[A-Z&]*/i.exec(store.rows.get(key).symbol)[0]),
  },
});

const detail = createDetail({
  store,
  look: (key) => subscriptions.look(key),
  close() {
    list.unselect();
    byId("list").focus();
  },
  acts: { changed, remove, setMode },
});

function setMode(key, mode) {
  subscriptions.add(key, { mode });
}

/** Undoes what comes next. */
function wayBack() {
  const { own } = watchlist;
  const before = watchlist.entries();
  return () => own ? subscriptions.restore(before) : subscriptions.reset();
}

function remove(key) {
  const { symbol } = store.rows.get(key);
  const back = wayBack();
  subscriptions.remove(key);
  toast(`${symbol} is off the list.`, back);
}

const wire = createWire({
  url,
  on: {
    link(state) {
      store.link(state);
      if (state.kind === "lost") {
        subscriptions.lost();
        access.lost(state);
      }
      changed();
    },
    data(data) {
      store.data(data);
      changed();
    },
    message(message) {
      if (access.message(message)) return;
      if (message.type === "info") {
        store.info(message);
        subscriptions.connected(store.feed.exchanges);
      } else if (message.type === "system") store.system(message);
      changed();
    },
    hole(hole) {
      store.hole(hole);
      changed();
    },
    fault(text) {
      store.fault(text);
      changed();
    },
  },
});

const { ask } = wire;
const access = createAccess({
  ...wire,
  tab: browserStorage("sessionStorage"),
  device: storage,
  locked: (is) => store.lock(is),
});

const watchlist = createWatchlist({ storage });
const subscriptions = createSubscriptions({ ask, watchlist, store, changed });
const search = createSearch({ ask, subscriptions, watchlist, added: (key) => list.choose(key) });
const toast = createToast();

const bell = createBell();
const alerts = createAlerts({ storage, ring: (alert, row) => alertsPanel.rang(alert, row) });
const alertsPanel = createAlertsPanel({
  alerts,
  bell,
  store,
  settings,
  changed,
  chosen: () => store.rows.get(list.selected),
  needs: (key) => {
    const needed = MODES.indexOf(alerts.needs(key));
    if (needed > MODES.indexOf(watchlist.mode(key))) setMode(key, MODES[needed]);
  },
});
const feedAlarm = createFeedAlarm(store.feed);
for (const event of ["pointerdown", "keydown"]) addEventListener(event, bell.wake, { once: true });
addEventListener("focus", () => bell.seen() && changed());

resetButton.addEventListener("click", () => {
  const back = wayBack();
  subscriptions.reset();
  toast("This is the proxy's watch list again.", back);
  byId("list").focus();
});
addEventListener("storage", (event) => {
  if (watchlist.storedElsewhere(event)) subscriptions.reread();
  else if (alerts.storedElsewhere(event)) changed();
});

const alarms = {
  notices: alertsPanel.notices,
  get title() {
    return bell.title;
  },
};
const view = createView({ store, url, retry: wire.retry, dismissed: changed, alarms });

const feedPanel = createFeedPanel({ ask, store });

// Rates over the last three seconds: steady enough to be read, quick enough to be believed.
const samples = [];
function everySecond() {
  beat++;
  samples.push({ at: performance.now(), ticks: store.counts.ticks, bytes: wire.traffic.bytes });
  if (samples.length > 4) samples.shift();
  const from = samples[0];
  const to = samples.at(-1);
  const seconds = (to.at - from.at) / 1000;
  view.figures({
    ticks: seconds > 0 ? Math.round((to.ticks - from.ticks) / seconds) : 0,
    bytes: seconds > 0 ? (to.bytes - from.bytes) / seconds : 0,
  });
  const now = Date.now();
  feedPanel.render(now);
  const lost = feedAlarm.look(now);
  if (lost !== undefined) alertsPanel.lost(lost, now);
  changed();
}
setInterval(everySecond, 1_000);
everySecond();

filter.addEventListener("input", () => list.filter(filter.value));
document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLInputElement;
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey) {
    event.preventDefault();
    search.open();
  } else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    filter.focus();
  } else if (event.key === "Escape" && event.target === filter) {
    filter.value = "";
    list.filter("");
    byId("list").focus();
  }
});

// No one waits for a countdown that became pointless.
addEventListener("online", wire.retry);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) wire.retry();
});

// There is room for the feed and the messages beside the list, or else only on demand.
const wide = matchMedia("(min-width: 64rem)").matches;
for (const id of ["feed", "messages"]) byId(id).open = wide;
