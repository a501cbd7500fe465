/** The page of whoever runs the proxy: what is wrong first, then who is connected. It asks every two seconds. */

import { createAccess } from "./access.js";
import { byId, element, put } from "./dom.js";
import { number } from "./format.js";
import { byLag, CLIENT_COLUMNS, feedRows, latencyPath, latencyText, socketText } from "./operator_words.js";
import { browserStorage } from "./watchlist_store.js";
import { createWire, proxyUrl } from "./wire.js";

const ASK_EVERY_MS = 2_000;
const LINES = 200;

const wire = createWire({
  url: proxyUrl(location),
  on: {
    link(state) {
      if (state.kind === "lost") access.lost(state);
      const lost = state.reason
        ? `No connection (${state.reason}); trying again`
        : "No connection; trying again";
      put(byId("link-text"), { open: "Connected", connecting: "Connecting", lost }[state.kind]);
      document.body.dataset.link = state.kind;
    },
    message(message) {
      if (!access.message(message) && message.type === "info") begin();
    },
    data() {},
    hole() {},
    fault: (text) => put(byId("link-text"), text),
  },
});
const access = createAccess({
  ...wire,
  tab: browserStorage("sessionStorage"),
  device: browserStorage(),
  locked() {},
});

let line = 0;
let timer;

/** A restarted proxy counts its lines anew. */
function begin() {
  line = 0;
  byId("log").replaceChildren();
  clearTimeout(timer);
  look();
}

async function look() {
  try {
    const [{ data: overview }, { data: clients }] = await Promise.all([
      wire.ask({ command: "overview", after: line }),
      wire.ask({ command: "clients" }),
    ]);
    show(overview, clients, Date.now());
    byId("report").hidden = false;
  } catch (error) {
    if (error.code === "not_allowed") {
      byId("report").hidden = true;
      // Nothing changes that while the connection stands.
      return put(byId("link-text"), `${error.message}.`);
    }
  }
  timer = setTimeout(look, ASK_EVERY_MS);
}

function show(overview, clients, now) {
  const ready = byId("ready");
  ready.dataset.ready = overview.ready ? "yes" : "no";
  put(ready, overview.ready ? "Ready: all that should flow now flows." : "Not ready.");
  list("reasons", overview.reasons.map(({ message }) => message));
  pairs("feed", feedRows(overview, now));
  list("sockets", overview.sockets.map(socketText));
  const refused = Object.entries(overview.refused).map(([reason, count]) => [reason, number(count)]);
  pairs("refused", refused);
  byId("no-refused").hidden = refused.length > 0;
  showLatency(overview.latency);
  showLog(overview.log);
  showClients(clients, now);
  document.title = `${overview.ready ? "" : "✕ "}Operator · SmartAPI proxy`;
}

/** Only what has changed is written: who reads or selects is not disturbed. */
function list(id, texts) {
  const place = byId(id);
  while (place.children.length > texts.length) place.lastChild.remove();
  texts.forEach((text, i) => put(place.children[i] ?? element("li", "", place), text));
}

function pairs(id, rows) {
  const place = byId(id);
  while (place.children.length > rows.length) place.lastChild.remove();
  rows.forEach(([label, text], i) => {
    const box = place.children[i] ?? element("div", "", place);
    put(box.children[0] ?? element("dt", "", box), label);
    put(box.children[1] ?? element("dd", "", box), text);
  });
}

function showLatency(minutes) {
  put(byId("latency-text"), latencyText(minutes));
  const picture = byId("latency");
  for (const name of ["p50", "p99"]) {
    let path = picture.querySelector(`.${name}`);
    if (path === null) {
      path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("class", name);
      path.setAttribute("vector-effect", "non-scaling-stroke");
      picture.append(path);
    }
    path.setAttribute("d", latencyPath(minutes, name));
  }
}

function showLog(lines) {
  const log = byId("log");
  const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 4;
  for (const { number, text } of lines) {
    if (number <= line) continue;
    line = number;
    element("li", "", log).textContent = text;
  }
  while (log.children.length > LINES) log.firstChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

for (const [label, , isText] of CLIENT_COLUMNS) {
  const cell = element("th", "", byId("clients-head"));
  cell.scope = "col";
  cell.textContent = label;
  if (isText) cell.dataset.text = "";
}
const head = element("th", "", byId("clients-head"));
head.scope = "col";
element("span", "unseen", head).textContent = "Disconnect";

const rows = new Map();

function rowOf(client) {
  const known = rows.get(client.number);
  if (known !== undefined) return known;
  const row = element("tr", "");
  const cells = CLIENT_COLUMNS.map(([, , isText]) => {
    const cell = element("td", "", row);
    if (isText) cell.dataset.text = "";
    return cell;
  });
  const button = element("button", "plain", element("td", "", row));
  button.type = "button";
  button.textContent = "Disconnect";
  button.setAttribute("aria-label", `Disconnect client ${client.number}`);
  button.addEventListener("click", () => disconnect(client.number, button));
  const made = { row, cells, button };
  rows.set(client.number, made);
  return made;
}

function showClients(clients, now) {
  put(byId("client-count"), number(clients.length));
  const sorted = byLag(clients);
  sorted.forEach((client, i) => {
    const { row, cells, button } = rowOf(client);
    CLIENT_COLUMNS.forEach(([, text], j) => put(cells[j], text(client, now)));
    button.hidden = client.is_this === true;
    if (client.lagging_ms > 0) row.dataset.lags = "";
    else delete row.dataset.lags;
    const place = byId("clients");
    if (place.children[i] !== row) place.insertBefore(row, place.children[i] ?? null);
  });
  const there = new Set(clients.map(({ number }) => number));
  for (const [number, { row }] of rows) {
    if (there.has(number)) continue;
    row.remove();
    rows.delete(number);
  }
}

async function disconnect(client, button) {
  button.disabled = true;
  try {
    put(byId("act"), `${(await wire.ask({ command: "disconnect", number: client })).message}.`);
  } catch (error) {
    put(byId("act"), `${error.message}.`);
  }
  button.disabled = false;
}
