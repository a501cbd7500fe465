/** The instruments of the list with their last values, and what each is worth. */

import { createCandles } from "./candles.js";
import { createTrend } from "./trend.js";
import { isPrice, known, textOf } from "./values.js";

/** Indices have eight-digit tokens that begin with 999; they are points, not rupees. */
function isIndex(token) {
  return token.length === 8 && token.startsWith("999");
}

function newRow(exchange, token, { order, down, at }) {
  return {
    key: `${exchange}:${token}`,
    exchange,
    token,
    symbol: token,
    index: isIndex(token),
    // Currency pairs are quoted to a quarter of a paisa.
    decimals: exchange === "cds" ? 4 : 2,
    order,
    /** What the watch list asks for; undefined while it is not known. */
    mode: undefined,
    /** Why the proxy does not give it: `code`, `message` and perhaps `suggestions`. */
    refusal: undefined,
    /** Why there was no tick yet, as the proxy supposes. */
    reason: undefined,
    /** The last tick as it came. */
    tick: undefined,
    price: undefined,
    /** Of the last change of price: 1, -1, or 0 while there was none. */
    direction: 0,
    changes: 0,
    freshness: "live",
    down,
    /** A tick has to say that its price is still true. */
    old: false,
    /** Since the last live tick nothing was missed, as far as is known. */
    watched: false,
    version: 0,
    trend: createTrend(at),
    candles: createCandles(),
  };
}

/**
 * `options.changed`: Called when rows come or go, or their order may be another.
 * `options.ticked`: Told each row at a live tick of now, and whether nothing was missed since the one before it.
 */
