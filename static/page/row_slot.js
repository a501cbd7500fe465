/** One row element of the watch list. Scrolling and sorting change which instrument it shows. */

import { dataCell, element, textCell } from "./dom.js";
import { PAINT } from "./cells.js";
import { COLUMNS } from "./columns.js";

/** A flash that begins before the last one could be seen is only unrest. */
const FLASH_EVERY_MS = 300;

/** In place of the figures of an instrument that the proxy does not give: why, and what can be done. */
function createRefusal(line) {
  const cell = element("div", "cell refusal", line);
  cell.setAttribute("role", "gridcell");
  cell.hidden = true;
  element("span", "glyph", cell).textContent = "✕";
  const text = textCell(cell, "words");
  for (const [className, label] of [["retry-row", "Try again"], ["find-other", "Find another"]]) {
    const button = element("button", className, cell);
    button.type = "button";
    button.tabIndex = -1;
    button.textContent = label;
  }
  let shown;
  return ({ refusal }) => {
    if (refusal === shown) return;
    shown = refusal;
    cell.hidden = refusal === undefined;
    if (refusal === undefined) return;
    text(`${refusal.message} (${refusal.code})`);
    cell.title = refusal.message;
  };
}

/** One row element. `show` fills it; it is cheap when nothing has changed. */
function createSlot(body) {
  const line = element("div", "row", body);
  line.setAttribute("role", "row");
  const cells = COLUMNS.map((column) => {
    const cell = element("div", `cell ${column.id}`, line);
    cell.setAttribute("role", "gridcell");
    return { id: column.id, cell, paint: PAINT[column.id](cell) };
  });
  const priceCell = cells.find(({ id }) => id === "price").cell;
  const worth = dataCell(line, "worth");
  const refusal = createRefusal(line);
  const heading = element("div", "cell heading", line);
  heading.setAttribute("role", "gridcell");
  heading.hidden = true;
  const slot = { line, row: undefined };
  let version = -1;
  let drawnAt = 0;
  let changes = 0;
  let flashedAt = 0;
  let flashed = 0;
  let odd = false;

  slot.columns = (visible) => {
    for (const { id, cell } of cells) cell.hidden = !visible.has(id);
    // What was hidden was not filled.
    version = drawnAt = -1;
  };

  function showSection(row) {
    slot.row = row;
    line.id = `row-${row.key}`;
    line.dataset.section = "";
    heading.hidden = false;
    heading.textContent = row.section;
  }

  /** `about.beat`: Rises once a second, for what ages without a tick. */
  slot.show = (row, about) => {
    const other = slot.row !== row;
    if (row.section !== undefined) return other && showSection(row);
    if (other && !heading.hidden) {
      heading.hidden = true;
      delete line.dataset.section;
    }
    if (!other && version === row.version && drawnAt === about.beat) return;
    if (other) {
      slot.row = row;
      line.id = `row-${row.key}`;
      delete priceCell.dataset.flash;
      changes = row.changes;
      flashedAt = 0;
    }
    about.slow = other || drawnAt !== about.beat;
    version = row.version;
    drawnAt = about.beat;
    about.worth = about.store.worth(row);
    about.change = about.store.change(row);
    worth(about.worth);
    refusal(row);
    for (const { cell, paint } of cells) if (!cell.hidden) paint(row, about);
    if (row.changes !== changes) {
      changes = row.changes;
      // One that says the opposite of the arrow must not stay.
      if (about.now - flashedAt >= FLASH_EVERY_MS || row.direction !== flashed) {
        flashedAt = about.now;
        flashed = row.direction;
        // Two names for one animation: a new name starts it again, without a forced layout.
        odd = !odd;
        priceCell.dataset.flash = `${row.direction > 0 ? "up" : "down"}-${odd ? 1 : 2}`;
      }
    }
  };
  return slot;
}

export { createSlot };
