/** How the feed stands: upstream, markets, budget, delays, this client's lag, and what was not seen. */

import { byId, element, textCell } from "./dom.js";
import { istTime, NONE, number } from "./format.js";

const POLL_MS = 5_000;

const STATES = { up: "up", connecting: "connecting", down: "down", refused: "refused by the broker" };

const PHASES = {
  pre_open: "pre-open",
  open: "open",
  call_auction: "call auction",
  closing_auction: "closing auction",
  transition: "before post-close",
  post_close: "post-close",
  unknown: "hours not known",
  closed: "closed",
  holiday: "holiday",
};

const KINDS = { upstream: "no market data", connection: "no connection to the proxy" };

/** Label, what exactly is measured, and the text. */
/** @type {[string, string, (known: any, now: number) => string][]} */
const FIGURES = [
  ["Upstream", "The proxy's connection to the broker", ({ upstream, open }, now) => {
    if (!open || upstream === undefined) return NONE;
    const { state, since, exact, reason } = upstream;
    const from = since === undefined ? "" : ` since ${exact ? "" : "before "}${istTime(since, now)}`;
    return `${STATES[state] ?? state}${from}${reason === undefined || state === "up" ? "" : `: ${reason}`}`;
  }],
  [
    "Budget",
    "Instruments that the broker carries for all clients together",
    ({ budget }) => budget === undefined ? NONE : `${number(budget.used)} of ${number(budget.capacity)}`,
  ],
  [
    "This page",
    "Its subscriptions, and for how long it has been reading too slowly",
    ({ client }) =>
      client === undefined
        ? NONE
        : `${number(client.subscriptions)} subscribed, ${
          client.lagging_ms > 0 ? `${number(client.lagging_ms)} ms behind` : "no lag"
        }`,
  ],
  [
    "Conflated",
    "Ticks of this page that newer ones replaced, as the proxy counts them",
    ({ client }) => client === undefined ? NONE : number(client.conflated),
  ],
  [
    "Proxy ping",
    "There and back between this page and the proxy: median and 99th percentile of the last five minutes",
    ({ ping }) => ping.count === 0 ? NONE : `${ms(ping.p50)} / ${ms(ping.p99)} ms`,
  ],
  [
    "Exchange to page",
    "From the exchange's time of a tick to its arrival, by the proxy's clock: median and 99th percentile of the last 2,000 ticks. The exchange counts whole seconds, so up to one second of it is rounding",
    ({ ticks }) =>
      ticks.p50 === undefined
        ? NONE
        : `${(ticks.p50 / 1000).toFixed(1)} / ${(ticks.p99 / 1000).toFixed(1)} s`,
  ],
];

function ms(value) {
  return value < 10 ? value.toFixed(1) : number(value);
}

function isCount(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** `options.ask`: Sends a command to the proxy. */
function createFeedPanel({ ask, store }) {
  const { feed, gaps, latency } = store;
  const place = byId("feed-figures");
  const markets = byId("markets");
  const list = byId("gaps");
  const cells = FIGURES.map(([label, title, text]) => {
    const box = element("div", "", place);
    box.title = title;
    element("dt", "", box).textContent = label;
    return { put: textCell(element("dd", "", box)), text };
  });
  let status = {};
  let polledAt = -Infinity;
  let marketsKey = "";
  let gapsKey = "";
  const openedAt = Date.now();

  async function poll() {
    try {
      const sentAt = performance.timeOrigin + performance.now();
      const { server_ts: serverAt } = await ask({ command: "ping" });
      if (isCount(serverAt)) {
        latency.ping(sentAt, performance.timeOrigin + performance.now(), serverAt);
      }
      const { data } = await ask({ command: "status" });
      store.status(data);
      const { budget, client } = data ?? {};
      status = {
        budget: isCount(budget?.used) && isCount(budget?.capacity) ? budget : undefined,
        client: isCount(client?.subscriptions) && isCount(client?.conflated) ? client : undefined,
      };
    } catch {
      // What could not be asked is not known.
      status = {};
    }
  }

  function showMarkets() {
    const open = feed.link.kind === "open";
    const key = JSON.stringify([open, ...feed.markets]);
    if (key === marketsKey) return;
    marketsKey = key;
    markets.replaceChildren(...[...feed.markets].map(([name, { state, day, stale }]) => {
      const item = element("li");
      item.dataset.market = !open ? "unknown" : stale ? "stale" : state ?? "unknown";
      element("span", "name", item).textContent = name.toUpperCase();
      // Nobody knows how a market stands while nobody tells us.
      const phase = state === undefined || !open ? "" : PHASES[state] ?? state;
      const text = [stale && open ? `${phase} · stale` : phase, open ? day : undefined].filter(Boolean)
        .join(", ");
      if (text !== "") element("span", "phase", item).textContent = text;
      return item;
    }));
  }

  function showGaps(now) {
    const key = JSON.stringify(gaps.list);
    if (key === gapsKey) return;
    gapsKey = key;
    const items = gaps.list.map(({ kind, from, to, instruments, missing }) => {
      const item = element("li");
      const until = to === undefined ? "now" : istTime(to, now);
      element("span", "span", item).textContent = kind === "messages"
        ? istTime(from, now)
        : `${istTime(from, now)} – ${until}`;
      element("span", "words", item).textContent = kind === "messages"
        ? `${number(missing)} data ${missing === 1 ? "message" : "messages"} never came`
        : KINDS[kind] + (instruments === undefined ? "" : ` for ${number(instruments)} of this list`);
      if (to === undefined) item.dataset.open = "";
      return item;
    });
    list.replaceChildren(...items);
    byId("gap-count").textContent = items.length > 0 ? number(items.length) : "";
    const none = byId("no-gaps");
    none.hidden = items.length > 0;
    none.textContent = `None since the page was opened at ${istTime(openedAt, now)}.`;
  }

  return {
    /** Once a second. */
    render(now) {
      const open = feed.link.kind === "open";
      if (!open) status = {};
      if (open && now - polledAt >= POLL_MS) {
        polledAt = now;
        poll();
      }
      const known = { ...status, open, upstream: feed.upstream, ...latency.figures() };
      for (const { put, text } of cells) put(text(known, now));
      showMarkets();
      showGaps(now);
    },
  };
}

export { createFeedPanel };
