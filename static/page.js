"use strict";
/** Joins the parts: what comes over the wire goes into the store, and at most once per frame from there to the screen. */
(function (page) {
  const url = page.proxyUrl(location);
  const store = page.createStore();
  const filter = document.getElementById("filter");
  const resetButton = document.getElementById("reset-list");

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
    view.render(now, { shown: list.shown, filtered: filter.value !== "", own: watchlist.own });
    resetButton.hidden = !watchlist.own;
  }

  const list = page.createList({
    store,
    grid: document.getElementById("list"),
    head: document.getElementById("head"),
    body: document.getElementById("body"),
    changed,
    select: (key) => detail.select(key),
    acts: {
      remove,
      mode(key) {
        const { MODES } = page;
        setMode(key, MODES[(MODES.indexOf(watchlist.mode(key)) + 1) % MODES.length]);
      },
      retry: (key) => setMode(key, watchlist.mode(key)),
      // An expired contract has others of the same name beside it.
      find: (key) => search.open(/^[A-Z&]*/i.exec(store.rows.get(key).symbol)[0]),
    },
  });

  const detail = page.createDetail({
    store,
    look: (key) => subscriptions.look(key),
    close() {
      list.unselect();
      document.getElementById("list").focus();
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

  const wire = page.createWire({
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
  const access = page.createAccess(wire);

  const watchlist = page.createWatchlist({ storage: page.browserStorage() });
  const subscriptions = page.createSubscriptions({ ask, watchlist, store, changed });
  const search = page.createSearch({ ask, subscriptions, watchlist, added: (key) => list.choose(key) });
  const toast = page.createToast();

  resetButton.addEventListener("click", () => {
    const back = wayBack();
    subscriptions.reset();
    toast("This is the proxy's watch list again.", back);
    document.getElementById("list").focus();
  });
  addEventListener("storage", (event) => {
    if (watchlist.storedElsewhere(event)) subscriptions.reread();
  });

  const view = page.createView({ store, url, retry: wire.retry, dismissed: changed });

  const feedPanel = page.createFeedPanel({ ask, store });

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
    feedPanel.render(Date.now());
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
      document.getElementById("list").focus();
    }
  });

  // No one waits for a countdown that became pointless.
  addEventListener("online", wire.retry);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) wire.retry();
  });

  // There is room for the feed and the messages beside the list, or else only on demand.
  const wide = matchMedia("(min-width: 64rem)").matches;
  for (const id of ["feed", "messages"]) document.getElementById(id).open = wide;
})(globalThis.smartapiPage ??= {});
