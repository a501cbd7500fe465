"use strict";
/** What is known: the instruments with their last values, and how the feed stands. No DOM and no socket here. */
(function (page) {
  const { istTime, number } = page.format;

  /** The broker's numbers, with which answers name the exchanges. */
  const EXCHANGES = { 1: "nse", 2: "nfo", 3: "bse", 4: "bfo", 5: "mcx", 7: "ncdex", 13: "cds" };

  /** The trend line: this many prices, one each so many ms. */
  const TREND_POINTS = 60;
  const TREND_STEP_MS = 3_000;

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

  function textOf(value, otherwise) {
    return typeof value === "string" && value !== "" ? value.slice(0, MAX_TEXT) : otherwise;
  }

  function createStore({ now = Date.now } = {}) {
    /** By `exchange:token`: a token alone names different things at different exchanges. */
    const rows = new Map();
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
    };
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

      /** An answer to a command: which instruments were granted, or what was wrong. */
      answer(message) {
        if (message.status === "error") {
          const text = textOf(message.message, "The proxy answered with an error");
          const code = textOf(message.code, "");
          feed.errors.push({ text, code });
          // A proxy that answers every command with an error fills no screen.
          if (feed.errors.length > 3) feed.errors.shift();
          note("bad", code === "" ? text : `${text} (${code})`);
        }
        if (Array.isArray(message.data)) { for (const grant of message.data) granted(grant); }
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
            for (const row of those(concerned)) {
              row.down = true;
              becomeOld(row);
            }
            feed.trouble = { refused: status === "upstream_refused", text };
          }
        } else if (status === "upstream_up") {
          level = "good";
          recovered(concerned);
        } else if (status === "stale" || status === "fresh") {
          const stale = status === "stale";
          level = stale ? "warn" : "good";
          if (market !== undefined) market.stale = stale;
          else if (concerned === undefined) allStale = stale;
          for (const row of those(concerned ?? [])) {
            row.freshness = stale ? "stale" : "live";
            row.version++;
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
        } else if (/refused|error|fail/.test(String(status))) {
          level = "bad";
        }
        note(level, text);
      },

      hole({ from, to }) {
        const missing = to - from + 1;
        counts.missing += missing;
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

      /** What the last price of a row is worth: `live`, `waiting`, `stale`, `closed` or `suspect`. */
      worth(row) {
        if (row.price === undefined) return "waiting";
        if (row.freshness === "suspect") return "suspect";
        if (feed.link.kind !== "open" || allDown || allStale || row.down) return "stale";
        const market = feed.markets.get(row.exchange);
        if (market?.stale) return "stale";
        if (row.freshness === "closed" || market?.state === "closed" || market?.state === "holiday") {
          return "closed";
        }
        if (row.old || row.freshness === "stale") return "stale";
        return "live";
      },

      /** Whether nothing on the page is live any more. */
      get cut() {
        return feed.link.kind !== "open" || allDown || allStale;
      },

      /** The last prices, oldest first, one each three seconds; undefined where there was none. */
      trend(row) {
        advance(row, Math.floor(now() / TREND_STEP_MS));
        const { points, step } = row.trend;
        const first = step + 1;
        return Array.from({ length: TREND_POINTS }, (_, i) => points[(first + i) % TREND_POINTS]);
      },
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
          price: undefined,
          /** Of the last change of price: 1, -1, or 0 while there was none. */
          direction: 0,
          changes: 0,
          freshness: "live",
          down: allDown,
          old: false,
          version: 0,
          trend: { points: new Array(TREND_POINTS), step: Math.floor(now() / TREND_STEP_MS) },
        };
        rows.set(key, row);
        store.shape++;
      }
      return row;
    }

    /** What a subscription covers: rows to wait for, and rows that a changed watch list no longer has. */
    function granted(grant) {
      const exchange = EXCHANGES[grant?.exchangeType];
      if (exchange === undefined || !Array.isArray(grant.tokens)) return;
      const tokens = new Set(grant.tokens.map(String));
      for (const token of tokens) rowOf(exchange, token);
      for (const row of rows.values()) {
        if (row.exchange !== exchange || tokens.has(row.token)) continue;
        rows.delete(row.key);
        store.shape++;
      }
    }

    function take(tick, snapshot, receivedAt) {
      const { exchange, token, last_traded_price: price } = tick ?? {};
      if (typeof exchange !== "string" || typeof token !== "string" || !isPrice(price)) return;
      const row = rowOf(exchange, token);
      counts.ticks++;
      const symbol = textOf(tick.symbol, token);
      if (symbol !== row.symbol) {
        row.symbol = symbol;
        store.shape++;
      }
      if (row.price !== undefined && price !== row.price) {
        row.direction = price > row.price ? 1 : -1;
        // A snapshot catches up with what has happened; it is not happening now.
        if (!snapshot) row.changes++;
      }
      row.price = price;
      row.exchangeTime = isPrice(tick.exchange_timestamp) ? tick.exchange_timestamp : undefined;
      // A last known value is as old as its exchange says, not as new as its arrival.
      row.tickedAt = snapshot ? Math.min(receivedAt, row.exchangeTime ?? receivedAt) : receivedAt;
      if (!(feed.exchangeTime > row.exchangeTime)) feed.exchangeTime = row.exchangeTime ?? feed.exchangeTime;
      // A tick of a lower mode says nothing of these; what was known before remains.
      if (isPrice(tick.close)) {
        row.close = tick.close;
        seen.close = true;
      }
      if (isPrice(tick.volume)) {
        row.volume = tick.volume;
        seen.volume = true;
      }
      if (isPrice(tick.low) && isPrice(tick.high)) {
        row.low = tick.low;
        row.high = tick.high;
        seen.range = true;
      }
      if (Array.isArray(tick.bids) && Array.isArray(tick.asks)) {
        // An empty side is news too: nobody buys, or nobody sells.
        row.bid = isPrice(tick.bids[0]?.price) ? tick.bids[0].price : undefined;
        row.ask = isPrice(tick.asks[0]?.price) ? tick.asks[0].price : undefined;
        seen.book = true;
      }
      row.freshness = textOf(tick.freshness, "live");
      row.old = false;
      remember(row);
      row.version++;
    }

    function remember(row) {
      advance(row, Math.floor(now() / TREND_STEP_MS));
      row.trend.points[row.trend.step % TREND_POINTS] = row.price;
    }

    /** Carries the price on through steps without a tick; through an outage it leaves a hole. */
    function advance(row, step) {
      const { trend } = row;
      const known = store.worth(row) === "live" ? trend.points[trend.step % TREND_POINTS] : undefined;
      const from = Math.max(trend.step + 1, step - TREND_POINTS + 1);
      for (let i = from; i <= step; i++) trend.points[i % TREND_POINTS] = known;
      trend.step = Math.max(trend.step, step);
    }

    /** Change against the previous close, where the tick's mode carries one; against nothing else. */
    store.change = (row) =>
      row.close > 0 && row.price !== undefined
        ? { points: row.price - row.close, percent: (row.price / row.close - 1) * 100 }
        : undefined;

    /** What must not be overlooked, worst first. */
    store.notices = () => {
      const notices = [];
      const { link, trouble, shutdown, errors, markets, exchanges } = feed;
      if (shutdown !== undefined) {
        notices.push({
          id: "shutdown",
          level: "bad",
          title: shutdown.text,
          text: `at ${istTime(shutdown.at)} IST. The page comes back by itself when the proxy does.`,
        });
      } else if (link.kind === "lost" || (link.kind === "connecting" && link.attempt > 1)) {
        const why = textOf(link.reason, "");
        notices.push({
          id: "lost",
          level: "bad",
          title: "No connection to the proxy",
          text: (why === "" ? "" : `(${why}) `) +
            (rows.size > 0 ? "The prices below are old." : "Is it running? deno task demo needs no account."),
        });
      }
      if (link.kind === "open") {
        if (trouble !== undefined) {
          notices.push({
            id: "trouble",
            level: "bad",
            title: trouble.refused ? "Refused by the broker" : "Feed down",
            text: trouble.text,
          });
        }
        const stale = [...markets].filter(([, market]) => market.stale).map(([name]) => name.toUpperCase());
        if (trouble === undefined && (allStale || stale.length > 0)) {
          notices.push({
            id: "stale",
            level: "warn",
            title: "Old prices",
            text: allStale
              ? "The feed has gone quiet."
              : `${stale.join(", ")} is open, and its feed is not up.`,
          });
        }
        if (exchanges?.length === 0) {
          notices.push({
            id: "none",
            level: "warn",
            title: "Nothing to watch",
            text: "Set WATCHLIST of the proxy.",
          });
        }
      }
      for (const error of errors) {
        notices.push({ id: error, level: "bad", title: "Error", text: error.text, code: error.code, error });
      }
      return notices;
    };

    return store;
  }

  page.createStore = createStore;
})(globalThis.smartapiPage ??= {});
