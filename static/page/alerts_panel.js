/** The alerts as the user sees them: the form at the chosen row, the list of all, and the alarms that have rung. */

import { CONDITIONS } from "./alert_conditions.js";
import { byId, element, option, span } from "./dom.js";
import { istTime, number } from "./format.js";

/** Of the alarms that nobody has put away. */
const MOST_NOTICES = 5;

export function describe({ kind, value }, row) {
  return CONDITIONS[kind].words(value, row ?? { decimals: 2 });
}

function stateOf(alert, now) {
  if (alert.rangAt === undefined) return alert.armed ? "waits" : "waits for a live price that is not so yet";
  return `rang at ${istTime(alert.rangAt, now)}${alert.unseen ? ", for what came in a gap" : ""}`;
}

/**
 * `options.alerts`: See `createAlerts`. `options.bell`: See `createBell`.
 * `options.chosen`: The row of the detail, or undefined.
 * `options.needs`: Told the key of an instrument whose alerts may need another mode.
 */
export function createAlertsPanel({ alerts, bell, store, settings, chosen, needs, changed }) {
  const form = byId("alert-form");
  const kind = byId("alert-kind");
  const value = byId("alert-value");
  const why = byId("alert-why");
  const list = byId("alerts-list");
  const switches = [["sound", byId("alert-sound")], ["feedLost", byId("alert-feed")]];
  let notices = [];
  let shown = "";

  for (const [name, { label }] of Object.entries(CONDITIONS)) option(name, label, kind);
  const showValue = () => value.hidden = CONDITIONS[kind.value]?.unit === undefined;
  kind.addEventListener("change", showValue);
  for (const [name, box] of switches) {
    box.checked = settings.get(name) !== false;
    box.addEventListener("change", () => {
      settings.set(name, box.checked);
      bell.ask();
    });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const row = chosen();
    if (row === undefined) return;
    const typed = value.value.replaceAll(/[\s,₹%]/g, "").replace("−", "-");
    const fault = alerts.add({
      key: row.key,
      symbol: row.symbol,
      kind: kind.value,
      value: value.hidden ? undefined : typed === "" ? NaN : Number(typed),
    });
    why.textContent = fault === undefined ? "" : `${fault}.`;
    if (fault !== undefined) return;
    value.value = "";
    bell.ask().then(changed);
    needs(row.key);
    changed();
  });

  function button(parent, label, name, act) {
    const made = element("button", "plain", parent);
    made.type = "button";
    made.textContent = label;
    made.setAttribute("aria-label", `${label}: ${name}`);
    made.addEventListener("click", () => {
      act();
      // The button is gone, and its focus must not be.
      list.focus();
      changed();
    });
  }

  function itemOf(alert, now) {
    const row = store.rows.get(alert.key);
    const item = element("li");
    item.dataset.state = alert.rangAt === undefined ? "waits" : "rang";
    const words = span("words", "", item);
    const name = `${alert.symbol} ${describe(alert, row)}`;
    span("name", alert.symbol, words);
    words.append(` ${describe(alert, row)}`);
    span("state", row === undefined ? "not on the list" : stateOf(alert, now), words);
    if (alert.rangAt !== undefined) button(item, "Again", name, () => alerts.again(alert));
    button(item, "Remove", name, () => alerts.remove(alert));
    return item;
  }

  function alarm(id, level, title, text) {
    const notice = {
      id,
      level,
      title,
      text,
      dismiss() {
        notices = notices.filter((each) => each !== notice);
        changed();
      },
    };
    notices = [notice, ...notices.filter((each) => each.id !== id)].slice(0, MOST_NOTICES);
    store.note(level, `${title} ${text}`);
  }

  return {
    /** An alert rings. */
    rang(alert, row) {
      const at = istTime(alert.rangAt);
      const text = alert.unseen ? `It came in a gap; seen at ${at}.` : `At ${at}.`;
      const title = `${row.symbol}: ${describe(alert, row)} (${number(row.price, row.decimals)})`;
      alarm(alert, "warn", title, text);
      bell.ring("alert", title, { loud: settings.get("sound") !== false });
      changed();
    },

    /** The feed is lost. */
    lost(what, now) {
      if (settings.get("feedLost") === false) return;
      alarm("feed lost", "bad", "FEED LOST", `at ${istTime(now)}: ${what}.`);
      bell.ring("lost", `FEED LOST: ${what}`, { loud: settings.get("sound") !== false });
      changed();
    },

    notices: () => notices,

    render(now) {
      const limits = bell.limits ?? "";
      const key = `${alerts.version} ${store.shape} ${limits}`;
      if (key === shown) return;
      shown = key;
      list.replaceChildren(...alerts.list.map((alert) => itemOf(alert, now)));
      byId("alert-count").textContent = alerts.list.length > 0 ? number(alerts.list.length) : "";
      byId("no-alerts").hidden = alerts.list.length > 0;
      byId("alert-limits").textContent = limits;
    },
  };
}
