import assert from "node:assert/strict";
import { ANYONE, type Entitlement } from "../../../lib/access/entitlement.ts";
import type { ClientSocket } from "../../../lib/clients/delivery/outbox.ts";
import type { Opening } from "../../../lib/clients/protocol.ts";
import type { Tick } from "../../../lib/market/market.ts";
import { FakeClock } from "../../fakes.ts";
import { catalogOfRows } from "../../instruments/catalog_of.ts";
import { ODD_LIST } from "../../instruments/odd_list.ts";
import { ltpTick, snapQuoteTick } from "../../ticks.ts";
import { Stage, type StageOptions } from "../stage.ts";

/** Frames as `mode:length`, texts as they are. */
class Socket implements ClientSocket {
  frames: string[] = [];
  packets: Uint8Array[] = [];
  readonly closes: number[] = [];
  held = 0;
  send(frame: string | Uint8Array): void {
    if (typeof frame !== "string") this.packets.push(frame);
    this.frames.push(typeof frame === "string" ? frame : `${frame[0]}:${frame.length}`);
  }
  close(code: number): void {
    this.closes.push(code);
  }
  buffered(): number {
    return this.held;
  }
}

function connect(stage: Stage, entitlement: Entitlement = ANYONE) {
  const socket = new Socket();
  const protocol = stage.pipeline.protocols.find(({ paths }) => paths.includes("/smart-stream"))!;
  const opening = protocol.open({ query: new URLSearchParams(), headers: new Headers() }) as Opening;
  const client = stage.gateway.connect(socket, { from: "127.0.0.1:1", opening, entitlement });
  const ask = async (action: unknown, mode: unknown, tokenList: unknown, id?: unknown) => {
    client.received(JSON.stringify({ correlationID: id, action, params: { mode, tokenList } }));
    await stage.pass();
    return socket.frames.splice(0);
  };
  const say = async (text: string | ArrayBuffer) => {
    client.received(text);
    await stage.pass();
    return socket.frames.splice(0);
  };
  return { socket, client, ask, say };
}

const KEY = "nse:3045";
const SBIN = [{ exchangeType: 1, tokens: ["3045"] }];
const BAD = { errorCode: "E1001", errorMessage: "Invalid Request Payload." };
const LIMIT = { errorCode: "E1002", errorMessage: "Invalid Request. Subscription Limit Exceeded." };

async function tick(stage: Stage, socket: Socket, tick: Tick): Promise<string[]> {
  stage.upstream.tick(tick);
  await stage.pass();
  return socket.frames.splice(0);
}

function snap(stage: Stage, price = 100): Tick {
  const now = stage.clock.now();
  return snapQuoteTick(KEY, price, { exchangeTime: now, receivedAt: now });
}

Deno.test("tokens of nothing, of expired contracts and of rows that cannot tick are passed over in silence", async () => {
  const clock = new FakeClock(Date.parse("2026-11-27T10:00:00+05:30"));
  const { instruments, stop } = await catalogOfRows(ODD_LIST, clock);
  const stage = new Stage({ clock, instruments });
  const { ask } = connect(stage);
  const list = [
    { exchangeType: 1, tokens: ["3045", "99999999"] },
    { exchangeType: 2, tokens: ["68000", "68392"] },
    { exchangeType: 5, tokens: ["120"] },
  ];
  assert.deepEqual(await ask(1, 1, list), []);
  assert.deepEqual([...stage.demand.keys()], ["nse:3045", "nfo:68392"]);
  await stop();
});

Deno.test("a packet is cut to each mode that the client has, one in each frame", async () => {
  const stage = new Stage();
  const { ask, socket } = connect(stage);
  assert.deepEqual(await ask(1, 1, SBIN), []);
  assert.equal(stage.demand.get(KEY), "ltp");
  assert.deepEqual(await tick(stage, socket, snap(stage)), ["1:51"]);
  assert.deepEqual(await ask(1, 3, SBIN), ["3:379"], "the last packet comes at once");
  assert.equal(stage.demand.get(KEY), "snapquote");
  assert.deepEqual((await tick(stage, socket, snap(stage, 101))).toSorted(), ["1:51", "3:379"]);
  const [a, b] = socket.packets.slice(-2).map((packet) => packet.slice(1, 51));
  assert.deepEqual(a, b);
  assert.deepEqual(await ask(0, 2, SBIN), [], "a pair that it does not have");
  assert.deepEqual(await ask(0, 3, SBIN), []);
  assert.equal(stage.demand.get(KEY), "ltp");
  assert.deepEqual(await tick(stage, socket, snap(stage, 102)), ["1:51"]);
  await ask(0, 1, SBIN);
  assert.equal(stage.demand.size, 0);
});

