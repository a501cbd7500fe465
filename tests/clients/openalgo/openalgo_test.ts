import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { InstrumentKey, Tick } from "../../../lib/market/market.ts";
import { ltpTick, quoteTick, snapQuoteTick } from "../../ticks.ts";
import type { Stage } from "../stage.ts";
import { connect, type Message, stageOf } from "./openalgo_stage.ts";

const SBIN = { symbol: "SBIN", exchange: "NSE" };

function at(stage: Stage): { exchangeTime: number; receivedAt: number } {
  return { exchangeTime: stage.clock.now(), receivedAt: stage.clock.now() };
}

function snap(stage: Stage, key: InstrumentKey, price: number): Tick {
  return snapQuoteTick(key, price, {
    ...at(stage),
    open: 99,
    high: 103,
    low: 98,
    close: 80,
    volume: 7,
    lastQuantity: 5,
    averagePrice: 99.5,
    openInterest: 3,
    bids: [{ price: price - 0.05, quantity: 1, orders: 1 }],
    asks: [{ price: price + 0.05, quantity: 2, orders: 1 }],
  });
}

Deno.test("who begins with an action on our own address is spoken to in OpenAlgo's words, and others are not", async () => {
  await using on = await stageOf();
  const { stage } = on;
  const [theirs, ours] = [connect(stage, "/"), connect(stage, "/")];
  deepEqual(
    (await ours.say({ command: "subscribe", symbols: ["SBIN"] })).map(({ type, status }) => type ?? status),
    [
      "info",
      "success",
    ],
  );
  const [welcome, auth] = await theirs.say({ action: "authenticate", api_key: "whatever" });
  equal(welcome!.type, "info");
  deepEqual(auth, {
    type: "auth",
    status: "success",
    message: "Authentication successful",
    broker: "angel",
    user_id: "anyone",
    supported_features: { ltp: true, quote: true, depth: true },
  });
  deepEqual(await theirs.ask({ action: "subscribe", ...SBIN, mode: 1, request_id: "r1" }), {
    type: "subscribe",
    status: "success",
    subscriptions: [{ ...SBIN, status: "success", mode: "LTP", depth: 5, broker: "angel" }],
    message: "Subscription processing complete",
    broker: "angel",
    request_id: "r1",
  });
  deepEqual([...stage.demand], [["nse:3045", "ltp"]], "one subscription upstream serves both");
  stage.upstream.tick(ltpTick("nse:3045", 812.35, at(stage)));
  deepEqual(await theirs.heard(), [{
    type: "market_data",
    ...SBIN,
    mode: 1,
    broker: "angel",
    data: { ...SBIN, ltp: 812.35, ltt: stage.clock.now() - 30, timestamp: stage.clock.now() - 30 },
  }]);
  equal((await ours.heard())[0]!.type, "market_data");
  // It stays with what it has begun with.
  deepEqual(await theirs.ask({ command: "status" }), {
    status: "error",
    code: "INVALID_ACTION",
    message:
      "This action is not known; known: authenticate, subscribe, unsubscribe, unsubscribe_all, ping, " +
      "get_broker_info, get_supported_brokers",
  });
  equal((await ours.ask({ action: "ping" })).code, "unknown_command");
});

Deno.test("each mode has its fields, and who wants several modes of an instrument gets each", async () => {
  await using on = await stageOf();
  const { stage } = on;
  const { heard, ask } = connect(stage);
  for (const mode of [1, "quote", "Depth"]) await ask({ action: "subscribe", symbols: [SBIN], mode });
  equal(stage.demand.get("nse:3045"), "snapquote");
  stage.upstream.tick(snap(stage, "nse:3045", 100));
  const messages = await heard();
  deepEqual(messages.map(({ mode }) => mode), [1, 2, 3]);
  const time = stage.clock.now() - 30;
  const ltp = { ...SBIN, ltp: 100, ltt: time, timestamp: time };
  const quote = {
    ...ltp,
    open: 99,
    high: 103,
    low: 98,
    close: 80,
    volume: 7,
    change: 20,
    change_percent: 25,
    last_trade_quantity: 5,
    avg_trade_price: 99.5,
    average_price: 99.5,
  };
  deepEqual(messages.map(({ data }) => data), [ltp, quote, {
    ...quote,
    oi: 3,
    depth: {
      buy: [{ price: 99.95, quantity: 1, orders: 1 }],
      sell: [{ price: 100.05, quantity: 2, orders: 1 }],
    },
    broker_supported: true,
  }]);
  deepEqual((await ask({ action: "unsubscribe", ...SBIN, mode: 3 })).successful, [{
    ...SBIN,
    status: "success",
    broker: "angel",
  }]);
  equal(stage.demand.get("nse:3045"), "quote");
  const { status, failed } = await ask({ action: "unsubscribe", symbols: [{ ...SBIN, mode: 3 }] });
  equal(status, "error");
  deepEqual(failed, [{
    ...SBIN,
    status: "error",
    message: "It was not subscribed in this mode",
    broker: "angel",
  }]);
  equal((await ask({ action: "unsubscribe_all" }) as { successful: unknown[] }).successful.length, 2);
  equal(stage.demand.size, 0);
});

