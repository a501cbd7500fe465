import assert from "node:assert/strict";
import fc from "fast-check";
import type { Watchlist } from "../../lib/clients/instrument_selection.ts";
import { LAG_BYTES } from "../../lib/clients/delivery/outbox.ts";
import type { Exchange, InstrumentKey } from "../../lib/market/market.ts";
import { quoteTick } from "../ticks.ts";
import { FakeSocket } from "./fake_socket.ts";
import { BATCH_MS, last, Stage } from "./stage.ts";
import { anyText } from "../any_text.ts";

const FEED = {
  upstream: { state: "up" },
  markets: { nse: { state: "open", stale: false }, mcx: { state: "open", stale: false } },
};

const cause = { kind: "login", message: "no" };
const REFUSED = { kind: "refused", since: 5, cause } as const;
const DOWN = {
  kind: "down",
  since: 5,
  cause,
  keys: ["nse:99926009", "nse:3045"] as InstrumentKey[],
} as const;

const HELLO = {
  type: "info",
  message: "Connected to WebSocket proxy server",
  available_exchanges: ["nse", "mcx"],
  protocol: 1,
  version: "1.2.3",
  source: "live",
  epoch: "this run",
  ...FEED,
};

Deno.test("a client is welcomed with the documented message, its fields in their order", () => {
  const { socket } = new Stage().connect();
  assert.deepEqual(socket.frames, [JSON.stringify(HELLO)]);
});

Deno.test("the welcome tells of a simulated source, and how things stand", () => {
  const stage = new Stage({ source: "simulated", upstream: { state: "down", reason: "no network" } });
  assert.deepEqual(last(stage.connect().socket), {
    ...HELLO,
    source: "simulated",
    upstream: { state: "down", reason: "no network" },
  });
});

Deno.test("subscribe is answered to the letter", async () => {
  const { socket } = await new Stage().subscribed();
  assert.equal(
    socket.frames[1],
    '{"status":"success","message":"Subscribed to nse","data":[{"exchangeType":1,"tokens":["99926000","99926009"]}]}',
  );
  assert.equal(socket.frames.length, 2);
});

Deno.test("unsubscribe is answered to the letter", async () => {
  const stage = new Stage();
  const { send, socket } = await stage.subscribed("mcx");
  send({ command: "unsubscribe", exchange: "mcx" });
  await stage.drain();
  assert.equal(
    socket.frames[2],
    '{"status":"success","message":"Unsubscribed from mcx","data":[{"exchangeType":5,"tokens":["426265"]}]}',
  );
});

Deno.test("unsubscribe from what was never subscribed is answered the same", async () => {
  const stage = new Stage();
  const { send, socket } = stage.connect();
  send({ command: "unsubscribe", exchange: "nse" });
  await stage.drain();
  assert.equal(last(socket).message, "Unsubscribed from nse");
});

Deno.test("list_exchanges is answered to the letter", async () => {
  const stage = new Stage();
  const { send, socket } = stage.connect();
  send({ command: "list_exchanges" });
  await stage.drain();
  assert.equal(socket.frames[1], '{"status":"success","message":"Available exchanges","data":["nse","mcx"]}');
});

Deno.test("what is not JSON is answered with what was seen, and the connection stays", async () => {
  const stage = new Stage();
  const { client, send, socket } = stage.connect();
  client.received("hello?");
  client.received("");
  send({ command: "list_exchanges" });
  await stage.drain();
  const words = (seen: string) => ({
    status: "error",
    code: "bad_json",
    message: `Invalid JSON format: ${seen}`,
  });
  assert.deepEqual(socket.frames.slice(1, 3).map((frame) => JSON.parse(frame)), [
    words('the frame is no JSON, it is "hello?"'),
    words("the frame is empty"),
  ]);
  assert.equal(last(socket).status, "success");
  assert.deepEqual(socket.closes, []);
});

