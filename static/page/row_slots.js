/** The row elements that there are: few, whatever the length of the list, each moved to the row that it shows. */

import { createSlot } from "./row_slot.js";

/** @param visible() Ids of the columns on the screen. */
export function createSlots(body, visible) {
  const slots = [];
  let beat;

  function clear(slot) {
    if (slot.line.hidden) return;
    slot.line.hidden = true;
    slot.line.removeAttribute("id");
    slot.row = undefined;
  }

  function place({ line }, index, rowHeight) {
    line.hidden = false;
    line.style.transform = `translateY(${index * rowHeight}px)`;
    line.setAttribute("aria-rowindex", String(index + 2));
    line.classList.toggle("even", index % 2 === 0);
  }

  return {
    /** What a row element shows; undefined for nothing. */
    rowOf: (line) => slots.find((slot) => slot.line === line)?.row,

    columns(ids) {
      for (const slot of slots) slot.columns(ids);
    },

    /**
     * `shown.order`: All rows. `shown.from`, `shown.count`: Those on the screen, by their index.
     * `shown.top`, `shown.bottom`: The first and last that are seen; others are filled when they move, and once a second.
     * `shown.moved`: Whether they are others, or elsewhere, than the last time.
     * `shown.about`: See `createSlot`.
     */
    show({ order, from, count, top, bottom, moved, rowHeight, about }) {
      const all = moved || about.beat !== beat;
      beat = about.beat;
      while (slots.length < count) {
        const slot = createSlot(body);
        slot.columns(visible());
        slots.push(slot);
      }
      for (let i = 0; i < slots.length; i++) {
        // By index, so that a scroll by a few rows refills those few, and not all of them.
        const index = from + ((i - from) % slots.length + slots.length) % slots.length;
        const row = index < from + count ? order[index] : undefined;
        if (row === undefined) {
          clear(slots[i]);
          continue;
        }
        if (moved) place(slots[i], index, rowHeight);
        if (all || (index >= top && index <= bottom)) slots[i].show(row, about);
      }
    },
  };
}