export function createRows({ feed, latency, now, changed, ticked }) {
  /** By `exchange:token`: a token alone names different things at different exchanges. */
  const byKey = new Map();
  /** What was taken off the list: ticks of it may still be on their way. */
  const gone = new Set();
  /** Which optional fields have been seen at all; their columns appear with them. */
  const seen = { close: false, volume: false, book: false, range: false };
  const sections = [];
  let made = 0;

  function rowOf(exchange, token) {
    const known = byKey.get(`${exchange}:${token}`);
    if (known !== undefined) return known;
    const row = newRow(exchange, token, { order: made++, down: feed.allDown, at: now() });
    byKey.set(row.key, row);
    changed();
    return row;
  }

  /** What the last price of a row is worth: `live`, `quiet`, `waiting`, `stale`, `closed`, `suspect` or `refused`. */
  function worth(row) {
    if (row.refusal !== undefined) return "refused";
    if (row.price === undefined) return "waiting";
    if (row.freshness === "suspect") return "suspect";
    if (feed.cut || row.down) return "stale";
    const market = feed.markets.get(row.exchange);
    if (market?.stale) return "stale";
    if (row.freshness === "closed" || market?.state === "closed" || market?.state === "holiday") {
      return "closed";
    }
    if (row.old || row.freshness === "stale") return "stale";
    return row.freshness === "quiet" ? "quiet" : "live";
  }

  function see(row) {
    seen.close ||= row.close !== undefined;
    seen.volume ||= row.volume !== undefined;
    seen.range ||= row.low !== undefined && row.high !== undefined;
    // Columns must not come and go with the row that is looked at.
    seen.book ||= row.mode === "snapquote" && (row.bid !== undefined || row.ask !== undefined);
  }

  /** All of the last tick and nothing of those before it: a bid that a lower mode no longer tells is an old bid. */
  function setFields(row, tick) {
    row.tick = tick;
    row.close = known(tick.close);
    row.volume = known(tick.volume);
    row.low = known(tick.low);
    row.high = known(tick.high);
    // An empty side is news too: nobody buys, or nobody sells.
    row.bid = known(tick.bids?.[0]?.price);
    row.ask = known(tick.asks?.[0]?.price);
  }

  function setPrice(row, price, snapshot) {
    if (row.price !== undefined && price !== row.price) {
      row.direction = price > row.price ? 1 : -1;
      // A snapshot catches up with what has happened; it is not happening now.
      if (!snapshot) row.changes++;
    }
    row.price = price;
  }

  return {
    byKey,
    seen,
    worth,

    /** The headings between the rows: `key`, `section` and `order`. */
    sections,

    /** The rows there are, in their order: `[key, { mode, symbol }]`, or `[key, { section }]`. All others go. */
    list(entries) {
      const listed = new Set();
      sections.length = 0;
      entries.forEach(([key, { mode, symbol, section }], order) => {
        if (section !== undefined) return sections.push({ key, section, order });
        listed.add(key);
        gone.delete(key);
        const at = key.indexOf(":");
        const row = rowOf(key.slice(0, at), key.slice(at + 1));
        if (row.mode !== mode || row.order !== order) row.version++;
        row.mode = mode;
        row.order = order;
        if (row.symbol === row.token) row.symbol = textOf(symbol, row.token);
      });
      for (const key of byKey.keys()) {
        if (listed.has(key)) continue;
        byKey.delete(key);
        gone.add(key);
      }
      changed();
    },

    /** Those of the keys that are on the list; all of them where no keys are given. */
    *of(keys) {
      if (keys === undefined) return yield* byKey.values();
      for (const key of keys) if (byKey.has(key)) yield byKey.get(key);
    },

    /** @param tick As the proxy sends it. @returns Whether it was taken. */
    take(tick, snapshot, receivedAt) {
      const { exchange, token, last_traded_price: price } = tick ?? {};
      if (typeof exchange !== "string" || typeof token !== "string") return false;
      // What has not been traded yet, or whose price is not believed, has none.
      if (price !== undefined && !isPrice(price)) return false;
      if (gone.has(`${exchange}:${token}`)) return false;
      const row = rowOf(exchange, token);
      const wasLive = worth(row) === "live";
      const symbol = textOf(tick.symbol, token);
      if (symbol !== row.symbol) {
        row.symbol = symbol;
        changed();
      }
      if (price !== undefined) setPrice(row, price, snapshot);
      row.refusal = row.reason = undefined;
      row.exchangeTime = known(tick.exchange_timestamp);
      // A last known value is as old as its exchange says, not as new as its arrival.
      row.tickedAt = snapshot ? Math.min(receivedAt, row.exchangeTime ?? receivedAt) : receivedAt;
      if (!(feed.exchangeTime > row.exchangeTime)) feed.exchangeTime = row.exchangeTime ?? feed.exchangeTime;
      setFields(row, tick);
      see(row);
      row.freshness = textOf(tick.freshness, "live");
      row.old = false;
      row.version++;
      if (price === undefined || worth(row) !== "live") {
        row.watched = false;
        return true;
      }
      row.trend.add(now(), price, wasLive);
      if (snapshot) return true;
      const dayVolume = row.index ? undefined : row.volume;
      row.candles.add({ time: row.exchangeTime ?? row.tickedAt, price, dayVolume });
      if (row.exchangeTime !== undefined) latency.tick(receivedAt, row.exchangeTime);
      ticked(row, row.watched);
      row.watched = true;
      return true;
    },

    /** All that was told is of another time. */
    forgetAll() {
      for (const row of byKey.values()) {
        setFields(row, {});
        Object.assign(row, { tick: undefined, price: undefined, direction: 0, exchangeTime: undefined });
        row.watched = false;
        row.trend = createTrend(now());
        row.candles = createCandles();
        row.version++;
      }
    },

    /** Old until a tick says otherwise: what was traded in between is not known. */
    becomeOld(row) {
      row.old = true;
      row.watched = false;
      row.candles.cut();
      row.version++;
    },

    setFreshness(row, freshness) {
      row.freshness = freshness;
      row.version++;
    },

    refuse(row, refusal) {
      if (row === undefined || row.refusal === refusal) return;
      row.refusal = refusal;
      row.version++;
      changed();
    },

    /** Ticks of what was taken off the list came over the connection that is gone. */
    forgetGone: () => gone.clear(),

    /** The last prices, oldest first, one each three seconds; undefined where there was none. */
    trend: (row) => row.trend.points(now(), worth(row) === "live"),

    /** Change against the previous close, where the tick's mode carries one; against nothing else. */
    change: (row) =>
      row.close > 0 && row.price !== undefined
        ? { points: row.price - row.close, percent: (row.price / row.close - 1) * 100 }
        : undefined,
  };
}