Deno.test("a packet of less than the client's mode is not sent", async () => {
  const stage = new Stage();
  const { ask, socket } = connect(stage);
  await ask(1, 3, SBIN);
  const now = stage.clock.now();
  assert.deepEqual(
    await tick(stage, socket, ltpTick(KEY, 100, { exchangeTime: now, receivedAt: now })),
    [],
  );
});

Deno.test("one subscription upstream serves this wire and the JSON one", async () => {
  const stage = new Stage();
  const { ask } = connect(stage);
  const json = await stage.subscribed("nse", "encoding=json");
  await ask(1, 2, [{ exchangeType: 1, tokens: ["99926000"] }]);
  assert.deepEqual([...stage.demand], [["nse:99926000", "quote"], ["nse:99926009", "ltp"]]);
  json.client.gone();
  assert.deepEqual([...stage.demand], [["nse:99926000", "quote"]]);
});

Deno.test("what programs really send is understood", async () => {
  const stage = new Stage();
  const { ask, say, socket } = connect(stage);
  assert.deepEqual(await say("ping"), ["pong"]);
  await ask(1, 1, [{ exchangeType: 1, tokens: [] }]);
  await ask("1", "1", [{ exchangeType: "1", tokens: [3045, "3045"] }], "an id of more than ten letters");
  await ask(1, 1, SBIN);
  assert.deepEqual([...stage.demand], [[KEY, "ltp"]]);
  assert.deepEqual(socket.frames, []);
});

Deno.test("a list that is sent once for each of its tokens is read once", async () => {
  const stage = new Stage({ upstream: { capacity: 1_000 }, watchlist: new Map() });
  const { client, ask, socket } = connect(stage);
  const tokens = Array.from({ length: 800 }, (_, i) => String(100_001 + i));
  const request = (mode: number) =>
    JSON.stringify({ action: 1, params: { mode, tokenList: [{ exchangeType: 1, tokens }] } });
  for (const mode of [1, 2, 3]) {
    const text = request(mode);
    for (let i = 0; i < tokens.length; i++) client.received(text);
  }
  client.received("{");
  let turns = 0;
  for (; socket.frames.length === 0 && turns < 500; turns++) stage.clock.advance(0);
  // Each reading would be some 25 units of work, of which a turn has room for a hundred.
  assert.ok(turns < 60, String(turns));
  assert.equal(stage.demand.size, 800);
  await stage.pass();
  socket.frames.length = 0;
  // What has come to mean something again is read again.
  const list = [{ exchangeType: 1, tokens: ["100001"] }];
  for (let i = 0; i < 2; i++) {
    for (const mode of [1, 2, 3]) await ask(1, mode, list);
    assert.equal(stage.demand.get("nse:100001"), "snapquote");
    for (const mode of [3, 2, 1]) await ask(0, mode, list);
    assert.equal(stage.demand.has("nse:100001"), false);
  }
  // What is refused is refused each time.
  for (let i = 0; i < 2; i++) assert.equal((await ask(1, 4, list)).length, 1);
});

Deno.test("a request that cannot be followed gets one error, with its id", async () => {
  const stage = new Stage();
  const { ask, say } = connect(stage);
  const error = async (answer: Promise<string[]>) => (await answer).map((text) => JSON.parse(text));
  for (const id of ["a", 7, 0]) {
    assert.deepEqual(await error(ask(1, 4, SBIN, id)), [{ correlationID: id, ...BAD }]);
  }
  for (const id of [null, true, [1], { a: 1 }]) assert.deepEqual(await error(ask(1, 4, SBIN, id)), [BAD]);
  const three = [0, 0, 6].map((exchangeType) => ({ exchangeType, tokens: ["1", "2"] }));
  assert.deepEqual(await error(ask(1, 1, three, "a longer one 123")), [{
    correlationID: "a longer one 123",
    ...BAD,
  }]);
  for (const text of ["{", "null", "[]", "1", '"x"', "", "{}", new ArrayBuffer(3)]) {
    assert.deepEqual(await error(say(text)), [BAD]);
  }
  assert.deepEqual(await error(ask(1, 1, [null])), [BAD]);
  assert.equal(stage.demand.size, 0);
});