Deno.test("what is not understood is answered with what was wrong and what would do", async () => {
  const stage = new Stage();
  const { send, socket } = stage.connect();
  const answer = async (value: unknown) => {
    send(value);
    await stage.drain();
    const { status, code, message, ...rest } = last(socket);
    assert.equal(status, "error");
    assert.deepEqual(rest, {});
    return `${code}: ${message}`;
  };
  assert.match(await answer({}), /^unknown_command: .*command.*list_exchanges/);
  assert.match(await answer({ command: "buy" }), /^unknown_command: .*buy.*list_exchanges/);
  assert.match(await answer({ command: "subscribe" }), /^unknown_exchange: .*exchange.*ncdex/);
  assert.match(
    await answer({ command: "subscribe", exchange: "nasdaq" }),
    /^unknown_exchange: .*nasdaq.*ncdex/,
  );
  assert.match(await answer({ command: "subscribe", exchange: "bse" }), /^unknown_exchange: .*bse.*nse, mcx/);
  assert.match(await answer({ command: "unsubscribe", exchange: 3 }), /^unknown_exchange: .*bse.*nse, mcx/);
  assert.match(await answer([]), /^bad_command: /);
  assert.deepEqual(socket.closes, []);
});

Deno.test("an exchange may be named in any case or by its number", async () => {
  const stage = new Stage();
  for (const exchange of ["NSE", "Nse", 1]) {
    const { socket } = await stage.subscribed(exchange);
    assert.equal(last(socket).message, "Subscribed to nse");
  }
  assert.equal(stage.groups, 1);
});

Deno.test("an answer carries the id of its command, last", async () => {
  const stage = new Stage();
  const { client, send, socket } = stage.connect();
  for (
    const value of [
      { command: "subscribe", exchange: "nse" },
      { command: "unsubscribe", exchange: "nse" },
      { command: "list_exchanges" },
      { command: "subscribe", exchange: "bse" },
      { command: "buy" },
      {},
    ]
  ) {
    send({ ...value, id: "a-7" });
    await stage.drain();
    assert.match(socket.frames.at(-1)!, /,"id":"a-7"\}$/);
  }
  client.received('{"command":"list_exchanges"}');
  await stage.drain();
  assert.ok(!("id" in last(socket)));
});

Deno.test("a tick comes to the letter, alone and uncompressed after a pause", async () => {
  const stage = new Stage();
  const { socket } = await stage.subscribed();
  stage.clock.advance(932_000);
  stage.tick("nse:99926000", 24_812.35);
  await stage.drain();
  assert.equal(
    socket.frames[2],
    '{"type":"market_data","compressed":false,"seq":1,"data":[' +
      '{"exchange":"nse","exchange_type":1,"token":"99926000","symbol":"name of 99926000","mode":"ltp",' +
      '"last_traded_price":24812.35,"timestamp":"2026-11-20 10:15:32","exchange_timestamp":1795149932000,' +
      '"sequence_number":1}]}',
  );
});

Deno.test("ticks of one window share a message, which is compressed where that is shorter", async () => {
  const stage = new Stage();
  const { socket } = await stage.subscribed();
  stage.tick("nse:99926000", 100);
  await stage.drain();
  for (let i = 1; i < 40; i++) stage.tick("nse:99926000", 100 + i);
  await stage.pass();
  const [first, second] = socket.data();
  assert.deepEqual([first!.compressed, first!.ticks.length], [false, 1]);
  assert.deepEqual([second!.compressed, second!.ticks.length], [true, 39]);
  assert.deepEqual(
    socket.ticks().map(({ last_traded_price }) => last_traded_price),
    Array.from({ length: 40 }, (_, i) => 100 + i),
  );
});

Deno.test("subscribe to an exchange gives ltp, even of a tick that holds more", async () => {
  const stage = new Stage();
  const { socket } = await stage.subscribed();
  const now = stage.clock.now();
  stage.upstream.tick(quoteTick("nse:99926000", 5, { exchangeTime: now, receivedAt: now, volume: 9 }));
  await stage.drain();
  const [tick] = socket.ticks();
  assert.equal(tick!.mode, "ltp");
  assert.ok(!("volume" in tick!));
});