Deno.test("a message has the name that was asked for; those who ask alike share their messages", async () => {
  await using on = await stageOf();
  const { stage } = on;
  const clients = Array.from({ length: 5 }, () => connect(stage));
  for (const { ask } of clients) await ask({ action: "subscribe", ...SBIN, mode: 1 });
  equal(stage.groups, 1);
  const other = connect(stage);
  const row = await other.ask({
    action: "subscribe",
    symbols: [{ symbol: "sbin-eq", exchange: "nse" }, { symbol: "Nifty 50", exchange: "NSE_INDEX" }],
    mode: 1,
  });
  equal(row.status, "success");
  equal(stage.groups, 2);
  stage.upstream.tick(ltpTick("nse:3045", 100, at(stage)));
  deepEqual((await clients[0]!.heard()).map(({ symbol }) => symbol), ["SBIN"]);
  deepEqual((await other.heard()).map(({ symbol, exchange }) => [symbol, exchange]), [["sbin-eq", "nse"]]);
  await other.ask({ action: "unsubscribe", symbol: "sbin-eq", exchange: "nse", mode: 1 });
  await other.ask({ action: "unsubscribe", symbol: "Nifty 50", exchange: "NSE_INDEX", mode: 1 });
  await other.ask({ action: "subscribe", ...SBIN, mode: 1 });
  await stage.pass(300);
  equal(stage.groups, 1, "with the usual name it shares again");
});

Deno.test("a price that is not believed is not sent, nor the last one of a feed that is down; what waited says so", async () => {
  await using on = await stageOf();
  const { stage } = on;
  const { heard, ask, say, socket } = connect(stage);
  await ask({ action: "subscribe", ...SBIN, mode: 3 });
  // A contract that was never traded has a book and no price: its programs would read 0.
  const { lastPrice: _, ...priceless } = snap(stage, "nse:3045", 100);
  stage.upstream.tick(priceless as Tick);
  deepEqual(await heard(), []);
  stage.upstream.tick(quoteTick("nse:3045", 100, at(stage)));
  deepEqual(await heard(), [], "less than the mode has");
  stage.upstream.tick(snap(stage, "nse:3045", 100));
  equal((await heard()).length, 1);

  const second = connect(stage);
  const [ack, last] = (await second.say({ action: "subscribe", ...SBIN, mode: 1 })).toReversed();
  equal(ack!.type, "subscribe");
  equal(last!.snapshot, true);

  socket.held = 300_000;
  stage.upstream.tick(snap(stage, "nse:3045", 101));
  await stage.pass();
  stage.upstream.up = undefined;
  stage.upstream.event({
    kind: "down",
    since: stage.clock.now(),
    cause: { kind: "network", message: "cut" },
    keys: ["nse:3045"],
  });
  socket.held = 0;
  const [down, stale, pong] = await say({ action: "ping", timestamp: 7, _pingId: "p" });
  deepEqual([down!.status, stale!.status], ["upstream_down", "stale"]);
  deepEqual(pong, {
    type: "pong",
    status: "success",
    server_timestamp: stage.clock.now() - 30,
    client_timestamp: 7,
    _pingId: "p",
  });
  await stage.pass(300);
  const [late] = await heard();
  deepEqual([late!.type, late!.stale], ["market_data", true]);
  const third = connect(stage);
  deepEqual((await third.say({ action: "subscribe", ...SBIN, mode: 1 })).map(({ type }) => type), [
    "subscribe",
  ]);
});

