/**
 * The watch list: a grid of which only the visible rows exist. A row element is a slot; scrolling and sorting change
 * which instrument a slot shows, and a frame writes only the cells whose text has changed.
 */

import { columnsFor, USUAL_TEXTS } from "./columns.js";
import { byId } from "./dom.js";
import { createFit, createRuler } from "./fit.js";
import { createHead } from "./list_head.js";
import { createRowOrder } from "./row_order.js";
import { createSlot } from "./row_slot.js";

/** The buttons in a row, by their class, and what they do. */
const BUTTONS = { "mode-of": "mode", "remove-row": "remove", "retry-row": "retry", "find-other": "find" };

/** Rows made beyond the edges, so that a scroll finds them there. */
const OVERSCAN = 6;

/** A list sorted by something that moves is put in order this often: oftener, and no row could be followed. */
const SORT_EVERY_MS = 1_000;

/**
 * @param options.grid, options.head, options.body The elements of the page.
 * `options.changed`: Asks for a frame.
 * `options.select`: Told the key of the row that was chosen, or undefined.
 * `options.acts`: What can be done with a row, each with its key: `remove`, `mode`, `retry`, `find`.
 */
export function createList({ store, grid, head, body, changed, select = (_key) => {}, acts }) {
  const slots = [];
  const rowOrder = createRowOrder(store);
  let order = [];
  let stale = true;
  let sortedAt = 0;
  let shape = -1;
  let [width, height] = [0, 0];
  let rowHeight = 34;
  let columnsKey = "";
  let shownTemplate = "";
  let visible = new Set();
  let selected;
  let chosen;
  let first = -1;
  let scrollTop = 0;
  const fit = createFit({ measure: createRuler(body), least: USUAL_TEXTS });
  const about = { store, fit, now: 0, beat: 0, slow: false, worth: "", change: undefined };

  const headers = createHead(head, (column) => {
    rowOrder.sortBy(column);
    headers.showSort(rowOrder.signOf);
    stale = true;
    changed();
  });

  function putInOrder() {
    order = rowOrder.rows();
    if (selected !== undefined && !store.rows.has(selected)) unselect();
  }

  function chooseColumns() {
    fit.settle();
    const { compact, columns, template } = columnsFor(width, store.seen, fit.widthOf);
    grid.classList.toggle("compact", compact);
    if (template !== shownTemplate) {
      shownTemplate = template;
      grid.style.setProperty("--columns", template);
    }
    const key = `${compact} ${columns.map(({ id }) => id)}`;
    if (key === columnsKey) return;
    columnsKey = key;
    visible = new Set(columns.map(({ id }) => id));
    headers.show(visible);
    for (const slot of slots) slot.columns(visible);
    changed();
  }

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
    select(selected);
    changed();
  }

  grid.addEventListener("scroll", () => {
    scrollTop = grid.scrollTop;
    changed();
  }, { passive: true });

  grid.addEventListener("keydown", (event) => {
    if (event.target !== grid || event.altKey || event.ctrlKey || event.metaKey) return;
    const at = order.findIndex(({ key }) => key === selected);
    const leap = Math.max(1, Math.floor(height / rowHeight) - 2);
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? 0 : at - 1,
      PageDown: at + leap,
      PageUp: at - leap,
      Home: 0,
      End: order.length - 1,
    }[event.key];
    if (to !== undefined) choose(to);
    else if (event.key === "Escape" && selected !== undefined) unselect();
    else if (event.key === "Delete" && selected !== undefined) removeSelected();
    else if (event.key.toLowerCase() === "m" && selected !== undefined) acts.mode(selected);
    else return;
    event.preventDefault();
  });

  body.addEventListener("click", (event) => {
    const line = event.target.closest(".row");
    const slot = slots.find((slot) => slot.line === line);
    if (!slot?.row) return;
    const { key } = slot.row;
    const button = event.target.closest("button");
    const act = button && Object.keys(BUTTONS).find((name) => button.classList.contains(name));
    if (act) acts[BUTTONS[act]](key);
    else choose(order.indexOf(slot.row));
  });

  new ResizeObserver(measure).observe(grid);

  return {
    get shown() {
      return order.length;
    },

    get selected() {
      return selected;
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
      while (slots.length < count) {
        const slot = createSlot(body);
        slot.columns(visible);
        slots.push(slot);
      }
      about.now = now;
      about.beat = beat;
      for (let i = 0; i < slots.length; i++) {
        // By index, so that a scroll by a few rows refills those few, and not all of them.
        const index = from + ((i - from) % slots.length + slots.length) % slots.length;
        const slot = slots[i];
        const row = index < from + count ? order[index] : undefined;
        if (row === undefined) {
          if (!slot.line.hidden) {
            slot.line.hidden = true;
            slot.line.removeAttribute("id");
            slot.row = undefined;
          }
          continue;
        }
        if (moved) {
          slot.line.hidden = false;
          slot.line.style.transform = `translateY(${index * rowHeight}px)`;
          slot.line.setAttribute("aria-rowindex", String(index + 2));
          slot.line.classList.toggle("even", index % 2 === 0);
        }
        slot.show(row, about);
      }
      if (moved) {
        first = from;
        showSelection();
      }
      // Before the frame is seen: what was just written may be wider than its column.
      if (fit.settle()) chooseColumns();
    },
  };
}