Deno.test("seq counts each client's data from 1 without holes, through snapshots and other clients' ways", async () => {
  const stage = new Stage();
  const first = await stage.subscribed();
  for (let i = 0; i < 5; i++) {
    stage.tick("nse:99926000", 100 + i);
    await stage.pass();
  }
  const second = await stage.subscribed();
  second.send({ command: "subscribe", exchange: "mcx" });
  for (let i = 0; i < 5; i++) {
    stage.tick("nse:99926009", 200 + i);
    stage.tick("mcx:426265", 300 + i);
    await stage.pass();
  }
  for (const { socket } of [first, second]) {
    const numbers = socket.data().map(({ seq }) => seq);
    assert.ok(numbers.length >= 6);
    assert.deepEqual(numbers, numbers.map((_, i) => i + 1));
  }
});

Deno.test("a client gets only what it asked for", async () => {
  const stage = new Stage();
  const [nse, mcx, none] = [await stage.subscribed("nse"), await stage.subscribed("mcx"), stage.connect()];
  stage.tick("nse:99926000", 1);
  stage.tick("mcx:426265", 2);
  await stage.pass();
  assert.deepEqual(nse.socket.ticks().map(({ token }) => token), ["99926000"]);
  assert.deepEqual(mcx.socket.ticks().map(({ token }) => token), ["426265"]);
  assert.deepEqual(none.socket.data(), []);
});

Deno.test("a client that asks twice gets each tick once", async () => {
  const stage = new Stage();
  const { send, socket } = await stage.subscribed();
  send({ command: "subscribe", exchange: "NSE" });
  await stage.drain();
  stage.tick("nse:99926000", 1);
  await stage.pass();
  assert.equal(socket.ticks().length, 1);
});

Deno.test("no tick comes after the answer to an unsubscribe", async () => {
  const stage = new Stage();
  const { send, socket } = await stage.subscribed();
  for (let i = 0; i < 100; i++) stage.tick("nse:99926000", 100 + i);
  send({ command: "unsubscribe", exchange: "nse" });
  for (let i = 0; i < 100; i++) stage.tick("nse:99926000", 300 + i);
  await stage.pass();
  assert.equal(last(socket).message, "Unsubscribed from nse");
  assert.equal(socket.ticks().length, 100);
});

Deno.test("a newcomer gets the last known values as a snapshot, after the answer and before the next tick", async () => {
  const stage = new Stage();
  const early = await stage.subscribed();
  stage.tick("nse:99926000", 1);
  await stage.pass();
  const late = stage.connect();
  late.send({ command: "subscribe", exchange: "nse" });
  stage.tick("nse:99926000", 2);
  stage.tick("nse:99926009", 3);
  await stage.pass();
  const kinds = late.socket.frames.map((frame) => JSON.parse(frame)).map(({ type, status }) =>
    type ?? status
  );
  assert.deepEqual(kinds.slice(0, 3), ["info", "success", "market_data"]);
  const [snapshot, ...live] = late.socket.data();
  assert.equal(snapshot!.snapshot, true);
  // Of the second instrument nothing was known.
  assert.deepEqual(snapshot!.ticks.map(({ token, last_traded_price }) => [token, last_traded_price]), [[
    "99926000",
    1,
  ]]);
  assert.ok(live.every((message) => message.snapshot === undefined));
  assert.deepEqual(
    live.flatMap(({ ticks }) => ticks).map(({ last_traded_price }) => last_traded_price),
    [2, 3],
  );
  assert.ok(early.socket.data().every((message) => message.snapshot === undefined));
});

Deno.test("between a snapshot and the first tick after it nothing is missed or told twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(30), fc.nat(30), fc.nat(3), async (before, after, turns) => {
      const stage = new Stage();
      await stage.subscribed();
      let price = 0;
      for (let i = 0; i < before; i++) stage.tick("nse:99926000", ++price);
      for (let i = 0; i < turns; i++) stage.clock.advance(4);
      const known = price;
      const late = stage.connect();
      late.send({ command: "subscribe", exchange: "nse" });
      for (let i = 0; i < after; i++) stage.tick("nse:99926000", ++price);
      await stage.pass();
      const seen = late.socket.ticks().map(({ last_traded_price }) => last_traded_price);
      const from = known === 0 ? 1 : known;
      assert.deepEqual(seen, Array.from({ length: price - from + 1 }, (_, i) => from + i));
    }),
    { numRuns: 60 },
  );
});

