/** The user's lists: how they are called, in which order, and under which name each is stored. The first may be the proxy's. */

import { STORED_AS } from "./watchlist_store.js";

const INDEX_AS = "smartapi-proxy.lists";
const FORMAT = 1;

/** One for each digit. */
const MOST = 9;
const LONGEST_NAME = 40;

const FIRST = { id: 1, name: "Watch list" };

function read(text) {
  let stored;
  try {
    stored = JSON.parse(text);
  } catch {
    return [FIRST];
  }
  if (stored?.format !== FORMAT || !Array.isArray(stored.lists)) return [FIRST];
  const lists = new Map();
  for (const each of stored.lists.slice(0, MOST)) {
    const { id, name } = each ?? {};
    if (!Number.isInteger(id) || id < 1 || id > 1_000 || typeof name !== "string" || name.trim() === "") {
      continue;
    }
    lists.set(id, { id, name: name.trim().slice(0, LONGEST_NAME) });
  }
  return lists.has(FIRST.id) ? [...lists.values()] : [FIRST, ...lists.values()].slice(0, MOST);
}

/** `options.storage`: As `localStorage`, or undefined. */
export function createLists({ storage = undefined } = {}) {
  let lists = [FIRST];
  function load() {
    try {
      lists = read(storage?.getItem(INDEX_AS) ?? "");
    } catch {
      // Storage that refuses is as good as none.
    }
  }
  load();

  function keep() {
    try {
      storage?.setItem(INDEX_AS, JSON.stringify({ format: FORMAT, lists }));
    } catch {
      // Full or forbidden: they hold as long as the page does.
    }
  }

  const nameOf = (text) => text.trim().slice(0, LONGEST_NAME);

  return {
    get all() {
      return lists;
    },

    storedAs: (id) => id === FIRST.id ? STORED_AS : `${STORED_AS}.${id}`,

    /** @returns The list, or why there is none. */
    add(text) {
      const name = nameOf(text);
      if (name === "") return "A list needs a name";
      if (lists.length >= MOST) return `There are ${MOST} lists already`;
      if (lists.some((list) => list.name === name)) return `There is a list ${name} already`;
      const list = { id: Math.max(...lists.map(({ id }) => id)) + 1, name };
      lists = [...lists, list];
      keep();
      return list;
    },

    /** @returns Why not, or undefined. */
    rename(id, text) {
      const name = nameOf(text);
      if (name === "") return "A list needs a name";
      if (lists.some((list) => list.id !== id && list.name === name)) {
        return `There is a list ${name} already`;
      }
      lists = lists.map((list) => list.id === id ? { id, name } : list);
      keep();
      return undefined;
    },

    /** The first one stays. @returns What undoes it, or undefined. */
    remove(id) {
      const before = lists;
      if (id === FIRST.id || !lists.some((list) => list.id === id)) return undefined;
      const stored = storage?.getItem(this.storedAs(id)) ?? null;
      lists = lists.filter((list) => list.id !== id);
      storage?.removeItem(this.storedAs(id));
      keep();
      return () => {
        lists = before;
        if (stored !== null) storage?.setItem(this.storedAs(id), stored);
        keep();
      };
    },

    /** Another window of this browser has changed them. @returns Whether this was news of it. */
    storedElsewhere({ key }) {
      if (key !== INDEX_AS) return false;
      load();
      return true;
    },
  };
}
