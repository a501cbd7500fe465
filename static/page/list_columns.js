/** The columns of the watch list as they are on the screen: which there are, and how wide each is. */

import { columnsFor, USUAL_TEXTS } from "./columns.js";
import { createFit, createRuler } from "./fit.js";

/**
 * `options.hidden()`: Ids of columns that the user does not want.
 * `options.shown`: Told the ids of the columns each time when they are others.
 */
export function createListColumns({ grid, body, store, hidden, shown }) {
  const fit = createFit({ measure: createRuler(body), least: USUAL_TEXTS });
  let shownKey = "";
  let shownTemplate = "";
  let visible = new Set();

  return {
    fit,
    get visible() {
      return visible;
    },

    /** @param width Of the grid, px. */
    choose(width) {
      fit.settle();
      const { compact, columns, template } = columnsFor(width, store.seen, fit.widthOf, hidden());
      grid.classList.toggle("compact", compact);
      if (template !== shownTemplate) {
        shownTemplate = template;
        grid.style.setProperty("--columns", template);
      }
      const key = `${compact} ${columns.map(({ id }) => id)}`;
      if (key === shownKey) return;
      shownKey = key;
      visible = new Set(columns.map(({ id }) => id));
      shown(visible);
    },
  };
}
