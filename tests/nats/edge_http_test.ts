/** What is asked over HTTP at an edge is answered as by its hub: every address of the API, the page, and REST. */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import type { InstrumentKey, Tick } from "../../lib/market/market.ts";
import { withOptionChains } from "../../lib/simulator/option_chains.ts";
import { DATA_CALLS } from "../../lib/smartapi/data_calls.ts";
import { createPacketDecoder } from "../../lib/smartapi/packet.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { PATHS } from "../../lib/smartapi/endpoints.ts";
import { madeUpBroker } from "../candles/made_up_broker.ts";
import { catalogOf } from "../instruments/catalog_of.ts";
import type { Message } from "../proxy/test_client.ts";
import { SIMULATED_INSTRUMENTS } from "../simulator/simulated.ts";
import { snapQuoteTick, TEN_O_CLOCK } from "../ticks.ts";
import { type Answer, type Edge, HubAndEdges } from "./hub_and_edges.ts";

const SBIN: InstrumentKey = "nse:3045";
const NIFTY: InstrumentKey = "nse:99926000";

/** How each address of the API is asked. */
const QUERIES: Readonly<Record<string, string>> = {
  "/quotes": "?symbols=NSE:SBIN-EQ&mode=snapquote",
  "/candles":
    "?symbols=NSE:SBIN-EQ&interval=5m&from=2026-11-19T09:15:00%2B05:30&to=2026-11-19T10:15:00%2B05:30",
  "/chain": "?underlying=NIFTY&expiry=2026-11-24&strikes=1",
  "/search": "?query=sbin",
  "/instruments/{exchange}/{token}": "",
  "/recordings": "",
  "/status": "",
  "/udf/config": "",
  "/udf/time": "",
  "/udf/symbols": "?symbol=NSE:SBIN-EQ",
  "/udf/search": "?query=sbin",
  "/udf/history": "?symbol=NSE:SBIN-EQ&resolution=5&from=1795060800&to=1795064400",
  "/openapi.json": "",
  "/asyncapi.json": "",
};

/** Streams have a test of their own. */
const STREAMS = ["/events"];

/** A hub and an edge with the instruments of the simulator and a made-up broker. */
async function world(given: ConstructorParameters<typeof HubAndEdges>[0] = {}) {
  const { instruments } = await catalogOf(withOptionChains(SIMULATED_INSTRUMENTS, TEN_O_CLOCK));
  const broker = madeUpBroker();
  const { proxy, hub, ...more } = given;
  const on = new HubAndEdges({ ...more, proxy: { instruments, ...proxy }, hub: { data: broker, ...hub } });
  return { on, broker, edge: on.edge() };
}

function snap(on: HubAndEdges, key: InstrumentKey, price: number): void {
  const now = on.clock.now();
  const seconds = Math.floor(now / 1000) * 1000;
  const given = snapQuoteTick(key, price, { exchangeTime: now, lastTradeTime: seconds, volume: 7 });
  const packet = encodePacket(given).slice();
  // As the hub reads it, which is as the edge reads it.
  on.source.tick(createPacketDecoder()(packet, now) as Tick, packet);
}

/** Without what tells when it was asked, and which of the two. */
function lasting({ status, type, text }: Answer): unknown {
  const drop = (name: string, value: unknown) =>
    /^(as_of|age_ms|time|since|now|upstream|traffic|epoch|uptime.*|started_at|hub|\w*_age_ms)$/.test(name)
      ? undefined
      : value;
  return [status, type, type.includes("json") ? JSON.parse(text, drop) : text.length > 0];
}

Deno.test("every address of the API is answered at an edge as at its hub", async () => {
  const { on, broker, edge } = await world();
  await using _on = on;
  const paths = Object.keys(JSON.parse((await on.ask(edge, "/openapi.json")).text).paths);
  deepEqual(paths.filter((path) => !STREAMS.includes(path)).sort(), Object.keys(QUERIES).sort());
  const client = await on.connect(edge);
  client.send({ command: "subscribe", symbols: [SBIN, NIFTY], mode: "snapquote" });
  await on.until(() => on.source.demand.wanted.has(NIFTY));
  snap(on, SBIN, 812.35);
  snap(on, NIFTY, 24_800);
  await on.until(() => client.ticks.length === 2);
  for (const [path, query] of Object.entries(QUERIES)) {
    const address = `${path.replace("{exchange}", "nse").replace("{token}", "3045")}${query}`;
    const asked = broker.asked.length;
    const here = await on.ask(edge, address);
    const there = await on.ask({ proxy: on.hub }, address);
    equal(here.status, 200, `${path} ${here.text}`);
    deepEqual(lasting(here), lasting(there), path);
    // What the edge asked for came from the broker through the hub.
    if (path === "/candles") equal(broker.asked.length, asked + 2);
  }
  const { data: [quote] } = JSON.parse((await on.ask(edge, `/quotes${QUERIES["/quotes"]}`)).text);
  deepEqual([quote.last_traded_price, quote.freshness], [812.35, "live"]);
  const { data } = JSON.parse((await on.ask(edge, `/candles${QUERIES["/candles"]}`)).text);
  ok(data[0].candles.length > 5, JSON.stringify(data[0]));
});

