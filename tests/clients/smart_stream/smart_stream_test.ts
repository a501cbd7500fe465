import assert from "node:assert/strict";
import { ltpTick, snapQuoteTick } from "../../ticks.ts";
import { Stage, type StageOptions } from "../stage.ts";
import { connect, KEY, SBIN, snap, tick } from "./client.ts";

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
