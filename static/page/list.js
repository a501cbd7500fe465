/**
 * The watch list: a grid of which only the visible rows exist. A row element is a slot; scrolling and sorting change
 * which instrument a slot shows, and a frame writes only the cells whose text has changed.
 */

import { COLUMNS } from "./columns.js";
import { byId } from "./dom.js";
import { createListColumns } from "./list_columns.js";
import { listenDrag } from "./list_drag.js";
import { createHead } from "./list_head.js";
import { listenKeys } from "./list_keys.js";
import { createRowOrder } from "./row_order.js";
import { createSlots } from "./row_slots.js";

/** The buttons in a row, by their class, and what they do. */
const BUTTONS = { "mode-of": "mode", "remove-row": "remove", "retry-row": "retry", "find-other": "find" };

/** Rows made beyond the edges, so that a scroll finds them there. */
const OVERSCAN = 6;

/** A list sorted by something that moves is put in order this often: oftener, and no row could be followed. */
const SORT_EVERY_MS = 1_000;

/**
 * @param options.grid, options.head, options.body The elements of the page.
 * `options.changed`: Asks for a frame. `options.hidden()`: Ids of columns that the user does not want.
 * `options.select`: Told the key of the row that was chosen, or undefined.
 * `options.acts`: What can be done with a row, each with its key: `remove`, `mode`, `retry`, `find`, `move(key, before)`;
 *   and `copy(rows)`.
 */
