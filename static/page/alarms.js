/** Joins what rings: the alerts that the user sets, the feed that is lost, and the bell. */

import { createAlerts } from "./alerts.js";
import { createAlertsPanel } from "./alerts_panel.js";
import { createBell } from "./bell.js";
import { createFeedAlarm } from "./feed_alarm.js";
import { MODES } from "./watchlist_store.js";

/**
 * `options.chosen()`: The row of the detail, or undefined.
 * `options.modeOf(key)`, `options.setMode(key, mode)`: Of the list; an alert may need a higher one.
 */
export function createAlarms({ storage, settings, store, chosen, modeOf, setMode, changed }) {
  const bell = createBell();
  const alerts = createAlerts({ storage, ring: (alert, row) => panel.rang(alert, row) });
  const panel = createAlertsPanel({
    alerts,
    bell,
    store,
    settings,
    chosen,
    changed,
    needs(key) {
      const needed = MODES.indexOf(alerts.needs(key));
      if (needed > MODES.indexOf(modeOf(key))) setMode(key, MODES[needed]);
    },
  });
  const feedAlarm = createFeedAlarm(store.feed);
  for (const event of ["pointerdown", "keydown"]) addEventListener(event, bell.wake, { once: true });
  addEventListener("focus", () => bell.seen() && changed());

  /** What a replay plays happened on another day: nobody is to act upon it. */
  const isReplay = () => store.feed.source === "replay";

  return {
    ticked(row, watched) {
      if (!isReplay()) alerts.ticked(row, watched);
    },
    notices: panel.notices,
    storedElsewhere: alerts.storedElsewhere,
    render: panel.render,
    get title() {
      return bell.title;
    },

    /** Once a second. */
    look(now) {
      const lost = isReplay() ? undefined : feedAlarm.look(now);
      if (lost !== undefined) panel.lost(lost, now);
    },
  };
}
