/** What the lists' menu does to the list that is shown. */

import { takeItems } from "./list_import.js";
import { importList } from "./list_text.js";

/** `options.selected()`: The key of the chosen row, or undefined. `options.wayBack()`: Undoes what comes next. */
export function createListActs({ lists, watchlist, subscriptions, toast, selected, wayBack }) {
  return {
    show(id) {
      // What it would undo is of another list.
      toast.hide();
      watchlist.open(lists.storedAs(id), { own: id !== 1 });
      subscriptions.reread();
    },
    addSection(name) {
      watchlist.addSection(name, selected());
      subscriptions.rearranged();
    },
    async take(text, from) {
      const back = wayBack();
      const { added, missing } = await takeItems(importList(text), { watchlist, subscriptions });
      const without = missing.length === 0 ? "" : `; not found: ${missing.slice(0, 10).join(", ")}`;
      toast(`${from}: ${added} added${without}.`, back);
    },
    say: (text, back) => toast(text, back),
  };
}
