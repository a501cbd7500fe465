/** What the keys do in the watch list. */

/** A Mac's keyboard has Backspace where others have Delete, and its Command key in place of Control. */
const IS_MAC = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");

/** The key that goes with a letter for a command. */
export const hasCommandKey = (event, mac = IS_MAC) =>
  mac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;

/** As it is printed. */
export const COMMAND_KEY = IS_MAC ? "⌘" : "Ctrl";

/**
 * `list.order`: The rows on the screen. `list.at`: The place of the chosen one, or -1. `list.leap`: Rows of a page.
 * `list.choose(index)`, `list.unselect()`, `list.remove()`, `list.mode()`, `list.move(by)`, `list.copy()`.
 */
export function listenKeys(grid, list) {
  grid.addEventListener("keydown", (event) => {
    if (event.target !== grid) return;
    if (handle(event, list)) event.preventDefault();
  });
}

/** @returns Whether the key was meant for the list. */
export function handle(event, list) {
  const { key, altKey, ctrlKey, metaKey } = event;
  const { at, leap, order } = list;
  const chosen = at >= 0;
  if (hasCommandKey(event) && !altKey && key.toLowerCase() === "c") {
    // What the user has marked on the page is what is copied.
    if (String(globalThis.getSelection?.() ?? "") !== "") return false;
    list.copy();
    return true;
  }
  if (ctrlKey || metaKey) return false;
  if (altKey) {
    if (!chosen || (key !== "ArrowUp" && key !== "ArrowDown")) return false;
    list.move(key === "ArrowUp" ? -1 : 1);
    return true;
  }
  const to = {
    ArrowDown: at + 1,
    ArrowUp: chosen ? at - 1 : 0,
    PageDown: at + leap,
    PageUp: at - leap,
    Home: 0,
    End: order.length - 1,
  }[key];
  if (to !== undefined) list.choose(to);
  else if (key === "Escape" && chosen) list.unselect();
  else if ((key === "Delete" || key === "Backspace") && chosen) list.remove();
  else if (key.toLowerCase() === "m" && chosen) list.mode();
  else return false;
  return true;
}