Deno.test("the broker hears of an instrument once, however many clients want it, and until the last one goes", async () => {
  const stage = new Stage();
  const clients = [];
  for (let i = 0; i < 50; i++) clients.push(await stage.subscribed());
  assert.deepEqual([...stage.demand], [["nse:99926000", "ltp"], ["nse:99926009", "ltp"]]);
  assert.equal(stage.groups, 1);
  for (const { client } of clients.slice(1)) client.gone();
  assert.equal(stage.demand.size, 2);
  clients[0]!.client.gone();
  assert.equal(stage.demand.size, 0);
  assert.equal(stage.groups, 0);
  assert.equal(stage.gateway.clients, 0);
});

Deno.test("a client that is gone is sent nothing more, and may be gone twice", async () => {
  const stage = new Stage();
  const { client, send, socket } = await stage.subscribed();
  const other = await stage.subscribed();
  client.gone();
  const frames = socket.frames.length;
  client.gone();
  send({ command: "subscribe", exchange: "nse" });
  stage.tick("nse:99926000", 1);
  stage.gateway.announce(DOWN);
  await stage.pass();
  assert.equal(socket.frames.length, frames);
  assert.equal(stage.gateway.clients, 1);
  assert.equal(other.socket.ticks().length, 1);
});

Deno.test("a binary frame is answered as bad JSON, and the connection stays", async () => {
  const stage = new Stage();
  const { client, send, socket } = stage.connect();
  client.received(new ArrayBuffer(1_000));
  send({ command: "list_exchanges" });
  await stage.drain();
  const [, refused, listed] = socket.messages();
  assert.equal(refused!.status, "error");
  assert.equal(refused!.code, "bad_json");
  assert.equal(listed!.status, "success");
});

Deno.test("a command larger than 64 KiB closes with 1009, and its subscriptions end", async () => {
  const stage = new Stage();
  const { client, socket } = await stage.subscribed();
  client.received(" ".repeat(64 * 1024));
  await stage.drain();
  assert.equal(socket.closes.length, 0);
  client.received("x".repeat(1_000_000));
  assert.deepEqual(socket.closes.map(({ code }) => code), [1009]);
  assert.ok(socket.closes[0]!.reason.length > 0 && socket.closes[0]!.reason.length <= 123);
  assert.equal(stage.demand.size, 0);
  client.received("x".repeat(1_000_000));
  client.gone();
  assert.equal(socket.closes.length, 1);
});

Deno.test("an event comes to everyone whom it concerns, ahead of data that waits", async () => {
  const stage = new Stage();
  const { socket } = await stage.subscribed();
  const idle = stage.connect();
  socket.held = LAG_BYTES + 1;
  stage.tick("nse:99926000", 1);
  await stage.pass();
  stage.gateway.announce(REFUSED);
  for (const each of [socket, idle.socket]) {
    const { type, status, since, reason } = last(each);
    assert.deepEqual([type, status, since, reason], ["system", "upstream_refused", 5, "login"]);
  }
  assert.deepEqual(socket.data(), []);
});

Deno.test("an event that names instruments is told with each client's own, and to those alone who have one", async () => {
  const stage = new Stage();
  const [nse, mcx, idle] = [await stage.subscribed("nse"), await stage.subscribed("mcx"), stage.connect()];
  const before = [mcx, idle].map(({ socket }) => socket.frames.length);
  stage.gateway.announce(DOWN);
  assert.deepEqual([last(nse.socket).status, last(nse.socket).instruments], ["upstream_down", [
    "nse:99926009",
  ]]);
  stage.gateway.announce({ kind: "price", keys: DOWN.keys, reason: "crossed_book", mode: "ltp" });
  // What only a richer packet tells is not told to those who have asked for less.
  stage.gateway.announce({ kind: "price", keys: DOWN.keys, reason: undefined, mode: "snapquote" });
  assert.deepEqual([last(nse.socket).status, last(nse.socket).instruments], ["suspect", ["nse:99926009"]]);
  assert.deepEqual([mcx, idle].map(({ socket }) => socket.frames.length), before);
});

