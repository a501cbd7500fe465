import assert from "node:assert/strict";
import { FakeClock, settle } from "../../fakes.ts";
import { catalogOfRows } from "../../instruments/catalog_of.ts";
import { ODD_LIST } from "../../instruments/odd_list.ts";
import { Stage } from "../stage.ts";
import { BAD, connect, KEY, LIMIT, SBIN } from "./client.ts";

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
  for (; socket.frames.length === 0 && turns < 500; turns++) {
    stage.clock.advance(0);
    await settle();
  }
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

Deno.test("a list is read again when what was passed over in it may tick by now", async () => {
  const stage = new Stage({ watchlist: new Map() });
  let listed = ["nse:1"];
  stage.instruments.mayTick = (key) => listed.includes(key);
  stage.instruments.status = () => ({ rows: listed.length, asOf: listed.length, source: "download" });
  const { ask } = connect(stage);
  const list = [{ exchangeType: 1, tokens: ["1", "2"] }];
  for (const known of [["nse:1"], ["nse:1"], ["nse:1", "nse:2"]]) {
    listed = known;
    assert.deepEqual(await ask(1, 1, list), []);
    assert.deepEqual([...stage.demand.keys()], known);
  }
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

Deno.test("a request of thousands of tokens is followed in pieces, the next one after it, and has one error", async () => {
  const stage = new Stage({ upstream: { capacity: 2_000 }, watchlist: new Map() });
  const { client, socket } = connect(stage);
  const tokens = Array.from({ length: 4_000 }, (_, i) => String(100_001 + i));
  const request = (action: 0 | 1, some: readonly string[]) =>
    JSON.stringify({
      correlationID: "many",
      action,
      params: { mode: 1, tokenList: [{ exchangeType: 1, tokens: some }] },
    });
  client.received(request(1, tokens));
  client.received(request(0, tokens.slice(0, 10)));
  const held = [0];
  for (let turns = 0; turns < 60 && held.at(-1) !== 1_790; turns++) {
    await stage.drain();
    held.push(stage.demand.size);
    stage.clock.advance(0);
  }
  // Nothing is followed while the rest is being read; then a turn of the event loop has room for two pieces.
  assert.deepEqual(held.slice(0, 3), [0, 0, 0]);
  assert.ok(held.every((count, i) => count - (held[i - 1] ?? 0) <= 500), String(held));
  assert.equal(stage.demand.size, 1_790);
  assert.deepEqual(socket.frames.filter((frame) => frame.startsWith("{")), [
    JSON.stringify({ correlationID: "many", ...LIMIT }),
  ]);
});

Deno.test("one bad token at the end of thousands refuses the whole, and what comes after it waits", async () => {
  const stage = new Stage({ upstream: { capacity: 10_000 }, watchlist: new Map() });
  const { client, socket } = connect(stage);
  const tokens: unknown[] = Array.from({ length: 5_999 }, (_, i) => String(100_001 + i));
  const request = (some: readonly unknown[]) =>
    JSON.stringify({ action: 1, params: { mode: 1, tokenList: [{ exchangeType: 1, tokens: some }] } });
  client.received(request([...tokens, "x"]));
  client.received("ping");
  await stage.pass(500);
  assert.deepEqual(socket.frames.slice(0, 2), [JSON.stringify(BAD), "pong"]);
  assert.equal(stage.demand.size, 0);
});
