/** Each wire at an edge: what it shows of the hub's prices, and how it tells what the hub refuses. */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import type { InstrumentKey, Tick } from "../../lib/market/market.ts";
import { recordingsIn } from "../../lib/recording/folder.ts";
import { withOptionChains } from "../../lib/simulator/option_chains.ts";
import { createPacketDecoder, PacketRefusal } from "../../lib/smartapi/packet.ts";
import { Listener } from "../clients/http/event_listener.ts";
import { catalogOf } from "../instruments/catalog_of.ts";
import type { Message } from "../proxy/test_client.ts";
import { recorderIn } from "../recording/files.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { SIMULATED_INSTRUMENTS } from "../simulator/simulated.ts";
import { ltpTick, quoteTick, snapQuoteTick, TEN_O_CLOCK } from "../ticks.ts";
import { type Edge, HubAndEdges } from "./hub_and_edges.ts";

const SBIN: InstrumentKey = "nse:3045";
const RELIANCE: InstrumentKey = "nse:2885";
const NIFTY: InstrumentKey = "nse:99926000";

/** A tick of this moment at the hub's upstream, in the mode that is wanted there. */
function tickNow(world: HubAndEdges, key: InstrumentKey, price: number): void {
  const now = world.clock.now();
  const at = { exchangeTime: now, receivedAt: now };
  const ticks: Record<string, (key: InstrumentKey, price: number, more: typeof at) => Tick> = {
    ltp: ltpTick,
    quote: quoteTick,
    snapquote: snapQuoteTick,
  };
  world.source.tick(ticks[world.source.demand.wanted.get(key) ?? "ltp"]!(key, price, at));
}

async function wanted(world: HubAndEdges, key: InstrumentKey, mode?: string): Promise<void> {
  await world.until(() =>
    mode === undefined ? world.source.demand.wanted.has(key) : world.source.demand.wanted.get(key) === mode
  );
}

/** A client of the broker's wire: packets as [mode, price], texts as they are. */
async function smartStream(world: HubAndEdges, { proxy }: { readonly proxy: Edge["proxy"] }) {
  const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/smart-stream?feedToken=any`);
  socket.binaryType = "arraybuffer";
  const decode = createPacketDecoder();
  const packets: [string, number | undefined][] = [];
  const texts: Message[] = [];
  socket.onmessage = ({ data }) => {
    if (typeof data === "string") return void texts.push(data === "pong" ? { pong: true } : JSON.parse(data));
    const tick = decode(new Uint8Array(data), 0);
    if (!(tick instanceof PacketRefusal) && tick.mode !== "depth20") {
      packets.push([tick.mode, tick.lastPrice]);
    }
  };
  const gone = new Promise((resolve) => socket.onclose = resolve);
  await world.until(() => socket.readyState === WebSocket.OPEN);
  const subscribe = (mode: number, tokens: readonly string[]) => {
    const params = { mode, tokenList: [{ exchangeType: 1, tokens }] };
    socket.send(JSON.stringify({ correlationID: "abc", action: 1, params }));
  };
  return {
    socket,
    packets,
    texts,
    subscribe,
    close() {
      socket.close();
      return gone;
    },
  };
}

/** A client of OpenAlgo's wire, which greets nobody. */
async function openAlgoClient(world: HubAndEdges, { proxy }: Edge) {
  const socket = new WebSocket(`ws://127.0.0.1:${proxy.port}/openalgo`);
  const messages: Message[] = [];
  socket.onmessage = ({ data }) => messages.push(JSON.parse(data));
  const gone = new Promise((resolve) => socket.onclose = resolve);
  await world.until(() => socket.readyState === WebSocket.OPEN);
  const send = (message: unknown) => socket.send(JSON.stringify(message));
  send({ action: "authenticate", api_key: "any" });
  send({ action: "subscribe", symbol: "SBIN", exchange: "NSE", mode: 1 });
  const prices = () =>
    messages.flatMap(({ type, data }) => type === "market_data" ? [data.ltp as number] : []);
  return {
    messages,
    prices,
    close() {
      socket.close();
      return gone;
    },
  };
}

