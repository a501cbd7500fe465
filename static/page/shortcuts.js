/** The keys that work wherever the focus is. */

import { hasCommandKey } from "./list_keys.js";

/** `acts`: `search()`, `filter()`, `unfilter()`, `list(n)`, `help()`. `filter`: The element of the filter. */
export function listenShortcuts(target, { acts, filter }) {
  target.addEventListener("keydown", (event) => {
    if (handleShortcut(event, acts, filter)) event.preventDefault();
  });
}

/** @returns Whether the key was meant for the page. */
export function handleShortcut(event, acts, filter) {
  const { key, altKey, ctrlKey, metaKey } = event;
  if (key.toLowerCase() === "k" && hasCommandKey(event) && !altKey) {
    acts.search();
    return true;
  }
  if (key === "Escape" && event.target === filter) {
    acts.unfilter();
    return true;
  }
  const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target?.tagName ?? "");
  if (typing || altKey || ctrlKey || metaKey) return false;
  if (key === "/") acts.filter();
  else if (key === "?") acts.help();
  else if (/^[1-9]$/.test(key)) acts.list(Number(key));
  else return false;
  return true;
}
