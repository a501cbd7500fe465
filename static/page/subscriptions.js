/**
 * Keeps the proxy giving exactly what the page shows. What is wanted is a set (the watch list, and the row that is
 * looked at in the highest mode), what was asked for on this connection is another, and only the difference is sent.
 */

import { DEFAULT_MODE, MODES } from "./watchlist_store.js";

/** Tokens in one command: far below the 64 KiB that a command may have. */
const MOST_TOKENS = 1_000;

const LOOKED_AT_MODE = "snapquote";

/**
 * `options.ask`: Sends a command; its answer, or an error with `code` and `message`.
 * `options.watchlist`: See `createWatchlist`.
 * `options.store`: Is told which rows there are (`list`), which are refused (`refuse`), and what failed.
 * `options.changed`: Told after each change of the list.
 */
function createSubscriptions({ ask, watchlist, store, changed = () => {} }) {
  /** Key to mode, as asked for on this connection. */
  const asked = new Map();
  let connection = 0;
  let open = false;
  let exchanges = [];
  let lookedAt;
  /** Until the proxy's lists are known there is nothing to add to. */
  let ready = Promise.resolve();

  function modeOf(key) {
    return key === lookedAt ? LOOKED_AT_MODE : watchlist.mode(key);
  }

  function show() {
    store.list(watchlist.items());
    changed();
  }

  /** Sends what is asked for and not wanted, and what is wanted and not asked for. */
  function settle() {
    if (!open) return;
    const gone = [...asked.keys()].filter((key) => !watchlist.has(key));
    for (const { exchange, tokens, keys } of groups(gone)) {
      for (const key of keys) asked.delete(key);
      ask({ command: "unsubscribe", exchange, tokens }).catch(failed);
    }
    for (const mode of MODES) {
      const wanted = watchlist.entries().map(([key]) => key)
        .filter((key) => modeOf(key) === mode && asked.get(key) !== mode);
      for (const group of groups(wanted)) subscribe(group, mode);
    }
  }

  async function subscribe({ exchange, tokens, keys }, mode) {
    const mine = connection;
    for (const key of keys) {
      asked.set(key, mode);
      store.refuse(key, undefined);
    }
    let results;
    try {
      results = (await ask({ command: "subscribe", exchange, tokens, mode })).results;
    } catch (error) {
      if (isLost(error)) return;
      results = error.answer?.results ??
        keys.map(() => ({ status: "refused", code: error.code, message: error.message }));
    }
    if (mine !== connection || !open || !Array.isArray(results)) return;
    results.forEach((result, i) => {
      const key = keys[i];
      if (key === undefined || asked.get(key) !== mode) return;
      const replaced = replacedBy(key, result);
      if (replaced === undefined) return store.granted(key, result);
      ask({ command: "unsubscribe", exchange, tokens: [tokens[i]] }).catch(failed);
      store.refuse(key, replaced);
    });
    changed();
  }

  /** The number of an expired contract is given to another one: what was saved under it is not that. */
  function replacedBy(key, { status, symbol }) {
    const saved = watchlist.symbol(key);
    const isShare = /^[nb]se:/.test(key);
    const isNumber = saved !== undefined && key.endsWith(`:${saved}`);
    if (status !== "accepted" || isShare || saved === undefined || isNumber || symbol === saved) {
      return undefined;
    }
    return { code: "replaced", message: `${saved} is no more; its number now means ${symbol}` };
  }

  /** The proxy's lists of all exchanges, in one mode. */
  async function follow() {
    const mine = connection;
    const before = watchlist.entries();
    const lists = await Promise.all(exchanges.map(async (exchange) => {
      const command = { command: "subscribe", exchange, mode: DEFAULT_MODE };
      try {
        return accepted(await ask(command));
      } catch (error) {
        if (mine === connection && open) failed(error);
        return error.answer !== undefined ? [] : before.filter(([key]) => key.startsWith(`${exchange}:`));
      }
    }));
    if (mine !== connection || !open) return;
    watchlist.follow(lists.flat());
    for (const [key, { mode }] of lists.flat()) asked.set(key, mode);
    show();
    settle();
  }

  function accepted({ results = [] }) {
    const refused = results.filter(({ status }) => status === "refused");
    for (const { instrument, message, code } of refused.slice(0, 3)) {
      store.failed({ message: `${instrument}: ${message}`, code });
    }
    return results.filter(({ status }) => status === "accepted")
      .map(({ instrument, symbol, mode }) => [instrument, { mode, symbol }]);
  }

  function failed(error) {
    if (open && !isLost(error)) store.failed(error);
  }

  function change() {
    show();
    settle();
  }

  return {
    /** A connection stands: asks for everything anew, and for nothing else. */
    connected(names) {
      connection++;
      open = true;
      exchanges = names;
      asked.clear();
      if (watchlist.own) {
        change();
        ready = Promise.resolve();
      } else ready = follow();
      return ready;
    },

    lost() {
      open = false;
      connection++;
    },

    /** The row whose depth and figures are on the screen; undefined for none. */
    look(key) {
      if (key === lookedAt) return;
      lookedAt = key;
      settle();
    },

    async add(key, { mode, symbol = undefined }) {
      await ready;
      watchlist.set(key, { mode, symbol });
      // Adding what was refused asks again.
      if (store.rows.get(key)?.refusal !== undefined) asked.delete(key);
      change();
    },

    /**
     * By names, as they were typed: the proxy says what they are.
     *
     * @returns Rows of the answer, refused ones with `code`, `message` and perhaps `suggestions`.
     */
    async addNames(symbols, mode) {
      await ready;
      let results;
      try {
        ({ results } = await ask({ command: "subscribe", symbols, mode }));
      } catch (error) {
        results = error.answer?.results ??
          symbols.map((instrument) => ({
            status: "refused",
            instrument,
            code: error.code,
            message: error.message,
          }));
      }
      for (const { status, instrument, symbol } of results) {
        if (status !== "accepted") continue;
        watchlist.set(instrument, { mode, symbol });
        asked.set(instrument, mode);
      }
      change();
      return results;
    },

    remove(key) {
      watchlist.remove(key);
      if (key === lookedAt) lookedAt = undefined;
      change();
    },

    /** A list in another order, or with other headings, asks for nothing anew. */
    rearranged: change,

    /** The whole list as it was. */
    restore(entries) {
      watchlist.restore(entries);
      change();
    },

    /** Back to the lists of the proxy. */
    reset() {
      watchlist.forget();
      if (!open) return change();
      ready = follow();
      return ready;
    },

    /** The list was changed by someone else. */
    reread() {
      if (watchlist.own) change();
      else this.reset();
    },
  };
}

/** A lost connection refuses nothing: all is asked for again on the next one. */
export function isLost({ code }) {
  return code === "lost" || code === "closed";
}

/** Keys by exchange, in pieces that one command can carry. */
function groups(keys) {
  const byExchange = new Map();
  for (const key of keys) {
    const exchange = key.slice(0, key.indexOf(":"));
    const of = byExchange.get(exchange) ?? [];
    if (of.length === 0) byExchange.set(exchange, of);
    of.push(key);
  }
  const pieces = [];
  for (const [exchange, of] of byExchange) {
    for (let i = 0; i < of.length; i += MOST_TOKENS) {
      const piece = of.slice(i, i + MOST_TOKENS);
      pieces.push({ exchange, keys: piece, tokens: piece.map((key) => key.slice(exchange.length + 1)) });
    }
  }
  return pieces;
}

export { createSubscriptions };
