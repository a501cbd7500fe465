/**
 * How wide the columns must be, so that no figure is ever cut: as wide as the widest text that a column has held,
 * measured in the font that the browser really has. Digits count as zeros, so a new price needs no new measurement.
 */

import { element } from "./dom.js";

/** A fraction of a pixel too little is a dot too much. */
const SPARE_PX = 1;

/**
 * @param measure `(id, text, badge)` to the width in px of a cell of this column with this inside.
 * @param least By column, texts for which there is room from the start.
 */
export function createFit({ measure, least = {} }) {
  /** By column: text and badge to the width of that cell, undefined until it is measured. */
  const known = new Map();
  const widest = new Map();
  let isNew = false;

  function note(id, text, badge = "") {
    const shape = `${text.replace(/\d/g, "0")}\n${badge}`;
    const shapes = known.get(id) ?? new Map();
    if (shapes.has(shape)) return;
    known.set(id, shapes.set(shape, undefined));
    isNew = true;
  }

  for (const [id, texts] of Object.entries(least)) for (const text of texts) note(id, text);

  return {
    /** A cell of this column holds this text now, and perhaps a badge after it. */
    note,

    /** Px; 0 for a column whose texts are not noted. */
    widthOf: (id) => widest.get(id) ?? 0,

    /** Measures what is new. @returns Whether a column has to be wider than before. */
    settle() {
      if (!isNew) return false;
      isNew = false;
      let wider = false;
      for (const [id, shapes] of known) {
        for (const [shape, width] of shapes) {
          if (width !== undefined) continue;
          const [text, badge] = shape.split("\n");
          const needed = Math.ceil(measure(id, text, badge)) + SPARE_PX;
          shapes.set(shape, needed);
          if (needed <= (widest.get(id) ?? 0)) continue;
          widest.set(id, needed);
          wider = true;
        }
      }
      return wider;
    },

    /** The font may be another: all is measured anew. */
    forget() {
      widest.clear();
      for (const shapes of known.values()) for (const shape of shapes.keys()) shapes.set(shape, undefined);
      isNew = true;
    },
  };
}

/** Measures in a row that nobody sees. @param body Of the list, whose styles the cells are to have. */
export function createRuler(body) {
  const line = element("div", "row ruler", body);
  line.setAttribute("aria-hidden", "true");
  return (id, text, badge) => {
    const cell = element("div", `cell ${id}`, line);
    cell.textContent = text;
    if (badge !== "") element("span", "worth", cell).textContent = badge;
    const { width } = cell.getBoundingClientRect();
    cell.remove();
    return width;
  };
}
