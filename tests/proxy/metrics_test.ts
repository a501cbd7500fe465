import { deepStrictEqual as deepEqual, ok, strictEqual as equal, throws } from "node:assert/strict";
import { CLOSE } from "../../lib/clients/close_codes.ts";
import { FakeClock } from "../fakes.ts";
import { HubAndEdges } from "../nats/hub_and_edges.ts";
import { recorderIn } from "../recording/files.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { readExposition, type Series, usesOf } from "./promql.ts";
import { Rig } from "./rig.ts";

/** What Prometheus itself puts on each series. */
const BY_PROMETHEUS = ["instance", "job"];

/** Functions, operators and aggregations that the dashboard and the alerts may use. */
const PROMQL = new Set(
  ["sum", "min", "max", "rate", "increase", "histogram_quantile", "time", "abs", "and", "or", "unless"],
);

async function scrape({ proxy }: Pick<Rig, "proxy">): Promise<Series[]> {
  const response = await fetch(`http://127.0.0.1:${proxy.port}/metrics`);
  equal(response.status, 200);
  equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return readExposition(await response.text());
}

/** The value of one series. */
function value(series: readonly Series[], name: string, labels: Record<string, string> = {}): number {
  const found = series.filter((each) =>
    each.name === `smartapi_proxy_${name}` && JSON.stringify(each.labels) === JSON.stringify(labels)
  );
  equal(found.length, 1, `${name} ${JSON.stringify(labels)}`);
  return found[0]!.value;
}

/** Lets a proxy see a bit of everything. */
async function eventful(rig: Rig): Promise<void> {
  const [gzip, json, binary] = await Promise.all(
    ["", "/?encoding=json", "/?encoding=binary"].map((path) => rig.connect(path)),
  );
  for (const client of [gzip, json]) {
    client!.send({ command: "subscribe", exchange: "nse", mode: "snapquote" });
  }
  binary!.send({ command: "configure", encoding: "json", interval: 100 });
  binary!.send({ command: "subscribe", exchange: "nse" });
  gzip!.send({ command: "buy" });
  await rig.until(() => gzip!.ticks.length > 20 && binary!.ticks.length > 5);
  rig.control.set({ refuseHandshake: { status: 502, times: 1 } });
  rig.control.dropSockets();
  await rig.until(() => gzip!.news.some(({ status }) => status === "upstream_down"));
  await rig.until(() => gzip!.news.some(({ status }) => status === "upstream_up"));
  rig.control.inject("truncated_47", 3);
  const count = gzip!.ticks.length;
  await rig.until(() => gzip!.ticks.length > count + 20);
  const foreign = { headers: { origin: "https://evil.example" } };
  await (await fetch(`http://127.0.0.1:${rig.proxy.port}/`, foreign)).body!.cancel();
  json!.sendRaw(" ".repeat(65 * 1024));
  await rig.until(() => json!.closed !== undefined);
  await binary!.close();
  await rig.pass(1_200);
}

/** What a client's socket, a token or an instrument would bring with it. */
const UNBOUNDED = /^(?:[0-9]{4,}|.*:[0-9]+|.*(?:SBIN|RELIANCE|Nifty|127\.0).*)$/;