Deno.test("the broker's wire: each mode with its own packets, and the last one first", async () => {
  await using world = new HubAndEdges();
  const edge = world.edge();
  const client = await smartStream(world, edge);
  client.socket.send("ping");
  for (const [mode, name] of [[1, "ltp"], [2, "quote"], [3, "snapquote"]] as const) {
    client.subscribe(mode, ["3045"]);
    await wanted(world, SBIN, name);
    tickNow(world, SBIN, 100 + mode);
    await world.until(() => client.packets.some(([seen, price]) => seen === name && price === 100 + mode));
  }
  ok(client.texts.some(({ pong }) => pong));
  const late = await smartStream(world, edge);
  late.subscribe(3, ["3045"]);
  await world.until(() => late.packets.length > 0);
  deepEqual(late.packets[0], ["snapquote", 103]);
  // What another edge has is had from the hub.
  const elsewhere = await smartStream(world, world.edge("two"));
  elsewhere.subscribe(2, ["3045"]);
  await world.until(() => elsewhere.packets.length > 0);
  deepEqual(elsewhere.packets[0], ["quote", 103]);
  await Promise.all([client, late, elsewhere].map((each) => each.close()));
});

Deno.test("the broker's wire: E1001 for what cannot be read, E1002 for what the edge has no room for by the hub's word", async () => {
  await using world = new HubAndEdges({ perEdge: 1 });
  const edge = world.edge();
  const client = await smartStream(world, edge);
  client.subscribe(9, ["3045"]);
  await world.until(() => client.texts.length === 1);
  deepEqual([client.texts[0]!.correlationID, client.texts[0]!.errorCode], ["abc", "E1001"]);
  client.subscribe(1, ["3045"]);
  await wanted(world, SBIN);
  await world.until(() => edge.upstream.status().capacity === 1);
  client.subscribe(1, ["2885"]);
  await world.until(() => client.texts.length === 2);
  equal(client.texts[1]!.errorCode, "E1002");
  tickNow(world, SBIN, 100);
  await world.until(() => client.packets.length > 0);
  await client.close();
});

const FULL = { capacity: 1, proxy: { watchlist: new Map() } };

Deno.test("what the hub refuses: told on the JSON wire and by /events, silence on the broker's, no price on OpenAlgo's", async () => {
  await using world = new HubAndEdges(FULL);
  const edge = world.edge("late");
  await world.until(() => edge.upstream.status().state === "up");
  const first = await world.connect(world.edge("first"));
  first.send({ command: "subscribe", symbols: [RELIANCE], mode: "ltp" });
  await wanted(world, RELIANCE);
  // It has not heard yet that the last place was taken, so that the refusal is the hub's.
  const json = await world.connect(edge);
  const silent = await smartStream(world, edge);
  json.send({ command: "subscribe", symbols: [SBIN], mode: "ltp" });
  silent.subscribe(1, ["3045"]);
  const openAlgo = await openAlgoClient(world, edge);
  const response = await fetch(`http://127.0.0.1:${edge.proxy.port}/events?symbols=${SBIN}`);
  equal(response.status, 200);
  const events = new Listener(response.body!);
  await world.until(() => json.news.length > 0 && events.named("system").length > 0);
  for (const told of [json.news[0]!, events.named("system")[0]!.data]) {
    equal(told.status, "subscription_refused");
    deepEqual(told.instruments, [SBIN]);
    match(told.message, /in use/);
  }
  json.send({ command: "list_subscriptions" });
  await world.until(() => json.answers.length > 1);
  match(json.answers.at(-1)!.data[0].reason, /in use/);
  deepEqual([silent.texts, silent.packets, openAlgo.prices()], [[], [], []]);
  await Promise.all([silent.close(), openAlgo.close(), events.leave()]);
});

Deno.test("/events at an edge: ticks, and the outage with its gap", async () => {
  await using world = new HubAndEdges();
  const edge = world.edge();
  const response = await fetch(`http://127.0.0.1:${edge.proxy.port}/events?symbols=${SBIN}`);
  const events = new Listener(response.body!);
  await wanted(world, SBIN);
  tickNow(world, SBIN, 100);
  const prices = () =>
    events.named("message").flatMap(({ data }) => data.data.map((tick: Message) => tick.last_traded_price));
  await world.until(() => prices().length === 1);
  world.server.kill();
  await world.until(() => events.named("system").length > 0);
  equal(events.named("system")[0]!.data.status, "upstream_down");
  tickNow(world, SBIN, 101);
  await world.pass(500);
  world.server.restart();
  await world.until(() => events.named("gap").length > 0);
  deepEqual(prices(), [100, 101]);
  await events.leave();
});