Deno.test("page, /operator, /readyz and /metrics are served by an edge", async () => {
  const { on, edge } = await world();
  await using _on = on;
  await on.until(() => edge.upstream.status().state === "up");
  for (const path of ["/", "/operator", "/client.js", "/readyz", "/metrics"]) {
    const [here, there] = [await on.ask(edge, path), await on.ask({ proxy: on.hub }, path)];
    deepEqual([here.status, here.type], [200, there.type], path);
    if (!/metrics|readyz/.test(path)) equal(here.text, there.text, path);
  }
  const operator = await on.connect(edge);
  operator.send({ command: "status" });
  await on.until(() => operator.answers.length > 0);
  equal(operator.answers[0]!.status, "success");
});

Deno.test("/readyz of an edge says no while its hub is away, and /quotes that its prices are stale", async () => {
  const { on, edge } = await world();
  await using _on = on;
  const client = await on.connect(edge);
  client.send({ command: "subscribe", symbols: [SBIN], mode: "snapquote" });
  await on.until(() => on.source.demand.wanted.has(SBIN));
  snap(on, SBIN, 812.35);
  await on.until(() => client.ticks.length === 1);
  on.server.kill();
  await on.until(() => client.news.length > 0);
  equal((await on.ask(edge, "/readyz")).status, 503);
  const { data: [quote] } = JSON.parse((await on.ask(edge, `/quotes?symbols=${SBIN}&wait=0`)).text);
  deepEqual([quote.last_traded_price, quote.freshness], [812.35, "stale"]);
});

Deno.test("what the hub refuses is told by /quotes, with the hub's words", async () => {
  const { on, edge } = await world({ perEdge: 1 });
  await using _on = on;
  const client = await on.connect(edge);
  client.send({ command: "subscribe", symbols: [SBIN], mode: "ltp" });
  await on.until(() => on.source.demand.wanted.has(SBIN));
  // Two at once, before the edge has learnt that there is room for one.
  const { status, text } = await on.ask(edge, "/quotes?symbols=nse:2885,nse:3045&wait=1000");
  const { data } = JSON.parse(text);
  equal(status, 200);
  match(JSON.stringify(data[0]), /1 instruments?\b/);
  equal(data[0].freshness, "unknown");
});

const TOKEN = "phone-secret-0123456789";

Deno.test("the broker's login and its data calls work at an edge, with an access token of the edge", async () => {
  const entries = readTokens(
    JSON.stringify([{ name: "phone", sha256: digestOf(TOKEN), exchanges: ["nse"] }]),
  );
  const broker = madeUpBroker();
  await using on = new HubAndEdges({ hub: { data: broker } });
  const edge: Edge = on.edge("one", on.clock, { access: new AccessList(on.clock, entries) });
  const post = async (path: string, body: unknown, headers = {}) => {
    const init = { method: "POST", body: JSON.stringify(body), headers };
    return await on.ask(edge, path, init);
  };
  const login = JSON.parse(
    (await post(PATHS.login, { clientcode: "A1", password: TOKEN, totp: "1" })).text,
  ) as Message;
  equal(login.status, true);
  const refused = JSON.parse(
    (await post(PATHS.login, { clientcode: "A1", password: "wrong", totp: "1" })).text,
  );
  equal(refused.status, false);
  const headers = { authorization: `Bearer ${login.data.jwtToken}` };
  const candles = {
    exchange: "NSE",
    symboltoken: "3045",
    interval: "ONE_HOUR",
    fromdate: "2026-11-18 09:15",
    todate: "2026-11-18 15:30",
  };
  const answer = JSON.parse((await post(DATA_CALLS.candles.path, candles, headers)).text);
  deepEqual([answer.status, answer.data.length], [true, 7]);
  equal(broker.asked.length, 1);
  // Nor does an edge pass on what its token has no right to, or an order.
  const foreign = await post(DATA_CALLS.candles.path, { ...candles, exchange: "NFO" }, headers);
  ok(!foreign.text.includes('"status":true'), foreign.text);
  const order = "/rest/secure/angelbroking/order/v1/placeOrder";
  ok(!(await post(order, {}, headers)).text.includes('"status":true'));
  equal(broker.asked.length, 1);
  // Nobody else is let in, and the hub's own clients need no token of the edge.
  equal((await on.ask(edge, "/quotes?symbols=nse:3045")).status, 401);
  equal((await on.ask({ proxy: on.hub }, "/quotes?symbols=nse:3045&wait=0")).status, 200);
  const own = { headers: { authorization: `Bearer ${TOKEN}` } };
  equal((await on.ask(edge, "/quotes?symbols=nse:3045&wait=0", own)).status, 200);
  equal((await on.ask(edge, "/quotes?symbols=nfo:68392&wait=0", own)).status, 403);
});

Deno.test("a hub that shares no calls, or is away, is named as the reason at the edge", async () => {
  await using on = new HubAndEdges();
  const edge = on.edge();
  const candles = `/candles${QUERIES["/candles"]}`;
  match((await on.ask(edge, candles)).text, /SHARE_REST is off/);
  await on.killHub();
  const { text } = await on.ask(edge, candles);
  match(text, /no answer in time|hub/);
});