Deno.test("the limits are those of all clients, and told once for each request", async () => {
  const stage = new Stage({ upstream: { capacity: 2 }, watchlist: new Map() });
  const five = [{ exchangeType: 1, tokens: ["1", "2", "3", "4", "5"] }];
  const first = connect(stage, { name: "a", maxInstruments: 1 });
  assert.deepEqual((await first.ask(1, 1, five, "x")).map((text) => JSON.parse(text)), [
    { correlationID: "x", ...LIMIT },
  ]);
  const second = connect(stage, { name: "b", exchanges: new Set(["mcx"]) });
  assert.deepEqual((await second.ask(1, 1, five)).map((text) => JSON.parse(text)), [BAD]);
  assert.equal(stage.demand.size, 1);
});

Deno.test("a client that does not read gets the newest packet of each pair, and is closed if it stays stuck", async () => {
  const stage = new Stage();
  const { ask, socket } = connect(stage);
  await ask(1, 3, SBIN);
  socket.held = 300_000;
  for (const price of [100, 101, 102]) assert.deepEqual(await tick(stage, socket, snap(stage, price)), []);
  socket.held = 0;
  await stage.pass(300);
  assert.deepEqual(socket.frames.splice(0), ["3:379"]);
  socket.held = 300_000;
  await tick(stage, socket, snap(stage, 103));
  await stage.pass(40_000);
  assert.deepEqual(socket.closes, [1013]);
});

Deno.test("only where it was asked for, a feed that goes down closes those who are subscribed to it", async () => {
  const closes = async (options: StageOptions) => {
    const stage = new Stage(options);
    const { ask, socket } = connect(stage);
    const other = connect(stage);
    await ask(1, 1, SBIN);
    stage.upstream.event({ kind: "down", since: 0, cause: { kind: "network", message: "cut" }, keys: [KEY] });
    await stage.pass();
    return [socket.closes, other.socket.closes, socket.frames];
  };
  assert.deepEqual(await closes({}), [[], [], []]);
  assert.deepEqual(await closes({ closeSmartStreamWhenDown: true }), [[1013], [], []]);
});

Deno.test("who comes back while the feed is down is not closed again, and gets packets when it is up", async () => {
  const stage = new Stage({ closeSmartStreamWhenDown: true });
  const cause = { kind: "network", message: "cut" } as const;
  const down = () => stage.upstream.event({ kind: "down", since: 0, cause, keys: [KEY] });
  const first = connect(stage);
  await first.ask(1, 3, SBIN);
  stage.upstream.up = undefined;
  down();
  await stage.pass();
  assert.deepEqual(first.socket.closes, [1013]);
  first.client.gone();
  // As the Java SDK does, without a pause.
  const second = connect(stage);
  assert.deepEqual(await second.ask(1, 3, SBIN), []);
  await stage.pass(60_000);
  assert.deepEqual(second.socket.closes, []);
  stage.upstream.up = stage.clock.elapsed();
  stage.upstream.event({ kind: "up", from: 0, to: stage.clock.now(), keys: [KEY] });
  assert.deepEqual(await tick(stage, second.socket, snap(stage)), ["3:379"]);
});

Deno.test("a price that the proxy does not believe is not sent, nor shown to who comes later", async () => {
  const stage = new Stage();
  const { ask, socket } = connect(stage);
  await ask(1, 3, SBIN);
  assert.deepEqual(await tick(stage, socket, snap(stage, 100)), ["3:379"]);
  const now = stage.clock.now();
  for (
    const spoilt of [
      { priceFault: "no_price" },
      { exchangeTime: now - 3_600_000 },
      { open: 90, high: 95, low: 85 },
      { upperCircuit: 99, lowerCircuit: 80, volume: 7, lastTradeTime: now },
    ] as const
  ) {
    const packet = snapQuoteTick(KEY, 101, { exchangeTime: now, receivedAt: now, ...spoilt });
    assert.deepEqual([spoilt, await tick(stage, socket, packet)], [spoilt, []]);
  }
  const later = connect(stage);
  assert.deepEqual(await later.ask(1, 3, SBIN), []);
});

Deno.test("a client that is silent is not closed for it", async () => {
  const stage = new Stage();
  const { socket } = connect(stage);
  await stage.pass(600_000);
  assert.deepEqual(socket.closes, []);
});