Deno.test("what waits when the feed goes down leaves at once, marked as stale; what comes later is not marked", async () => {
  const stage = new Stage();
  const every = await stage.subscribed("nse", "interval=30000");
  const slow = await stage.subscribed("nse", "encoding=json");
  stage.tick("nse:99926000", 1);
  await stage.pass();
  slow.socket.held = LAG_BYTES + 1;
  stage.tick("nse:99926000", 2);
  await stage.pass();
  stage.upstream.event({ ...DOWN, keys: ["nse:99926000"] });
  await stage.drain();
  assert.deepEqual(every.socket.data().map(({ ticks, stale }) => [ticks[0]!.last_traded_price, stale]), [
    [1, undefined],
    [2, true],
  ]);
  stage.tick("nse:99926009", 3);
  await stage.pass();
  slow.socket.held = 0;
  await stage.pass(300);
  assert.deepEqual(
    slow.socket.data().map(({ ticks, stale }) => [ticks.length, ticks[0]!.last_traded_price, stale]),
    [
      [1, 1, undefined],
      [1, 2, true],
      [1, 3, undefined],
    ],
  );
  await stage.pass(31_000);
  assert.equal(every.socket.data().at(-1)!.stale, undefined);
});

Deno.test("events of a flapping price are bounded by the second, and by a client's interval", async () => {
  const stage = new Stage();
  const [every, rare] = [await stage.subscribed(), await stage.subscribed("nse", "interval=60000")];
  stage.tick("nse:99926000", 100);
  for (let i = 0; i < 600; i++) {
    stage.upstream.reject("wrong_length", "nse:99926000");
    stage.clock.advance(10);
    stage.tick("nse:99926000", 100);
    stage.clock.advance(10);
  }
  await stage.pass(2_000);
  const events = ({ socket }: { socket: FakeSocket }) =>
    socket.messages().filter(({ status }) => status === "suspect" || status === "fresh");
  assert.ok(events(every).length >= 8 && events(every).length <= 16, String(events(every).length));
  assert.ok(events(rare).length >= 1 && events(rare).length <= 2, String(events(rare).length));
  assert.equal(events(every).at(-1)!.status, "fresh");
});

Deno.test("closeAll() tells an event, closes with a code, and lets others in afterwards", async () => {
  const stage = new Stage();
  const { socket } = await stage.subscribed();
  stage.gateway.closeAll({ kind: "restart" }, { code: 1012, reason: "Certificate renewed" });
  assert.equal(last(socket).status, "restart");
  assert.deepEqual(socket.closes, [{ code: 1012, reason: "Certificate renewed" }]);
  assert.equal(stage.demand.size, 0);
  await stage.subscribed();
  assert.equal(stage.gateway.clients, 1);
});

Deno.test("shutdown says goodbye to the letter and closes everyone with 1001", async () => {
  const stage = new Stage();
  const clients = [await stage.subscribed(), await stage.subscribed("mcx"), stage.connect()];
  stage.gateway.shutdown();
  for (const { socket } of clients) {
    assert.equal(
      socket.frames.at(-1),
      '{"type":"system","status":"shutdown","message":"Server shutting down"}',
    );
    assert.deepEqual(socket.closes.map(({ code }) => code), [1001]);
  }
  assert.equal(stage.gateway.clients, 0);
  assert.equal(stage.demand.size, 0);
});

Deno.test("shutdown lets no data follow the goodbye", async () => {
  const stage = new Stage();
  const { socket } = await stage.subscribed();
  for (let i = 0; i < 100; i++) stage.tick("nse:99926000", 1 + i);
  stage.gateway.shutdown();
  for (let i = 0; i < 10; i++) {
    stage.clock.advance(BATCH_MS);
    await stage.drain();
  }
  assert.equal(last(socket).status, "shutdown");
});

