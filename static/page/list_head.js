/** The head of the watch list: a button for each column by which it can be sorted. */

import { COLUMNS } from "./columns.js";
import { element } from "./dom.js";

/** @param sortBy Called with the column whose button was pressed. */
export function createHead(head, sortBy) {
  const headers = COLUMNS.map((column) => {
    const cell = element("div", `cell ${column.id}`, head);
    cell.setAttribute("role", "columnheader");
    if (column.value === undefined) {
      element("span", column.unseen ? "unseen" : "", cell).textContent = column.label;
      if (column.title) cell.title = column.title;
      return { column, cell };
    }
    const button = element("button", "", cell);
    button.type = "button";
    button.title = `${column.title ?? column.label}: click to sort`;
    button.textContent = column.label;
    const mark = element("span", "mark", button);
    mark.setAttribute("aria-hidden", "true");
    button.addEventListener("click", () => sortBy(column));
    return { column, cell, mark };
  });

  return {
    get height() {
      return head.offsetHeight;
    },

    /** @param signOf 1 ascending, -1 descending, 0 neither. */
    showSort(signOf) {
      for (const { column, cell, mark } of headers) {
        if (mark === undefined) continue;
        const sign = signOf(column);
        mark.textContent = sign > 0 ? " ↑" : sign < 0 ? " ↓" : "";
        if (sign === 0) cell.removeAttribute("aria-sort");
        else cell.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      }
    },

    /** @param visible Ids of columns. */
    show(visible) {
      for (const { column, cell } of headers) cell.hidden = !visible.has(column.id);
    },
  };
}