Deno.test("/metrics counts what happened, in the format of Prometheus", async () => {
  await using rig = await Rig.start();
  const first = await scrape(rig);
  equal(value(first, "clients"), 0);
  equal(value(first, "ticks_total"), 0);
  ok(!first.some(({ name }) => name.endsWith("last_tick_time_seconds")), "no tick has no time");
  await eventful(rig);
  const series = await scrape(rig);
  equal(value(series, "build_info", { version: "0.0.0-test", source: "simulated" }), 1);
  equal(value(series, "ready"), 1);
  equal(value(series, "upstream_socket_state", { socket: "1", state: "live" }), 1);
  equal(value(series, "upstream_socket_state", { socket: "1", state: "waiting" }), 0);
  equal(value(series, "upstream_connects_total", { outcome: "connected" }), 2);
  equal(value(series, "upstream_connects_total", { outcome: "refused" }), 1);
  equal(value(series, "upstream_disconnects_total", { cause: "network" }), 1);
  equal(value(series, "logins_total", { outcome: "ok" }), 1);
  ok(value(series, "suspect_packets_total", { reason: "wrong_length" }) >= 1);
  equal(value(series, "instruments_wanted"), 3);
  equal(value(series, "instruments_capacity"), 990);
  equal(value(series, "clients"), 1);
  equal(value(series, "client_connects_total"), 3);
  equal(value(series, "client_closes_total", { code: "1009", reason: "tooLarge" }), 1);
  equal(value(series, "client_refusals_total", { reason: "origin" }), 1);
  equal(value(series, "client_refusals_total", { reason: "token" }), 0);
  equal(value(series, "client_closes_total", { code: "none", reason: "left" }), 1);
  equal(value(series, "commands_total", { command: "subscribe", outcome: "success" }), 3);
  equal(value(series, "commands_total", { command: "refused", outcome: "unknown_command" }), 1);
  for (const encoding of ["gzip", "json", "message"]) {
    ok(value(series, "frames_sent_total", { encoding }) > 0, encoding);
    ok(value(series, "sent_bytes_total", { encoding }) > value(series, "frames_sent_total", { encoding }));
  }
  const ticks = value(series, "ticks_total");
  ok(ticks > 0 && ticks <= value(series, "upstream_packets_total"));
  ok(value(series, "upstream_received_bytes_total") >= 51 * ticks);
  equal(value(series, "exchange_to_received_seconds_count"), ticks);
  equal(value(series, "exchange_to_received_seconds_bucket", { le: "+Inf" }), ticks);
  ok(value(series, "batch_ticks_count") > 0);
  ok(value(series, "ticks_conflated_total") > 0, "one client asked for the latest values alone");
  ok(
    value(series, "compression_input_bytes_total") > value(series, "compression_output_bytes_total"),
    "compression makes it shorter",
  );
});

