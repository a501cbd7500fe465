/** What is known: the instruments with their last values, and how the feed stands. No DOM and no socket here. */

import { createCandles } from "./candles.js";
import { number } from "./format.js";
import { createGaps } from "./gaps.js";
import { createLatency } from "./latency.js";
import { noticesOf } from "./notices.js";
import { createTrend } from "./trend.js";

const LOG_LENGTH = 200;

/** Longer texts of the other side are cut; they are for a line, not for a page. */
const MAX_TEXT = 300;

/** Indices have eight-digit tokens that begin with 999; they are points, not rupees. */
function isIndex(token) {
  return token.length === 8 && token.startsWith("999");
}

function isPrice(value) {
  return typeof value === "number" && Number.isFinite(value);
}

function known(value) {
  return isPrice(value) ? value : undefined;
}

function textOf(value, otherwise) {
  return typeof value === "string" && value !== "" ? value.slice(0, MAX_TEXT) : otherwise;
}

function createStore({ now = Date.now } = {}) {
  /** By `exchange:token`: a token alone names different things at different exchanges. */
  const rows = new Map();
  /** What was taken off the list: ticks of it may still be on their way. */
  const gone = new Set();
  const log = [];
  const counts = { ticks: 0, missing: 0, conflated: 0, messages: 0 };
  /** Which optional fields have been seen at all; their columns appear with them. */
  const seen = { close: false, volume: false, book: false, range: false };
  const feed = {
    link: { kind: "connecting", attempt: 1 },
    /** Of the info message: `live`, `simulated`, `replay`, or undefined from a proxy that does not say. */
    source: undefined,
    version: undefined,
    epoch: undefined,
    exchanges: undefined,
    markets: new Map(),
    /** undefined while the proxy has its prices; else why not. */
    trouble: undefined,
    shutdown: undefined,
    errors: [],
    exchangeTime: undefined,
    /** `state` and `reason` as the proxy says; `since` in ms, `exact` where it was news and no answer. */
    upstream: undefined,
  };
  const gaps = createGaps();
  const latency = createLatency();
  /** The whole feed is down, as opposed to some instruments. */
  let allDown = false;
  /** The info message said so; unlike news, it is not followed by news of the end of it for certain. */
  let presumed = false;
  let allStale = false;

  const store = {
    rows,
    log,
    counts,
    seen,
    feed,
    gaps,
    latency,
    /** Rises when rows come or go. */
    shape: 0,
    /** Rises when anything but a price changes. */
    news: 0,

    data({ ticks, snapshot, conflated, receivedAt }) {
      counts.conflated += conflated;
      if (presumed && !snapshot && ticks.length > 0) recovered(undefined);
      for (const tick of ticks) take(tick, snapshot, receivedAt);
    },

    /** Last values of a connection that is gone are old, whatever the next connection brings. */
    link(state) {
      const before = feed.link.kind;
      feed.link = state;
      if (state.kind === "lost") {
        gone.clear();
        if (before === "open") {
          gaps.begin("connection", now());
          latency.reset();
        }
        if (before === "open") note("bad", closeText(state));
        for (const row of rows.values()) becomeOld(row);
      }
      store.news++;
    },

    info(message) {
      const { epoch } = message;
      const exchanges = Array.isArray(message.available_exchanges) ? message.available_exchanges : [];
      feed.exchanges = exchanges.filter((name) => typeof name === "string");
      feed.source = textOf(message.source, undefined);
      feed.version = textOf(message.version, undefined);
      const restarted = feed.epoch !== undefined && epoch !== feed.epoch;
      feed.epoch = epoch;
      feed.shutdown = undefined;
      feed.errors.length = 0;
      feed.trouble = undefined;
      allDown = allStale = presumed = false;
      for (const row of rows.values()) row.down = false;
      feed.markets.clear();
      for (const name of feed.exchanges) {
        const { state, day, stale } = message.markets?.[name] ?? {};
        feed.markets.set(name, { state: textOf(state), day: textOf(day), stale: stale === true });
      }
      gaps.end("connection", now());
      // Its end was told to nobody here.
      if (message.upstream?.state === "up") gaps.end("upstream", now());
      stands(message.upstream);
      const upstream = message.upstream?.state;
      if (upstream === "down" || upstream === "refused") {
        allDown = presumed = true;
        const why = textOf(message.upstream.reason);
        feed.trouble = {
          refused: upstream === "refused",
          text: `The proxy has no market data${why === undefined ? "" : `: ${why}`}`,
        };
      }
      note("good", restarted ? "Connected; the proxy was restarted" : "Connected to the proxy");
      store.news++;
    },

    /** The answer to `status`. */
    status(data) {
      stands(data?.upstream);
    },

    /** The rows there are, in their order: `[key, { mode, symbol }]`. All others go. */
    list(entries) {
      const listed = new Set();
      entries.forEach(([key, { mode, symbol }], order) => {
        listed.add(key);
        gone.delete(key);
        const at = key.indexOf(":");
        const row = rowOf(key.slice(0, at), key.slice(at + 1));
        if (row.mode !== mode || row.order !== order) row.version++;
        row.mode = mode;
        row.order = order;
        if (row.symbol === row.token) row.symbol = textOf(symbol, row.token);
      });
      for (const key of rows.keys()) {
        if (listed.has(key)) continue;
        rows.delete(key);
        gone.add(key);
      }
      store.shape++;
      store.news++;
    },

    /** Why the proxy does not give an instrument: `code`, `message` and perhaps `suggestions`; undefined: it does. */
    refuse(key, refusal) {
      const row = rows.get(key);
      if (row === undefined || row.refusal === refusal) return;
      row.refusal = refusal;
      row.version++;
      store.shape++;
    },

    /** One row of the answer to a subscription. */
    granted(key, result) {
      const row = rows.get(key);
      if (row === undefined) return;
      if (result?.status === "refused") {
        const code = textOf(result.code, "refused");
        const message = textOf(result.message, "the proxy does not say why");
        store.refuse(key, { code, message });
        return note("bad", `${row.symbol}: ${message} (${code})`);
      }
      if (row.price === undefined) row.reason = textOf(result?.reason);
      if (row.symbol === row.token) row.symbol = textOf(result?.symbol, row.token);
      row.version++;
    },

    /** Something that was asked for and not done. */
    failed(error) {
      const text = textOf(error.message, "The proxy answered with an error");
      const code = textOf(error.code, "");
      feed.errors.push({ text, code });
      // A proxy that answers every command with an error fills no screen.
      if (feed.errors.length > 3) feed.errors.shift();
      note("bad", code === "" ? text : `${text} (${code})`);
    },

    system(message) {
      const { status } = message;
      const text = textOf(message.message, textOf(status, "System message"));
      const concerned = Array.isArray(message.instruments) ? message.instruments : undefined;
      const market = feed.markets.get(message.exchange);
      let level = "plain";
      if (status === "upstream_down" || status === "upstream_refused") {
        level = "bad";
        // News of a part of the feed that nobody here looks at belongs in the log alone.
        if (concerned === undefined || concerned.length > 0) {
          presumed = false;
          allDown ||= concerned === undefined;
          gaps.begin("upstream", known(message.since) ?? now());
          feed.upstream = {
            state: status === "upstream_down" ? "down" : "refused",
            since: known(message.since) ?? now(),
            exact: true,
            reason: text,
          };
          for (const row of those(concerned)) {
            row.down = true;
            becomeOld(row);
          }
          feed.trouble = { refused: status === "upstream_refused", text };
        }
      } else if (status === "upstream_silent") {
        level = "warn";
        for (const row of those(concerned)) {
          row.down = true;
          becomeOld(row);
        }
      } else if (status === "upstream_up") {
        level = "good";
        recovered(concerned);
        // Of a part of the feed that nobody here looks at, nothing was missed.
        if (concerned === undefined || concerned.length > 0) {
          const [from, to] = [known(message.from), known(message.to) ?? now()];
          if (from !== undefined) gaps.upstream(from, to, concerned?.length);
          else gaps.end("upstream", to);
          feed.upstream = { state: "up", since: to, exact: true };
        }
      } else if (status === "stale" || status === "fresh") {
        const stale = status === "stale";
        level = stale ? "warn" : "good";
        if (market !== undefined) market.stale = stale;
        else if (concerned === undefined) allStale = stale;
        for (const row of those(concerned ?? [])) {
          row.freshness = stale ? "stale" : "live";
          row.version++;
        }
        for (const row of rows.values()) {
          // A candle across the silence would say that it had been watched.
          if (stale && store.worth(row) === "stale") row.candles.cut();
        }
      } else if (status === "suspect") {
        level = "warn";
        for (const row of those(concerned ?? [])) {
          row.freshness = "suspect";
          row.version++;
        }
      } else if (status === "market" && market !== undefined) {
        market.state = textOf(message.state);
        market.day = textOf(message.day);
      } else if (status === "shutdown") {
        level = "bad";
        feed.shutdown = { text, at: now() };
      } else if (status === "subscription_refused") {
        level = "bad";
        for (const row of those(concerned ?? [])) {
          store.refuse(row.key, { code: textOf(message.reason, "refused"), message: text });
        }
      } else if (/refused|error|fail/.test(String(status))) {
        level = "bad";
      }
      note(level, text);
    },

    hole({ from, to }) {
      const missing = to - from + 1;
      counts.missing += missing;
      gaps.messages(now(), missing);
      note(
        "bad",
        `${number(missing)} data ${missing === 1 ? "message" : "messages"} never came (seq ${
          range(from, to)
        })`,
      );
    },

    fault(text) {
      note("bad", text);
    },

    dismiss(error) {
      feed.errors = feed.errors.filter((other) => other !== error);
      store.news++;
    },

    /** What the last price of a row is worth: `live`, `quiet`, `waiting`, `stale`, `closed`, `suspect` or `refused`. */
    worth(row) {
      if (row.refusal !== undefined) return "refused";
      if (row.price === undefined) return "waiting";
      if (row.freshness === "suspect") return "suspect";
      if (feed.link.kind !== "open" || allDown || allStale || row.down) return "stale";
      const market = feed.markets.get(row.exchange);
      if (market?.stale) return "stale";
      if (row.freshness === "closed" || market?.state === "closed" || market?.state === "holiday") {
        return "closed";
      }
      if (row.old || row.freshness === "stale") return "stale";
      return row.freshness === "quiet" ? "quiet" : "live";
    },

    /** Whether nothing on the page is live any more. */
    get cut() {
      return feed.link.kind !== "open" || allDown || allStale;
    },

    /** The last prices, oldest first, one each three seconds; undefined where there was none. */
    trend: (row) => row.trend.points(now(), store.worth(row) === "live"),
  };

  function range(from, to) {
    return from === to ? String(from) : `${from} to ${to}`;
  }

  function closeText({ code, reason }) {
    const why = textOf(reason, code === 1006 ? "the connection broke" : "closed");
    return `Connection lost: ${why}${code > 0 && code !== 1006 ? ` (${code})` : ""}`;
  }

  function note(level, text) {
    counts.messages++;
    log.unshift({ id: counts.messages, at: now(), level, text });
    if (log.length > LOG_LENGTH) log.pop();
    store.news++;
  }

  /** Old until a tick says otherwise: what was traded in between is not known. */
  function becomeOld(row) {
    row.old = true;
    row.candles.cut();
    row.version++;
  }

  function* those(keys) {
    if (keys === undefined) return yield* rows.values();
    for (const key of keys) if (rows.has(key)) yield rows.get(key);
  }

  function recovered(keys) {
    if (allDown) { for (const row of rows.values()) becomeOld(row); }
    allDown = presumed = allStale = false;
    for (const row of those(keys)) {
      row.down = false;
      becomeOld(row);
    }
    for (const row of rows.values()) if (row.down) return;
    feed.trouble = undefined;
    store.news++;
  }

  function addCandle({ candles, price, volume, exchangeTime, tickedAt, index }) {
    candles.add({ time: exchangeTime ?? tickedAt, price, dayVolume: index ? undefined : volume });
  }

  /** An answer tells how the feed stands and not since when. */
  function stands(upstream) {
    const state = textOf(upstream?.state);
    if (state === undefined || state === feed.upstream?.state) return;
    feed.upstream = { state, since: now(), exact: false, reason: textOf(upstream.reason) };
  }

  function see(row) {
    seen.close ||= row.close !== undefined;
    seen.volume ||= row.volume !== undefined;
    seen.range ||= row.low !== undefined && row.high !== undefined;
    // Columns must not come and go with the row that is looked at.
    seen.book ||= row.mode === "snapquote" && (row.bid !== undefined || row.ask !== undefined);
  }

  function rowOf(exchange, token) {
    const key = `${exchange}:${token}`;
    let row = rows.get(key);
    if (row === undefined) {
      row = {
        key,
        exchange,
        token,
        symbol: token,
        index: isIndex(token),
        // Currency pairs are quoted to a quarter of a paisa.
        decimals: exchange === "cds" ? 4 : 2,
        order: store.shape,
        /** What the watch list asks for; undefined while it is not known. */
        mode: undefined,
        /** Why the proxy does not give it. */
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
        down: allDown,
        old: false,
        version: 0,
        trend: createTrend(now()),
        candles: createCandles(),
      };
      rows.set(key, row);
      store.shape++;
    }
    return row;
  }

  function take(tick, snapshot, receivedAt) {
    const { exchange, token, last_traded_price: price } = tick ?? {};
    if (typeof exchange !== "string" || typeof token !== "string") return;
    // What has not been traded yet, or whose price is not believed, has none.
    if (price !== undefined && !isPrice(price)) return;
    if (gone.has(`${exchange}:${token}`)) return;
    const row = rowOf(exchange, token);
    const wasLive = store.worth(row) === "live";
    counts.ticks++;
    const symbol = textOf(tick.symbol, token);
    if (symbol !== row.symbol) {
      row.symbol = symbol;
      store.shape++;
    }
    if (row.price !== undefined && price !== undefined && price !== row.price) {
      row.direction = price > row.price ? 1 : -1;
      // A snapshot catches up with what has happened; it is not happening now.
      if (!snapshot) row.changes++;
    }
    row.price = price ?? row.price;
    row.refusal = row.reason = undefined;
    row.exchangeTime = known(tick.exchange_timestamp);
    // A last known value is as old as its exchange says, not as new as its arrival.
    row.tickedAt = snapshot ? Math.min(receivedAt, row.exchangeTime ?? receivedAt) : receivedAt;
    if (!(feed.exchangeTime > row.exchangeTime)) feed.exchangeTime = row.exchangeTime ?? feed.exchangeTime;
    // All of the last tick and nothing of those before it: a bid that a lower mode no longer tells is an old bid.
    row.tick = tick;
    row.close = known(tick.close);
    row.volume = known(tick.volume);
    row.low = known(tick.low);
    row.high = known(tick.high);
    // An empty side is news too: nobody buys, or nobody sells.
    row.bid = known(tick.bids?.[0]?.price);
    row.ask = known(tick.asks?.[0]?.price);
    see(row);
    row.freshness = textOf(tick.freshness, "live");
    row.old = false;
    if (price !== undefined && store.worth(row) === "live") {
      row.trend.add(now(), price, wasLive);
      if (!snapshot) {
        addCandle(row);
        if (row.exchangeTime !== undefined) latency.tick(receivedAt, row.exchangeTime);
      }
    }
    row.version++;
  }

  /** Change against the previous close, where the tick's mode carries one; against nothing else. */
  store.change = (row) =>
    row.close > 0 && row.price !== undefined
      ? { points: row.price - row.close, percent: (row.price / row.close - 1) * 100 }
      : undefined;

  /** What must not be overlooked, worst first. */
  store.notices = () => noticesOf(feed, { rows: rows.size, allStale });

  return store;
}

export { createStore, textOf };
