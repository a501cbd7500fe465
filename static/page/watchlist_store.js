/**
 * The watch list of this browser: instruments and the mode of each, in their order. It is the proxy's own list until
 * the first change; from then on it is kept in the browser's storage. Where there is no storage (a private window, a
 * page from the disk), it works just the same until the page is closed.
 */

const STORED_AS = "smartapi-proxy.watchlist";
const FORMAT = 1;

const MODES = ["ltp", "quote", "snapquote"];
const DEFAULT_MODE = "quote";

/** `exchange:token`, as the proxy writes an instrument. */
const KEY = /^[a-z]{2,8}:[0-9]{1,25}$/;

/** The heading of a section, numbered in its list. */
const SECTION = /^#\d{1,5}$/;

/** More than the broker's three sockets carry. */
const MAX_ENTRIES = 3_000;

/** The browser's storage; undefined where even looking at it is refused. @param {string} [name] */
function browserStorage(name = "localStorage") {
  try {
    return globalThis[name] ?? undefined;
  } catch {
    return undefined;
  }
}

/** What was stored by an earlier version, by hand or by half is no list: only whole entries count. */
function read(text) {
  let stored;
  try {
    stored = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (stored?.format !== FORMAT || !Array.isArray(stored.instruments)) return undefined;
  const entries = new Map();
  for (const item of stored.instruments.slice(0, MAX_ENTRIES)) {
    if (!Array.isArray(item)) continue;
    const [key, mode, symbol] = item;
    if (typeof key !== "string") continue;
    if (SECTION.test(key) && typeof symbol === "string") entries.set(key, { section: symbol.slice(0, 60) });
    if (!KEY.test(key) || !MODES.includes(mode)) continue;
    entries.set(key, { mode, symbol: typeof symbol === "string" ? symbol.slice(0, 100) : undefined });
  }
  return entries;
}

/** Whether a key is a section's, and no instrument's. */
const isSection = (key) => SECTION.test(key);

/** `options.storage`: As `localStorage`, or undefined. `options.storedAs`: One name for each list. */
function createWatchlist({ storage = undefined, storedAs = STORED_AS } = {}) {
  let entries = new Map();
  /** Whether the list is the user's, and not what the proxy's `WATCHLIST` says. */
  let own = false;

  function take(text) {
    const found = text === null ? undefined : read(text);
    own = found !== undefined;
    if (own) entries = found;
  }

  function load() {
    try {
      take(storage?.getItem(storedAs) ?? null);
    } catch {
      // Storage that refuses is as good as none.
    }
  }
  load();

  function keep() {
    own = true;
    const instruments = [...entries].map(([key, { mode, symbol, section }]) =>
      isSection(key) ? [key, "", section] : [key, mode, symbol]
    );
    try {
      storage?.setItem(storedAs, JSON.stringify({ format: FORMAT, instruments }));
    } catch {
      // Full or forbidden: the list holds as long as the page does.
    }
  }

  return {
    get own() {
      return own;
    },
    get size() {
      return entries.size;
    },
    /** The instruments, `[key, { mode, symbol }]`, in order. */
    entries: () => [...entries].filter(([key]) => !isSection(key)),
    /** With the headings between them, `[key, { section }]`. */
    items: () => [...entries],
    has: (key) => entries.has(key),
    mode: (key) => entries.get(key)?.mode,
    symbol: (key) => entries.get(key)?.symbol,

    /** Adds at the end, or changes the mode of what is there. */
    set(key, { mode, symbol }) {
      entries.set(key, { mode, symbol: symbol ?? entries.get(key)?.symbol });
      keep();
    },

    remove(key) {
      if (entries.delete(key)) keep();
    },

    /** A heading, above an item or at the end. */
    addSection(name, before) {
      const number = Math.max(0, ...[...entries.keys()].filter(isSection).map((key) => Number(key.slice(1))));
      const key = `#${number + 1}`;
      entries.set(key, { section: name.slice(0, 60) });
      this.move(key, before);
      return key;
    },

    /** Puts an item before another one, or at the end. */
    move(key, before) {
      const item = entries.get(key);
      if (item === undefined || key === before) return;
      const rest = [...entries].filter(([each]) => each !== key);
      const at = rest.findIndex(([each]) => each === before);
      rest.splice(at < 0 ? rest.length : at, 0, [key, item]);
      entries = new Map(rest);
      keep();
    },

    /** Goes over to the list that is stored under another name; an unknown one is empty, and the user's. */
    open(name, { own: isOwn = true } = {}) {
      storedAs = name;
      entries = new Map();
      own = false;
      load();
      if (!own && isOwn) keep();
    },

    /** The proxy's lists, as it has just told them; a list of the user's own is not touched by that. */
    follow(told) {
      if (!own) entries = new Map(told);
    },

    /** Puts a former list back, in its order. */
    restore(former) {
      entries = new Map(former);
      keep();
    },

    /** Back to the proxy's lists, which are to be asked for. */
    forget() {
      own = false;
      entries = new Map();
      try {
        storage?.removeItem(storedAs);
      } catch {
        // Then it was never stored.
      }
    },

    /** Another window of this browser has changed the list. @returns Whether this was news of it. */
    storedElsewhere({ key, newValue }) {
      if (key !== storedAs) return false;
      take(newValue);
      return true;
    },
  };
}

export { browserStorage, createWatchlist, DEFAULT_MODE, isSection, MAX_ENTRIES, MODES, STORED_AS };
