/** What the page takes from the device it is on: its network, its light, its keyboard and its width. */

import { byId } from "./dom.js";
import { rememberPanels } from "./layout.js";
import { COMMAND_KEY } from "./list_keys.js";
import { createTheme } from "./theme.js";

/** `options.retry`: Connects at once, where a retry is being waited for. */
export function createSurroundings({ retry, settings }) {
  // No one waits for a countdown that became pointless.
  addEventListener("online", retry);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) retry();
  });

  createTheme({ root: document.documentElement, button: byId("theme"), settings });
  byId("search-key").textContent = `${COMMAND_KEY} K`;

  // No words are cut: a phone's field has no room for two of them. Its label keeps both.
  const narrow = matchMedia("(width < 40rem)");
  const name = () => byId("search-input").placeholder = narrow.matches ? "Add" : "Add instrument";
  narrow.addEventListener("change", name);
  name();

  // There is room for the feed and the messages beside the list, or else only on demand.
  const wide = matchMedia("(min-width: 64rem)").matches;
  rememberPanels({
    panels: document.querySelectorAll(".fold"),
    open: wide ? ["feed", "messages"] : [],
    settings,
  });
}
