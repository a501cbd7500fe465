/** Puts what was read from a file on the list, in its order. */

import { DEFAULT_MODE, MAX_ENTRIES, MODES } from "./watchlist_store.js";

/** Names in one command: far below what it may have. */
const MOST_NAMES = 500;

/**
 * @param items See `importList`.
 * @returns How many are on the list now, and the names that were not found.
 */
export async function takeItems(items, { watchlist, subscriptions }) {
  const missing = [];
  let added = 0;
  /** Names that follow one another, so that one command finds them. */
  let names = [];
  let namesMode = DEFAULT_MODE;

  async function find() {
    if (names.length === 0) return;
    const results = await subscriptions.addNames(names, namesMode);
    names.forEach((name, i) => results[i]?.status === "accepted" ? added++ : missing.push(name));
    names = [];
  }

  for (const { section, key, symbol, name, mode: asked } of items.slice(0, MAX_ENTRIES)) {
    const mode = MODES.includes(asked) ? asked : DEFAULT_MODE;
    if (name === undefined || mode !== namesMode || names.length >= MOST_NAMES) await find();
    if (section !== undefined) watchlist.addSection(section);
    else if (key !== undefined) {
      watchlist.set(key, { mode, symbol });
      added++;
    } else {
      names.push(name);
      namesMode = mode;
    }
  }
  await find();
  subscriptions.rearranged();
  return { added, missing };
}
