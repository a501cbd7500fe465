/** The dialog that says what the keys do. */

import { byId, element } from "./dom.js";
import { COMMAND_KEY } from "./list_keys.js";

const KEYS = [
  [`${COMMAND_KEY} K`, "add an instrument"],
  ["/", "filter the list"],
  ["1 to 9", "another list"],
  ["↑ ↓ Home End", "move through the list"],
  ["Alt ↑, Alt ↓", "move the row or the heading (or drag it)"],
  ["M", "the row's mode: LTP, Quote, Snap"],
  ["Delete, Backspace", "remove the row"],
  [`${COMMAND_KEY} C`, "copy the row, or all rows, for a spreadsheet"],
  ["Esc", "close what is open"],
  ["?", "this help"],
];

export function createHelp() {
  const dialog = byId("help");
  for (const [key, words] of KEYS) {
    const line = element("tr", "", byId("help-keys"));
    const head = element("th", "", line);
    head.scope = "row";
    head.textContent = key;
    element("td", "", line).textContent = words;
  }
  const open = () => dialog.open || dialog.showModal();
  byId("help-open").addEventListener("click", open);
  byId("help-close").addEventListener("click", () => dialog.close());
  return { open };
}
