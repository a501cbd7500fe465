/** Tiles of instruments: buttons with a name and a change, among which arrow keys move. */

import { dataCell, element, textCell } from "./dom.js";

const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

function createTile(place, chosen) {
  const button = element("button", "tile", place);
  button.type = "button";
  button.tabIndex = -1;
  const symbol = textCell(button, "tile-symbol");
  const change = textCell(button, "tile-change");
  const note = textCell(button, "unseen");
  const step = dataCell(button, "step");
  const old = dataCell(button, "old");
  let key;
  button.addEventListener("click", () => chosen(key));
  return {
    button,
    /** Whether it is within the place, or so near that a scroll finds it. */
    seen: true,
    show(tile) {
      key = tile.key;
      symbol(tile.symbol);
      change(tile.text);
      note(tile.old === "" ? "" : ` ${tile.old}`);
      step(String(tile.step));
      old(tile.old);
    },
  };
}

/**
 * `options.place`: Gets the tiles. `options.chosen`: Told the key of the one that was pressed.
 * `options.Observer`: As `IntersectionObserver`.
 */
export function createTiles({ place, chosen, Observer = globalThis.IntersectionObserver }) {
  const tiles = [];
  let list = [];
  let shown = 0;
  /** The one that Tab comes to. */
  let at = 0;

  function reach(i, focus) {
    if (i < 0 || i >= shown) return;
    if (tiles[at] !== undefined) tiles[at].button.tabIndex = -1;
    at = i;
    tiles[i].button.tabIndex = 0;
    if (focus) tiles[i].button.focus();
  }

  place.addEventListener("keydown", (event) => {
    const goal = { Home: 0, End: shown - 1 }[event.key] ?? at + STEPS[event.key];
    if (Number.isNaN(goal)) return;
    event.preventDefault();
    reach(goal, true);
  });
  place.addEventListener("focusin", ({ target }) => {
    reach(tiles.findIndex(({ button }) => button === target), false);
  });

  // Of a thousand tiles a few dozen are seen; the others are filled when they come near.
  const watch = new Observer((entries) => {
    for (const { target, isIntersecting } of entries) {
      const i = tiles.findIndex(({ button }) => button === target);
      tiles[i].seen = isIntersecting;
      if (isIntersecting && i < shown) tiles[i].show(list[i]);
    }
  }, { root: place, rootMargin: "200px" });

  function add() {
    const tile = createTile(place, chosen);
    tiles.push(tile);
    watch.observe(tile.button);
  }

  /** @param next See `heatOf`. */
  return (next) => {
    const moved = next.length !== shown || next.some(({ key }, i) => key !== list[i].key);
    list = next;
    while (tiles.length < list.length) add();
    shown = list.length;
    tiles.forEach((tile, i) => {
      if (moved) tile.button.hidden = i >= shown;
      if (i < shown && (moved || tile.seen)) tile.show(list[i]);
    });
    reach(Math.min(at, shown - 1), false);
  };
}