Deno.test("no series is a client's, a token's or an instrument's own, and their number does not grow", async () => {
  await using rig = await Rig.start();
  await eventful(rig);
  const before = await scrape(rig);
  for (let i = 0; i < 10; i++) {
    const client = await rig.connect();
    client.send({ command: `made up ${i}` });
    client.send({ command: "subscribe", exchange: i % 2 === 0 ? "nse" : "mcx", id: `id ${i}` });
    client.send({ command: "search", query: `words ${i}` });
    await rig.until(() => client.answers.length === 3);
    if (i % 2 === 0) await client.close();
  }
  await rig.pass(200);
  const ids = (all: Series[]) => all.map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`);
  const grown = ids(await scrape(rig)).filter((id) => !ids(before).includes(id));
  deepEqual(grown, ['smartapi_proxy_commands_total {"command":"search","outcome":"success"}']);
  const own = before.filter(({ name, labels }) =>
    Object.entries(labels).some(([label, text]) => !["le", "code"].includes(label) && UNBOUNDED.test(text)) ||
    name.includes("token")
  );
  deepEqual(own, []);
  ok(before.length < 250, `${before.length} series`);
});

Deno.test("every way that we close a client has its series from the beginning", async () => {
  await using rig = await Rig.start();
  const series = await scrape(rig);
  for (const [reason, { code }] of Object.entries(CLOSE)) {
    equal(value(series, "client_closes_total", { code: String(code), reason }), 0);
  }
});

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const DASHBOARD = JSON.parse(
  Deno.readTextFileSync(new URL("../../docs/grafana.json", import.meta.url)),
) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
};

/** All that one process, a hub and an edge expose once there was a bit of everything. */
async function allSeries(): Promise<Series[]> {
  using folder = new TemporaryFolder();
  const clock = new FakeClock();
  await using rig = await Rig.start({ clock, proxy: { recorder: recorderIn(folder.path, { clock }) } });
  await eventful(rig);
  await using world = new HubAndEdges();
  const edge = world.edge();
  const client = await world.connect(edge);
  client.send({ command: "subscribe", symbols: ["nse:3045"] });
  await world.until(() => world.source.demand.wanted.has("nse:3045"));
  world.server.kill();
  await world.until(() => client.news.length > 0);
  return (await Promise.all([rig, { proxy: world.hub }, edge].map(scrape))).flat();
}

Deno.test("every query of the dashboard asks for what /metrics exposes", async () => {
  const series = await allSeries();
  const labelsOf = new Map<string, Set<string>>();
  for (const { name, labels } of series) {
    const known = labelsOf.get(name) ?? new Set(BY_PROMETHEUS);
    for (const label of Object.keys(labels)) known.add(label);
    labelsOf.set(name, known);
  }
  const used = new Set<string>();
  for (const { title, targets } of DASHBOARD.panels) {
    for (const { expr, legendFormat } of targets ?? []) {
      const { selectors, grouping, words } = usesOf(expr);
      ok(selectors.length > 0, `${title}: ${expr}`);
      deepEqual(words.filter((word) => !PROMQL.has(word)), [], `${title}: ${expr}`);
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
      for (const { name, labels } of selectors) {
        const known = labelsOf.get(name);
        // No reason is exposed while there is none.
        if (known === undefined && name === "smartapi_proxy_unready_reasons") continue;
        ok(known !== undefined, `${title}: ${name} is not exposed`);
        for (const label of [...labels, ...grouping, ...shown]) {
          ok(known.has(label!), `${title}: ${name} has no label ${label}`);
        }
        used.add(name.replace(/_(?:bucket|sum|count)$/, ""));
      }
    }
  }
  // The dashboard shows everything; what is left stands in the query of a variable.
  const exposed = new Set(series.map(({ name }) => name.replace(/_(?:bucket|sum|count)$/, "")));
  deepEqual([...exposed].filter((name) => !used.has(name)), ["smartapi_proxy_build_info"]);
});

Deno.test("the dashboard takes its data source from a variable, and no panels overlap", () => {
  const names = DASHBOARD.templating.list.map(({ name, type }) => `${name} ${type}`);
  deepEqual(names, ["datasource datasource", "instance query"]);
  const taken = new Set<string>();
  for (const { type, title, datasource, gridPos: { x, y, w, h } } of DASHBOARD.panels) {
    if (type !== "row") equal(datasource?.uid, "${datasource}", title);
    ok(x + w <= 24, title);
    for (let i = x; i < x + w; i++) {
      for (let j = y; j < y + h; j++) {
        ok(!taken.has(`${i} ${j}`), `${title} overlaps`);
        taken.add(`${i} ${j}`);
      }
    }
  }
});

Deno.test("usesOf() finds what an expression asks for", () => {
  const expr =
    'histogram_quantile(0.99, sum by (le, job) (rate(a_b_bucket{x=~"a,}", y!="2"}[$__interval]))) / c_d and up{} > 0';
  deepEqual(usesOf(expr), {
    selectors: [
      { name: "a_b_bucket", labels: ["x", "y"] },
      { name: "c_d", labels: [] },
      { name: "up", labels: [] },
    ],
    grouping: ["le", "job"],
    words: ["histogram_quantile", "sum", "rate", "and"],
  });
});

Deno.test("readExposition() refuses what is no line of it", () => {
  deepEqual(readExposition('# HELP a b\n# TYPE a gauge\na{b="c d"} 1.5e-7\n'), [
    { name: "a", labels: { b: "c d" }, value: 1.5e-7 },
  ]);
  throws(() => readExposition("a Nan\n"));
  throws(() => readExposition("a{b=c} 1\n"));
});

Deno.test("every alert asks for what /metrics exposes, labels and their values included", async () => {
  const rules = Deno.readTextFileSync(new URL("../../docs/prometheus-rules.yaml", import.meta.url));
  const series = await allSeries();
  const expressions = [...rules.matchAll(/^ +expr: (.+)$/gm)].map(([, expression]) => expression!);
  equal(expressions.length, rules.split("- alert:").length - 1, "each expression is one line");
  ok(expressions.length > 10);
  for (const expression of expressions) {
    const { selectors, grouping, words } = usesOf(expression);
    deepEqual(words.filter((word) => !PROMQL.has(word)), [], expression);
    for (const { name, labels } of selectors) {
      // Prometheus' own, and what is not exposed while there is none of it; its codes are those of /readyz.
      if (name === "up" || name === "smartapi_proxy_unready_reasons") continue;
      const found = series.filter((each) => each.name === name);
      ok(found.length > 0, `${name} is not exposed: ${expression}`);
      for (const label of [...labels, ...grouping]) {
        ok(label in found[0]!.labels, `${name} has no label ${label}`);
      }
      for (const [, label, value] of expression.matchAll(/(\w+)="(\w+)"/g)) {
        ok(found.some(({ labels }) => labels[label!] === value), `${name} has no ${label}="${value}"`);
      }
    }
  }
});