Deno.test("what cannot be followed is refused with a code and what would do", async () => {
  await using on = await stageOf();
  const { stage } = on;
  const { ask, client, heard } = connect(stage);
  const code = async (message: unknown) => (await ask(message)).code;
  for (const bad of ["", "{", "null", "[]", "1", '"x"', "ping"]) equal(await code(bad), "INVALID_JSON");
  equal(await code({}), "INVALID_ACTION");
  equal(await code({ action: "buy" }), "INVALID_ACTION");
  // A misspelt field subscribes nothing in its default; those that a program adds are passed over.
  for (const name of ["moode", "Mode", "mod", "modes"]) {
    equal(await code({ action: "subscribe", symbols: [SBIN], [name]: 1 }), "INVALID_PARAMETERS", name);
    equal(await code({ action: "subscribe", symbols: [{ ...SBIN, [name]: 1 }] }), "INVALID_PARAMETERS", name);
  }
  equal(await code({ action: "authenticate" }), "AUTHENTICATION_ERROR");
  equal(await code({ action: "subscribe" }), "INVALID_PARAMETERS");
  equal(await code({ action: "subscribe", symbols: [null] }), "INVALID_PARAMETERS");
  equal(await code({ action: "subscribe", ...SBIN, mode: 4 }), "INVALID_MODE");
  equal(await code({ action: "subscribe_orders" }), "NOT_SUPPORTED");
  equal(await code({ action: "subscribe", symbols: Array(1_001).fill(SBIN) }), "INVALID_PARAMETERS");
  equal(stage.demand.size, 0);

  const { status, subscriptions } = await ask({
    action: "subscribe",
    symbols: [
      SBIN,
      { symbol: "SBIN-EQ", exchange: "NSE" },
      { symbol: "SBINN", exchange: "NSE" },
      { symbol: "GOLD", exchange: "LSE" },
    ],
  }) as { status: string; subscriptions: Message[] };
  equal(status, "partial");
  deepEqual(subscriptions.map(({ status, code }) => [status, code]), [
    ["success", undefined],
    ["success", undefined],
    ["error", "unknown_instrument"],
    ["error", "unknown_instrument"],
  ]);
  ok((subscriptions[2]!.suggestions as string[]).some((name) => name.includes("SBIN")));
  ok(String(subscriptions[3]!.message).includes("LSE"));
  equal((await ask({ action: "subscribe", symbol: "SBINN", exchange: "NSE" })).status, "error");

  const many = Array.from({ length: 1_000 }, (_, i) => ({ symbol: `NOBODY${i}`, exchange: "NSE" }));
  client.received(JSON.stringify({ action: "subscribe", symbols: many }));
  await stage.pass(300);
  const all = (await heard()).at(-1)!.subscriptions as Message[];
  ok(
    all.filter(({ suggestions }) => suggestions !== undefined).length <= 5,
    "suggestions cost a hundred refusals",
  );
});

Deno.test("the api_key is the access token, and entitlements hold", async () => {
  await using on = await stageOf();
  const { stage } = on;
  for (const path of ["/", "/openalgo"]) {
    const good = connect(stage, path, null);
    const answers = await good.say({ action: "authenticate", api_key: "good" });
    equal(answers.find(({ type }) => type === "auth")?.user_id, "excel", path);
    equal((await good.ask({ action: "subscribe", ...SBIN, mode: 1 })).status, "success");
    const wrong = connect(stage, path, null);
    deepEqual(await wrong.ask({ action: "authenticate", api_key: "a-wrong-key" }), {
      status: "error",
      code: "AUTHENTICATION_ERROR",
      message: "Invalid API key",
    });
    deepEqual(wrong.socket.closes.map(({ code }) => code), [1008]);
    const none = connect(stage, path, null);
    await none.say({ action: "subscribe", ...SBIN });
    deepEqual(none.socket.closes.map(({ code }) => code), [1008]);
  }
  const limited = connect(stage, "/openalgo", { name: "few", exchanges: new Set(["mcx"]) });
  const { subscriptions } = await limited.ask({ action: "subscribe", ...SBIN, mode: 1 });
  deepEqual((subscriptions as Message[]).map(({ status, code }) => [status, code]), [[
    "error",
    "not_allowed",
  ]]);
});

Deno.test("a client that does not read gets the newest of each instrument, and is closed if it stays stuck", async () => {
  await using on = await stageOf();
  const { stage } = on;
  const { ask, heard, socket } = connect(stage);
  await ask({ action: "subscribe", ...SBIN, mode: 1 });
  socket.held = 300_000;
  for (const price of [100, 101, 102]) stage.upstream.tick(ltpTick("nse:3045", price, at(stage)));
  await stage.pass();
  for (const price of [103, 104]) {
    stage.upstream.tick(ltpTick("nse:3045", price, at(stage)));
    await stage.pass();
  }
  socket.held = 0;
  await stage.pass(300);
  deepEqual((await heard()).map(({ data }) => (data as Message).ltp), [104]);
  socket.held = 300_000;
  stage.upstream.tick(ltpTick("nse:3045", 105, at(stage)));
  await stage.pass(40_000);
  deepEqual(socket.closes.map(({ code }) => code), [1013]);
});