Deno.test("OpenAlgo's wire at an edge: the last value and the next one", async () => {
  await using world = new HubAndEdges();
  const edge = world.edge();
  const first = await openAlgoClient(world, edge);
  await wanted(world, SBIN);
  tickNow(world, SBIN, 812.35);
  await world.until(() => first.prices().length === 1);
  const late = await openAlgoClient(world, edge);
  await world.until(() => late.prices().length === 1);
  tickNow(world, SBIN, 813);
  await world.until(() => late.prices().length === 2);
  deepEqual([first.prices(), late.prices()], [[812.35, 813], [812.35, 813]]);
  await Promise.all([first.close(), late.close()]);
});

Deno.test("the edge's watch list: an exchange alone means it, and its places are kept by the hub", async () => {
  await using world = new HubAndEdges({ capacity: 4 });
  const edge = world.edge();
  const others = await world.connect(edge);
  // Three of the five of the watch list fit beside these; no other does.
  others.send({ command: "subscribe", symbols: ["nse:11536", "nse:1594"], mode: "ltp" });
  await world.until(() => others.answers.length > 0);
  const client = await world.connect(edge);
  client.send({ command: "subscribe", exchange: "nse", mode: "ltp" });
  for (const key of [NIFTY, SBIN, RELIANCE] as const) await wanted(world, key);
  for (const key of [NIFTY, SBIN, RELIANCE] as const) tickNow(world, key, 100);
  await world.until(() => client.ticks.length === 3);
});

Deno.test("a chain at an edge follows the money: its strikes are leased and given back as the index moves", async () => {
  const { instruments } = await catalogOf(withOptionChains(SIMULATED_INSTRUMENTS, TEN_O_CLOCK));
  await using world = new HubAndEdges({ proxy: { instruments } });
  const client = await world.connect(world.edge());
  client.send({ command: "subscribe", chain: { underlying: "NIFTY", strikes: 1 }, mode: "quote" });
  await wanted(world, NIFTY);
  const chains = () => client.messages.filter(({ type }) => type === "chain");
  const contracts = () => [...world.source.demand.wanted.keys()].filter((key) => key.startsWith("nfo:"));
  tickNow(world, NIFTY, 24_812.35);
  await world.until(() => chains().length === 1 && contracts().length === 6);
  const before = contracts();
  for (const key of before) tickNow(world, key, 130);
  await world.until(() => client.ticks.length === 7);
  await world.pass(2_000);
  tickNow(world, NIFTY, 24_912.35);
  await world.until(() => chains().some(({ status }) => status === "moved"));
  await world.until(() => contracts().some((key) => !before.includes(key)) && contracts().length === 6);
  const { added, chain } = chains().at(-1)!;
  equal(chain.at_the_money, 24_900);
  deepEqual(added.map(({ instrument }: Message) => contracts().includes(instrument)), added.map(() => true));
});

Deno.test("an edge records what it shows, rewinds it, and replays its own day", async () => {
  using folder = new TemporaryFolder();
  const recordings = recordingsIn(folder.path);
  await using world = new HubAndEdges();
  const recorder = recorderIn(recordings, { clock: world.clock });
  const edge = world.edge("one", world.clock, { recorder, recordings });
  const client = await world.connect(edge);
  client.send({ command: "subscribe", symbols: [SBIN], mode: "ltp" });
  await wanted(world, SBIN);
  for (const price of [100, 101, 102]) {
    tickNow(world, SBIN, price);
    await world.pass(100, 20);
  }
  await world.until(() => client.ticks.length === 3);
  await world.pass(2_000);
  const late = await world.connect(edge);
  late.send({ command: "subscribe", symbols: [SBIN], mode: "ltp", from: "-60s" });
  await world.until(() => late.news.some(({ status }) => status === "replay_completed"));
  tickNow(world, SBIN, 103);
  await world.until(() => late.ticks.length === 4);
  deepEqual(late.ticks.map(({ last_traded_price }) => last_traded_price), [100, 101, 102, 103]);
  const replayed = await world.connect(edge, "/replay?date=2026-11-20&speed=0&encoding=json");
  replayed.send({ command: "subscribe", symbols: [SBIN], mode: "ltp" });
  await world.until(() => replayed.ticks.length >= 3);
  deepEqual(replayed.ticks.slice(0, 3).map(({ last_traded_price }) => last_traded_price), [100, 101, 102]);
});