Deno.test("shutdown takes in no one any more", () => {
  const stage = new Stage();
  stage.gateway.shutdown();
  const { client, socket } = stage.connect();
  assert.deepEqual(socket.closes.map(({ code }) => code), [1001]);
  client.received('{"command":"subscribe","exchange":"nse"}');
  client.gone();
  assert.equal(stage.gateway.clients, 0);
  assert.equal(stage.demand.size, 0);
});

Deno.test("a client that does not read is closed with 1013 after 30 s, and disturbs no one", async () => {
  const stage = new Stage();
  const slow = await stage.subscribed();
  const quick = await stage.subscribed();
  slow.socket.held = LAG_BYTES + 1;
  for (let second = 1; second <= 31; second++) {
    stage.tick("nse:99926000", second);
    await stage.pass(1_000);
  }
  assert.deepEqual(slow.socket.closes.map(({ code }) => code), [1013]);
  assert.ok(slow.socket.closes[0]!.reason.length <= 123);
  assert.deepEqual(slow.socket.data(), []);
  assert.equal(quick.socket.ticks().length, 31);
  assert.deepEqual(quick.socket.closes, []);
  assert.equal(stage.gateway.clients, 1);
});

Deno.test("a client that reads again gets the latest values, and how many they replaced", async () => {
  const stage = new Stage();
  const { socket } = await stage.subscribed();
  socket.held = LAG_BYTES + 1;
  for (let price = 1; price <= 20; price++) {
    stage.tick("nse:99926000", price);
    await stage.pass();
  }
  socket.held = 0;
  await stage.pass(300);
  stage.tick("nse:99926000", 21);
  await stage.pass();
  const [caughtUp, next] = socket.data();
  assert.equal(caughtUp!.conflated, 19);
  assert.deepEqual(caughtUp!.ticks.map(({ last_traded_price }) => last_traded_price), [20]);
  assert.equal(next!.conflated, undefined);
  assert.deepEqual(socket.data().map(({ seq }) => seq), [1, 2]);
});

Deno.test("a slow client hears nothing of what it has unsubscribed from meanwhile", async () => {
  const stage = new Stage();
  const { send, socket } = await stage.subscribed();
  socket.held = LAG_BYTES + 1;
  stage.tick("nse:99926000", 1);
  await stage.pass();
  send({ command: "unsubscribe", exchange: "nse" });
  await stage.drain();
  socket.held = 0;
  await stage.pass(300);
  assert.deepEqual(socket.data(), []);
});

Deno.test("subscribe beyond what the broker carries takes what fits, says so, and lists exactly that", async () => {
  const stage = new Stage({
    upstream: { capacity: 2 },
    watchlist: new Map([["nse", ["1", "2", "3"]], ["mcx", ["9"]]]),
  });
  const { send, socket } = stage.connect();
  send({ command: "subscribe", exchange: "nse", id: 4 });
  await stage.drain();
  const answer = last(socket);
  assert.equal(answer.status, "partial");
  assert.equal(answer.code, "budget_exhausted");
  assert.equal(answer.id, 4);
  assert.deepEqual(answer.data, [{ exchangeType: 1, tokens: ["1", "2"] }]);
  assert.deepEqual([...stage.demand.keys()], ["nse:1", "nse:2"]);
  send({ command: "subscribe", exchange: "mcx" });
  await stage.drain();
  assert.deepEqual(last(socket).data, []);
  send({ command: "unsubscribe", exchange: "nse" });
  send({ command: "subscribe", exchange: "mcx" });
  await stage.drain();
  assert.equal(last(socket).status, "success");
});

