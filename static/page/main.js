/** Joins the parts: what comes over the wire goes into the store, and at most once per frame from there to the screen. */

import { byId } from "./dom.js";
import { createAccess } from "./access.js";
import { createAlarms } from "./alarms.js";
import { createDetail } from "./detail.js";
import { createHelp } from "./help.js";
import { createLooking } from "./looking.js";
import { paceOfPage } from "./pace.js";
import { createPanels } from "./panels.js";
import { createSurroundings } from "./surroundings.js";
import { createList } from "./list.js";
import { createListActs } from "./list_acts.js";
import { createListMenu } from "./list_menu.js";
import { copyRows } from "./list_text.js";
import { createLists } from "./lists.js";
import { createRates } from "./rates.js";
import { createSettings } from "./settings.js";
import { listenShortcuts } from "./shortcuts.js";
import { createSearch } from "./search.js";
import { createStore } from "./store.js";
import { createSubscriptions } from "./subscriptions.js";
import { createToast } from "./toast.js";
import { createTransport } from "./transport.js";
import { feedUrl, recordedDay } from "./recorded_day.js";
import { createView } from "./view.js";
import { browserStorage, createWatchlist, isSection, MODES } from "./watchlist_store.js";
import { createWire, dialUrl, proxyUrl } from "./wire.js";

const played = recordedDay(location.search);
const url = feedUrl(proxyUrl(location), played);
const storage = browserStorage();
const settings = createSettings({ storage });
const store = createStore({
  ticked(row, watched) {
    alarms.ticked(row, watched);
    detail.ticked(row);
  },
});
const [filter, resetButton] = [byId("filter"), byId("reset-list")];

// A hidden page gets no frames: the store goes on, and the screen catches up with one of them.
const pace = paceOfPage(render);
const changed = pace.ask;

let beat = 0;
function render() {
  const now = Date.now();
  const linked = looking.take();
  if (linked !== undefined) list.choose(linked);
  list.render(now, beat);
  detail.render(now, beat);
  alarms.render(now);
  panels.render();
  view.render(now, { shown: list.shown, filtered: filter.value !== "", own: watchlist.own });
  resetButton.hidden = !watchlist.own;
}

const list = createList({
  store,
  grid: byId("list"),
  head: byId("head"),
  body: byId("body"),
  changed: pace.soon,
  hidden: () => menu.hidden,
  select(key) {
    detail.select(key);
    looking.shows(key);
  },
  acts: {
    remove,
    move(key, before) {
      watchlist.move(key, before);
      subscriptions.rearranged();
    },
    copy: (rows) => menu.copy(copyRows(rows, store), rows.length === 1 ? rows[0].symbol : "All rows"),
    sorted: (sort) => settings.set("sort", sort),
    mode(key) {
      setMode(key, MODES[(MODES.indexOf(watchlist.mode(key)) + 1) % MODES.length]);
    },
    retry: (key) => setMode(key, watchlist.mode(key)),
    // An expired contract has others of the same name beside it.
    find: (key) => search.open(/^[A-Z&]*/i.exec(store.rows.get(key).symbol)[0]),
  },
});

const looking = createLooking({
  settings,
  has: (key) => store.rows.has(key),
  close: () => list.unselect(),
  add: (key) => subscriptions.add(key, { mode: "snapquote" }),
  say: (what, back, label) => toast(what, back, label),
});

const detail = createDetail({
  store,
  settings,
  ask: (command, options) => wire.ask(command, options),
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
  const [own, before] = [watchlist.own, watchlist.items()];
  return () => own ? subscriptions.restore(before) : subscriptions.reset();
}

function remove(key) {
  const name = isSection(key) ? "The heading" : store.rows.get(key).symbol;
  const back = wayBack();
  subscriptions.remove(key);
  toast(`${name} is off the list.`, back);
}

/** The store is told, and there may be something to draw. */
const told = (name) => (news) => {
  store[name](news);
  changed();
};

const wire = createWire({
  url: dialUrl(url),
  on: {
    link(state) {
      store.link(state);
      if (state.kind === "lost") {
        subscriptions.lost();
        access.lost(state);
      }
      changed();
    },
    data: told("data"),
    message(message) {
      if (access.message(message) || transport.message(message)) return;
      if (message.type === "info") {
        store.info(message);
        subscriptions.connected(store.feed.exchanges);
      } else if (message.type === "system") store.system(message);
      changed();
    },
    hole: told("hole"),
    fault: told("fault"),
  },
});

const { ask } = wire;
const access = createAccess({
  ...wire,
  tab: browserStorage("sessionStorage"),
  device: storage,
  locked: (is) => store.lock(is),
});
const transport = createTransport({ played, ask, get: access.get, store });
const watchlist = createWatchlist({ storage });
const subscriptions = createSubscriptions({ ask, watchlist, store, changed });
const search = createSearch({ ask, subscriptions, watchlist, added: (key) => list.choose(key) });
const panels = createPanels({
  ask,
  get: access.get,
  store,
  settings,
  changed,
  choose: (key) => list.choose(key),
  async add(key, symbol) {
    await subscriptions.add(key, { mode: "snapquote", symbol });
    list.choose(key);
  },
});
const toast = createToast();
const lists = createLists({ storage });
const menu = createListMenu({
  lists,
  settings,
  watchlist,
  store,
  changed,
  rows: () => list.rows,
  acts: createListActs({ lists, watchlist, subscriptions, toast, wayBack, selected: () => list.selected }),
});
if (menu.active !== 1) watchlist.open(lists.storedAs(menu.active));
if (Array.isArray(settings.get("sort"))) list.sortAs(settings.get("sort"));

const alarms = createAlarms({
  storage,
  settings,
  store,
  changed,
  setMode,
  chosen: () => store.rows.get(list.selected),
  modeOf: (key) => watchlist.mode(key),
});

resetButton.addEventListener("click", () => {
  const back = wayBack();
  subscriptions.reset();
  toast("This is the proxy's watch list again.", back);
  byId("list").focus();
});
addEventListener("storage", (event) => {
  if (watchlist.storedElsewhere(event)) subscriptions.reread();
  else if (alarms.storedElsewhere(event)) changed();
  else if (lists.storedElsewhere(event)) menu.reread();
});

const view = createView({ store, url, retry: wire.retry, dismissed: changed, alarms });

const rates = createRates({ counts: store.counts, traffic: wire.traffic });
function everySecond() {
  beat++;
  view.figures(rates());
  const now = Date.now();
  panels.everySecond(now);
  alarms.look(now);
  looking.everySecond();
  changed();
}
setInterval(everySecond, 1_000);
everySecond();
filter.addEventListener("input", () => list.filter(filter.value));
listenShortcuts(document, {
  filter,
  acts: {
    search: () => search.open(),
    filter: () => filter.focus(),
    unfilter() {
      filter.value = "";
      list.filter("");
      byId("list").focus();
    },
    list: menu.showNth,
    help: createHelp().open,
  },
});

createSurroundings({ retry: wire.retry, settings });