export function createList({ store, grid, head, body, changed, hidden, select = (_key) => {}, acts }) {
  const slots = createSlots(body, () => columns.visible);
  const rowOrder = createRowOrder(store);
  let order = [];
  let stale = true;
  let sortedAt = 0;
  let shape = -1;
  let [width, height] = [0, 0];
  let rowHeight = 34;
  let selected;
  let chosen;
  let first = -1;
  let scrollTop = 0;
  const columns = createListColumns({
    grid,
    body,
    store,
    hidden,
    shown(visible) {
      headers.show(visible);
      slots.columns(visible);
      changed();
    },
  });
  const { fit } = columns;
  const about = { store, fit, now: 0, beat: 0, slow: false, worth: "", change: undefined };

  const headers = createHead(head, (column) => {
    rowOrder.sortBy(column);
    acts.sorted(rowOrder.kept);
    headers.showSort(rowOrder.signOf);
    stale = true;
    changed();
  });

  function putInOrder() {
    order = rowOrder.rows();
    const isThere = store.rows.has(selected) || order.some(({ key }) => key === selected);
    if (selected !== undefined && !isThere) unselect();
  }

  const chooseColumns = () => columns.choose(width);

  function measure() {
    // Zoom and the width of the window choose the font's size, too.
    fit.forget();
    width = grid.clientWidth;
    height = grid.clientHeight;
    rowHeight = parseFloat(getComputedStyle(grid).getPropertyValue("--row")) || 34;
    chooseColumns();
    // The height of a row may depend on the choice.
    rowHeight = parseFloat(getComputedStyle(grid).getPropertyValue("--row")) || 34;
    first = -1;
    changed();
  }

  function showSelection() {
    const element = selected === undefined ? null : byId(`row-${selected}`);
    if (chosen !== element) {
      chosen?.removeAttribute("aria-selected");
      element?.setAttribute("aria-selected", "true");
      chosen = element;
    }
    if (element) grid.setAttribute("aria-activedescendant", element.id);
    else grid.removeAttribute("aria-activedescendant");
  }

  function unselect() {
    if (selected === undefined) return;
    selected = undefined;
    showSelection();
    select(undefined);
    changed();
  }

  /** The row below takes its place. */
  function removeSelected() {
    const at = order.findIndex(({ key }) => key === selected);
    if (at < 0) return;
    const gone = selected;
    if (order.length > 1) choose(at + 1 < order.length ? at + 1 : at - 1);
    acts.remove(gone);
  }

  function choose(index) {
    const row = order[Math.max(0, Math.min(order.length - 1, index))];
    if (row === undefined) return;
    selected = row.key;
    const top = order.indexOf(row) * rowHeight;
    const headHeight = headers.height;
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top + rowHeight > grid.scrollTop + height - headHeight) {
      grid.scrollTop = top + rowHeight - height + headHeight;
    }
    scrollTop = grid.scrollTop;
    first = -1;
    select(row.section === undefined ? selected : undefined);
    changed();
  }

  grid.addEventListener("scroll", () => {
    scrollTop = grid.scrollTop;
    changed();
  }, { passive: true });

  listenKeys(grid, {
    get order() {
      return order;
    },
    get at() {
      return order.findIndex(({ key }) => key === selected);
    },
    get leap() {
      return Math.max(1, Math.floor(height / rowHeight) - 2);
    },
    choose,
    unselect,
    remove: removeSelected,
    mode: () => acts.mode(selected),
    move(by) {
      const at = order.findIndex(({ key }) => key === selected);
      const to = at + by;
      if (rowOrder.sorted || rowOrder.filtered || to < 0 || to >= order.length) return;
      acts.move(selected, order[by > 0 ? to + 1 : to]?.key);
    },
    copy: () => acts.copy(order.filter(({ key }) => selected === undefined || key === selected)),
  });

  listenDrag(body, {
    keyOf: (line) => slots.rowOf(line)?.key,
    movable: () => !rowOrder.sorted && !rowOrder.filtered,
    move: acts.move,
  });

  body.addEventListener("click", (event) => {
    const row = slots.rowOf(event.target.closest(".row"));
    if (row === undefined) return;
    const button = event.target.closest("button");
    const act = button && Object.keys(BUTTONS).find((name) => button.classList.contains(name));
    if (act) acts[BUTTONS[act]](row.key);
    else choose(order.indexOf(row));
  });

  new ResizeObserver(measure).observe(grid);

  return {
    get shown() {
      return order.length;
    },

    get selected() {
      return selected;
    },
    get rows() {
      return order;
    },

    /** Sorts as it was kept. */
    sortAs([id, sign]) {
      rowOrder.restore(COLUMNS.find((column) => column.id === id), sign);
      headers.showSort(rowOrder.signOf);
      stale = true;
    },
    unselect,

    /** Chooses a row, if the filter lets it be seen. */
    choose(key) {
      if (shape !== store.shape) putInOrder();
      const at = order.findIndex((row) => row.key === key);
      if (at >= 0) choose(at);
    },

    filter(text) {
      rowOrder.filter(text);
      stale = true;
      grid.scrollTop = 0;
      changed();
    },

    /** Once per animation frame at most. */
    render(now, beat) {
      const live = rowOrder.sorted && now - sortedAt >= SORT_EVERY_MS;
      if (stale || live || shape !== store.shape) {
        stale = false;
        sortedAt = now;
        shape = store.shape;
        const before = order.length;
        putInOrder();
        if (order.length !== before || first === -1) {
          body.style.height = `${order.length * rowHeight}px`;
          grid.setAttribute("aria-rowcount", String(order.length + 1));
        }
        first = -1;
      }
      chooseColumns();
      const from = Math.max(0, Math.min(Math.floor(scrollTop / rowHeight) - OVERSCAN, order.length - 1));
      const count = Math.min(order.length - from, Math.ceil(height / rowHeight) + 2 * OVERSCAN);
      const moved = from !== first || first === -1;
      about.now = now;
      about.beat = beat;
      const top = Math.floor(scrollTop / rowHeight);
      const bottom = Math.floor((scrollTop + height) / rowHeight);
      slots.show({ order, from, count, top, bottom, moved, rowHeight, about });
      if (moved) {
        first = from;
        showSelection();
      }
      // Before the frame is seen: what was just written may be wider than its column.
      if (fit.settle()) chooseColumns();
    },
  };
}