Deno.test("subscribe beyond what the broker carries lists what was taken, wherever it stands in the list", async () => {
  const watchlist: Watchlist = new Map([["nse", ["1", "2", "3"]]]);
  const stage = new Stage({ upstream: { capacity: 2 }, watchlist });
  // Someone else wants the last of the three; it costs nothing more.
  stage.pipeline.marketData.subscribe({ offer: () => {} }, "nse:3", "ltp");
  const { send, socket } = stage.connect();
  send({ command: "subscribe", exchange: "nse" });
  await stage.drain();
  assert.deepEqual([...stage.demand.keys()].sort(), ["nse:1", "nse:3"]);
  assert.deepEqual(last(socket).data, [{ exchangeType: 1, tokens: ["1", "3"] }]);
});

Deno.test("a client whose socket fails keeps no tick from the others", async () => {
  const stage = new Stage();
  const clients = [await stage.subscribed(), await stage.subscribed(), await stage.subscribed()];
  clients[1]!.socket.failure = new Error("broken");
  stage.tick("nse:99926000", 1);
  await stage.pass();
  assert.equal(clients[0]!.socket.ticks().length, 1);
  assert.equal(clients[2]!.socket.ticks().length, 1);
});

Deno.test("a client whose socket fails keeps no event from the others", () => {
  const stage = new Stage();
  const clients = [stage.connect(), stage.connect(), stage.connect()];
  clients[1]!.socket.failure = new Error("broken");
  stage.gateway.announce(REFUSED);
  assert.equal(last(clients[0]!.socket).status, "upstream_refused");
  assert.equal(last(clients[2]!.socket).status, "upstream_refused");
});

Deno.test("a client whose socket fails keeps the others from no goodbye", () => {
  const stage = new Stage();
  const clients = [stage.connect(), stage.connect(), stage.connect()];
  clients[1]!.socket.failure = new Error("broken");
  stage.gateway.shutdown();
  for (const { socket } of [clients[0]!, clients[2]!]) {
    assert.equal(last(socket).status, "shutdown");
    assert.deepEqual(socket.closes.map(({ code }) => code), [1001]);
  }
});

Deno.test("no exception of a client's socket leaves the gateway", async () => {
  const stage = new Stage();
  const broken = new FakeSocket();
  broken.failure = new Error("broken");
  const client = stage.join(broken);
  client.received('{"command":"subscribe","exchange":"nse"}');
  client.received("not JSON");
  client.received(new ArrayBuffer(3));
  await stage.drain();
  client.received("x".repeat(100_000));
  client.gone();
});

Deno.test("a failure inside one command is that client's alone, and it is told", async () => {
  let fails = false;
  class Failing extends Map<Exchange, readonly string[]> {
    override get(exchange: Exchange): readonly string[] | undefined {
      if (fails) throw new Error("unforeseen");
      return super.get(exchange);
    }
  }
  const stage = new Stage({ watchlist: new Failing([["nse", ["1"]]]) });
  const [one, other] = [stage.connect(), await stage.subscribed()];
  fails = true;
  one.send({ command: "subscribe", exchange: "nse", id: 7 });
  await stage.drain();
  assert.equal(last(one.socket).status, "error");
  assert.equal(last(one.socket).code, "internal");
  assert.equal(last(one.socket).id, 7);
  assert.doesNotMatch(String(last(one.socket).message), /unforeseen/);
  fails = false;
  stage.tick("nse:1", 1);
  await stage.pass();
  assert.equal(other.socket.ticks().length, 1);
});

Deno.test("a flood of commands is answered in order, and other clients get their ticks", async () => {
  const stage = new Stage();
  const flooding = stage.connect();
  const other = await stage.subscribed();
  for (let id = 0; id < 5_000; id++) {
    const command = ["subscribe", "unsubscribe", "list_exchanges", "x"][id % 4];
    flooding.send({ command, exchange: "nse", id });
    if (id % 1_000 === 0) stage.tick("nse:99926000", 1 + id);
  }
  await stage.pass();
  const ids = flooding.socket.messages().slice(1).map(({ id }) => id);
  assert.deepEqual(ids, Array.from({ length: 5_000 }, (_, id) => id));
  assert.equal(other.socket.ticks().length, 5);
});

