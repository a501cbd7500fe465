/**
 * The alerts of this browser. Each rings once, at the first live tick at which it is so and after one at which it was
 * not. Last known values, and prices that are old, suspect or of a closed market, ring nothing and arm nothing. What
 * happened in a gap rings at the first live tick after it, and says that it was not seen.
 */

import { CONDITIONS, faultOf } from "./alert_conditions.js";

const STORED_AS = "smartapi-proxy.alerts";
const FORMAT = 1;

const MOST = 200;

const KEY = /^[a-z]{2,8}:[0-9]{1,25}$/;

function read(text) {
  let stored;
  try {
    stored = JSON.parse(text);
  } catch {
    return [];
  }
  if (stored?.format !== FORMAT || !Array.isArray(stored.alerts)) return [];
  return stored.alerts.filter((each) =>
    typeof each?.key === "string" && KEY.test(each.key) && faultOf(each.kind, each.value) === undefined
  ).slice(0, MOST).map(({ key, symbol, kind, value, side, armed, rangAt }) => ({
    key,
    symbol: typeof symbol === "string" ? symbol.slice(0, 100) : key,
    kind,
    value,
    side: side === 1 || side === -1 ? side : 0,
    armed: armed === true,
    rangAt: Number.isFinite(rangAt) ? rangAt : undefined,
    unseen: false,
  }));
}

/**
 * `options.storage`: As `localStorage`, or undefined.
 * `options.ring`: Told each alert as it rings.
 */
export function createAlerts({ storage = undefined, now = Date.now, ring }) {
  let list = [];
  /** By instrument, for the ticks: those that may still ring. */
  const waiting = new Map();
  let version = 0;

  function index() {
    waiting.clear();
    for (const alert of list) {
      if (alert.rangAt !== undefined) continue;
      waiting.set(alert.key, [...waiting.get(alert.key) ?? [], alert]);
    }
    version++;
  }

  function keep() {
    index();
    const alerts = list.map(({ unseen: _, ...alert }) => alert);
    try {
      storage?.setItem(STORED_AS, JSON.stringify({ format: FORMAT, alerts }));
    } catch {
      // Full or forbidden: they hold as long as the page does.
    }
  }

  function look(alert, row, seen) {
    if (alert.kind === "price" && alert.side === 0) {
      // Which way it crosses is known from where it is now; on the level itself it has still to leave.
      alert.side = Math.sign(row.price - alert.value);
      alert.armed = alert.side !== 0;
      return alert.armed;
    }
    const is = CONDITIONS[alert.kind].is(row, alert.value, alert.side);
    if (is === undefined || (!is && alert.armed)) return false;
    if (!alert.armed) {
      alert.armed = !is;
      return alert.armed;
    }
    alert.rangAt = now();
    alert.unseen = !seen;
    alert.symbol = row.symbol;
    ring(alert, row);
    return true;
  }

  try {
    list = read(storage?.getItem(STORED_AS) ?? "");
  } catch {
    // Storage that refuses is as good as none.
  }
  /** After a reload nothing was seen since. */
  const resumed = new Set(list);
  index();

  return {
    get list() {
      return list;
    },
    /** Rises with each change. */
    get version() {
      return version;
    },

    /** The mode that the alerts of an instrument need, of those that still wait; undefined for none. */
    needs(key) {
      const modes = (waiting.get(key) ?? []).map(({ kind }) => CONDITIONS[kind].mode);
      return ["snapquote", "quote", "ltp"].find((mode) => modes.includes(mode));
    },

    /** @returns Why not, or undefined. */
    add({ key, symbol, kind, value = undefined }) {
      const fault = faultOf(kind, value);
      if (fault !== undefined) return fault;
      if (list.length >= MOST) return `There are ${MOST} alerts already`;
      if (list.some((each) => each.key === key && each.kind === kind && each.value === value)) {
        return "There is this alert already";
      }
      list.push({ key, symbol, kind, value, side: 0, armed: false, rangAt: undefined, unseen: false });
      keep();
      return undefined;
    },

    remove(alert) {
      list = list.filter((each) => each !== alert);
      keep();
    },

    /** It may ring anew, once it was not so. */
    again(alert) {
      Object.assign(alert, { side: 0, armed: false, rangAt: undefined, unseen: false });
      keep();
    },

    /**
     * A live tick of now.
     *
     * @param watched Whether nothing was missed since the one before it.
     */
    ticked(row, watched) {
      const alerts = waiting.get(row.key);
      if (alerts === undefined) return;
      let changed = false;
      for (const alert of alerts) {
        changed = look(alert, row, watched && !resumed.has(alert)) || changed;
        resumed.delete(alert);
      }
      if (changed) keep();
    },

    /** Another window of this browser has changed them. @returns Whether this was news of it. */
    storedElsewhere({ key, newValue }) {
      if (key !== STORED_AS) return false;
      list = read(newValue ?? "");
      index();
      return true;
    },
  };
}
