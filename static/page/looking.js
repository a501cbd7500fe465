/** Which row is looked at: in the address, as a sheet, in a window of its own, and again when the page is opened anew. */

import { byId } from "./dom.js";
import { createLink, keyOf } from "./link.js";
import { createSheet } from "./sheet.js";

/** A list is there after so many seconds; what a link asks for and is not on it then is said. */
const MISSING_AFTER_S = 4;

/** Whether this window is for one chart alone. */
export const isChartWindow = (search) => new URLSearchParams(search).has("chart");

/** @param href Of the page. @returns The address of a window with the chart of one instrument. */
export function chartAddress(href, key) {
  const address = new URL(href);
  address.search = "?chart";
  address.hash = key;
  return address.href;
}

/**
 * `options.has(key)`: Whether it is on the list. `options.close`: Nothing is looked at any more.
 * `options.add(key)`: Has an instrument on the list. `options.say`: See `createToast`.
 */
export function createLooking({ settings, has, close, add, say }) {
  const alone = isChartWindow(location.search);
  if (alone) document.documentElement.dataset.only = "chart";
  const wide = () => alone || matchMedia("(width >= 64rem)").matches;
  const last = keyOf(`#${settings.get("row")}`);
  const linked = keyOf(location.hash);
  const hash = linked === undefined && last !== undefined && wide() ? `#${last}` : location.hash;
  const link = createLink({ hash, base: location.pathname + location.search, pages: history });
  const sheet = createSheet({ narrow: () => !wide(), close, pages: history, target: globalThis });
  let key;
  let seconds = 0;

  byId("chart-link").addEventListener("click", () => {
    const address = new URL(`#${key}`, location.origin + location.pathname).href;
    // Without https no page may write to the clipboard.
    const copied = navigator.clipboard?.writeText(address) ?? Promise.reject();
    copied.then(() => say("The link is copied."), () => say(address));
  });
  byId("chart-window").addEventListener("click", () => {
    open(chartAddress(location.href, key), `chart ${key}`, "popup,width=900,height=560");
  });

  return {
    take: () => link.take(has),
    shows(chosen) {
      key = chosen;
      sheet.shows(key);
      link.shows(key);
      if (!alone) settings.set("row", key);
    },
    everySecond() {
      if (++seconds !== MISSING_AFTER_S || link.wanted === undefined || linked !== link.wanted) return;
      say(`${linked} is not on this list.`, () => add(linked), "Add it");
    },
  };
}
