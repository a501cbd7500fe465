/** Who moved most of the list, and all of it as a heat map; drawn once a second while it is open. */

import { byId, put } from "./dom.js";
import { heatOf, heatWords } from "./heat.js";
import { createTiles } from "./tiles.js";

/** `options.choose`: Told the key of the row that was pressed. */
export function createMoversPanel({ store, choose, changed }) {
  const panel = byId("movers");
  const shows = ["rising", "falling", "tiles"].map((name) => ({
    name,
    show: createTiles({ place: byId(`movers-${name}`), chosen: choose }),
  }));

  function draw() {
    if (!panel.open) return;
    const heat = heatOf(store);
    put(byId("movers-words"), heatWords(heat));
    for (const { name, show } of shows) show(heat[name]);
    byId("movers-most").hidden = heat.rising.length + heat.falling.length === 0;
  }
  panel.addEventListener("toggle", () => {
    draw();
    changed();
  });
  return { everySecond: draw };
}