Deno.test("bad input of every sort from one client changes nothing for another", async () => {
  const bad = fc.oneof(
    anyText(),
    fc.json(),
    fc.constantFrom("", "{}", "null", "[]", '{"command":"__proto__"}', "[".repeat(10_000)),
    fc.constant(new ArrayBuffer(8)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(bad, { maxLength: 30 }), async (frames) => {
      const stage = new Stage();
      const rude = stage.connect();
      const other = await stage.subscribed();
      for (const [i, frame] of frames.entries()) {
        rude.client.received(frame);
        stage.tick("nse:99926000", i + 1);
      }
      await stage.pass();
      assert.equal(rude.socket.messages().length, 1 + frames.length);
      assert.ok(rude.socket.messages().slice(1).every(({ status }) => status === "error"));
      assert.deepEqual(
        other.socket.ticks().map(({ last_traded_price }) => last_traded_price),
        frames.map((_, i) => i + 1),
      );
    }),
    { numRuns: 50 },
  );
});

Deno.test("each client gets exactly the ticks of what it wanted when they came, through any crowd's comings and goings", async () => {
  const watchlist: Watchlist = new Map([["nse", ["1", "2"]], ["mcx", ["1"]], ["nfo", ["2", "3"]]]);
  const exchange = fc.constantFrom(...watchlist.keys());
  const operation = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("tick" as const), exchange, nth: fc.nat(1) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom("subscribe" as const, "unsubscribe" as const),
        exchange,
        who: fc.nat(3),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("leave" as const), who: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(15) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 50 }), async (operations) => {
      const stage = new Stage({ watchlist });
      const clients = Array.from({ length: 4 }, () => ({
        ...stage.connect(),
        present: true,
        wants: new Set<string>(),
        expected: [] as number[],
      }));
      let price = 0;
      for (const operation of operations) {
        if (operation.kind === "pass") {
          await stage.pass(operation.ms);
        } else if (operation.kind === "tick") {
          const tokens = watchlist.get(operation.exchange)!;
          const key: InstrumentKey = `${operation.exchange}:${tokens[operation.nth % tokens.length]}`;
          stage.tick(key, ++price);
          for (const each of clients) if (each.wants.has(key)) each.expected.push(price);
        } else {
          const each = clients[operation.who];
          if (operation.kind === "leave") {
            // What is on its way to a client that leaves may be lost.
            await stage.pass();
            each!.client.gone();
            each!.present = false;
            each!.wants.clear();
            continue;
          }
          each!.send({ command: operation.kind, exchange: operation.exchange });
          if (!each!.present) continue;
          for (const token of watchlist.get(operation.exchange)!) {
            if (operation.kind === "subscribe") each!.wants.add(`${operation.exchange}:${token}`);
            else each!.wants.delete(`${operation.exchange}:${token}`);
          }
        }
      }
      await stage.pass();
      for (const { expected, socket } of clients) {
        const live = socket.data().filter(({ snapshot }) => !snapshot).flatMap(({ ticks }) => ticks);
        assert.deepEqual(live.map(({ last_traded_price }) => last_traded_price), expected);
      }
      const union = new Set(clients.flatMap(({ wants }) => [...wants]));
      assert.deepEqual([...stage.demand.keys()].sort(), [...union].sort());
    }),
    { numRuns: 100 },
  );
});

Deno.test("a client that lags while it chooses other fields gets nothing in the old form, and the last prices", async () => {
  const stage = new Stage();
  const { socket, send } = await stage.subscribed();
  stage.tick("nse:99926000", 1);
  await stage.pass();
  socket.held = LAG_BYTES + 1;
  for (let price = 2; price < 20; price++) {
    stage.tick("nse:99926000", price);
    await stage.pass(BATCH_MS);
    if (price === 10) send({ command: "configure", encoding: "json", fields: ["last_traded_price"] });
  }
  await stage.drain();
  const before = socket.data().length;
  socket.held = 0;
  await stage.pass(200);
  const after = socket.data().slice(before).flatMap(({ ticks }) => ticks);
  assert.ok(after.length > 0);
  for (const tick of after) assert.ok(!("symbol" in tick), JSON.stringify(tick));
  assert.equal(after.at(-1)!.last_traded_price, 19);
});
