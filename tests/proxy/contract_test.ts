import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { createPacketDecoder } from "../../lib/smartapi/packet.ts";
import { RawClient } from "./raw_client.ts";
import { Rig } from "./rig.ts";
import type { Message, TestClient } from "./test_client.ts";

async function ask(rig: Rig, client: TestClient, command: Message): Promise<Message> {
  const count = client.answers.length;
  client.send(command);
  await rig.until(() => client.answers.length > count);
  return client.answers[count]!;
}

Deno.test("subscribe by tokens and names answers each instrument in a row, refusals with suggestions", async () => {
  await using rig = await Rig.start();
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "mcx" });
  await rig.until(() => client.ticks.length > 5);
  client.send({ command: "unsubscribe", exchange: "mcx" });
  await rig.until(() => client.answers.length === 2);
  client.ticks.length = 0;
  const answer = await ask(rig, client, {
    command: "subscribe",
    exchange: "nse",
    tokens: ["3045", 26000, "777"],
    symbols: ["NSE:RELIANCE-EQ", "nifty bank", "RELIANC"],
    mode: "quote",
    id: "a",
  });
  equal(answer.status, "partial");
  equal(answer.code, "unknown_instrument");
  equal(answer.id, "a");
  deepEqual(answer.data, [{ exchangeType: 1, tokens: ["3045", "99926000", "2885", "99926009"] }]);
  deepEqual(
    answer.results.map(({ status, instrument, code }: Message) => [status, instrument, code]),
    [
      ["accepted", "nse:3045", undefined],
      // The exchange's own number of an index, under which the stream has nothing.
      ["accepted", "nse:99926000", undefined],
      ["refused", "nse:777", "unknown_instrument"],
      ["accepted", "nse:2885", undefined],
      ["accepted", "nse:99926009", undefined],
      ["refused", "RELIANC", "unknown_instrument"],
    ],
  );
  ok(answer.results[5].suggestions.includes("nse:RELIANCE-EQ"));
  deepEqual(answer.results[0], {
    status: "accepted",
    instrument: "nse:3045",
    symbol: "SBIN-EQ",
    mode: "quote",
    market: "open",
    state: "requested",
    since: answer.results[0].since,
    reason: "waiting for the first tick",
  });
  equal(answer.budget.used, 4);
  await rig.until(() => client.ticks.length > 40);
  ok(client.ticks.every(({ mode }) => mode === "quote"));
  ok(client.ticks.some(({ volume }) => volume > 0));
  const { data } = await ask(rig, client, { command: "list_subscriptions" });
  deepEqual(data.map(({ instrument, state, freshness }: Message) => [instrument, state, freshness]), [
    ["nse:3045", "live", "live"],
    ["nse:99926000", "live", "live"],
    ["nse:2885", "live", "live"],
    ["nse:99926009", "live", "live"],
  ]);
  const left = await ask(rig, client, { command: "unsubscribe", symbols: ["SBIN"] });
  equal(left.left, 3);
  equal((await ask(rig, client, { command: "unsubscribe", all: true })).left, 0);
});

Deno.test("each client gets its own mode, cut from the one subscription in the highest", async () => {
  await using rig = await Rig.start();
  const [ltp, quote, full] = await Promise.all([rig.connect(), rig.connect(), rig.connect()]);
  ltp.send({ command: "subscribe", symbols: ["SBIN-EQ"] });
  await rig.until(() => ltp.ticks.length > 5);
  full.send({ command: "subscribe", symbols: ["SBIN-EQ"], mode: "snapquote" });
  quote.send({ command: "subscribe", symbols: ["SBIN-EQ"], mode: "quote" });
  await rig.until(() => full.ticks.some(({ bids }) => bids?.length === 5) && quote.ticks.length > 5);
  await rig.pass(1_000);
  deepEqual(rig.control.stats().subscriptions, [["nse:3045 snapquote"]]);
  // Going up, the new mode was subscribed before the old one was dropped.
  deepEqual(
    rig.control.stats().requests.map((text) => JSON.parse(text)).map((
      { action, params },
    ) => [action, params.mode]),
    [[1, 1], [1, 3], [0, 1]],
  );
  ok(ltp.ticks.every((tick) => tick.mode === "ltp" && !("volume" in tick)));
  ok(quote.ticks.every((tick) => tick.mode !== "snapquote" && !("bids" in tick)));
  const [best] = full.ticks.findLast(({ bids }) => bids)!.bids;
  deepEqual(Object.keys(best), ["price", "quantity", "orders"]);
  await full.close();
  await rig.until(() => rig.control.stats().subscriptions[0]![0] === "nse:3045 quote");
});

Deno.test("a snapshot and the ticks after it are one timeline: nothing is lost or doubled", async () => {
  await using rig = await Rig.start({ simulator: { rate: 3_000 } });
  const reference = await rig.connect("/?encoding=json");
  reference.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => reference.ticks.length > 200);
  const late: TestClient[] = [];
  for (let i = 0; i < 12; i++) {
    const client = await rig.connect();
    client.send({ command: "subscribe", exchange: "nse" });
    // At any moment of a window.
    await rig.pass(7 + i * 3, 1);
    late.push(client);
  }
  await rig.pass(500);
  const line = (ticks: readonly Message[], token: string) =>
    ticks.filter((tick) => tick.token === token).map((
      { sequence_number, last_traded_price, exchange_timestamp },
    ) => `${sequence_number} ${last_traded_price} ${exchange_timestamp}`);
  for (const client of late) {
    for (const token of ["3045", "2885", "99926000"]) {
      const whole = line(reference.ticks, token);
      const part = line(client.ticks, token);
      ok(part.length > 50);
      const common = Math.min(...[whole, part].map((list) => list.length), part.length);
      // It ends where the reference ends, give or take what is on its way.
      const end = whole.lastIndexOf(part[common - 1]!);
      deepEqual(part, whole.slice(end - part.length + 1, end + 1));
    }
    equal(client.batches[0]!.snapshot, true);
  }
});

Deno.test("an interval gives the latest value of each instrument, and always the last of a burst", async () => {
  await using rig = await Rig.start({ simulator: { rate: 1_000 } });
  const every = await rig.connect();
  const some = await rig.connect("/?interval=1000");
  for (const client of [every, some]) client.send({ command: "subscribe", exchange: "nse" });
  await rig.pass(5_000, 10);
  rig.control.set({ mute: true });
  await rig.pass(2_500, 10);
  ok(some.batches.length <= 10, `${some.batches.length} messages in 5 s`);
  const conflated = some.batches.reduce((sum, batch) => sum + (batch.conflated ?? 0), 0);
  ok(conflated > 1_000);
  equal(some.ticks.length + conflated, every.ticks.length, "what was left out was said");
  for (const token of ["3045", "2885", "99926000"]) {
    const last = (client: TestClient) => client.ticks.findLast((tick) => tick.token === token);
    deepEqual(last(some), last(every));
  }
});

Deno.test("configure chooses encoding, interval and fields, and answers with the contract in force", async () => {
  await using rig = await Rig.start();
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => client.ticks.length > 20);
  const answer = await ask(rig, client, {
    command: "configure",
    encoding: "json",
    fields: ["last_traded_price", "received_at"],
  });
  deepEqual(answer.data, { encoding: "json", interval: 0, fields: ["last_traded_price", "received_at"] });
  const from = client.ticks.length;
  await rig.until(() => client.ticks.length > from + 20);
  ok(client.batches.slice(-5).every(({ compressed }) => compressed === false));
  for (const tick of client.ticks.slice(from)) {
    deepEqual(Object.keys(tick).filter((field) => field !== "freshness"), [
      "exchange",
      "token",
      "last_traded_price",
      "received_at",
    ]);
  }
  const refused = await ask(rig, client, { command: "configure", fields: ["price"] });
  equal(refused.code, "bad_command");
  ok(refused.message.includes("last_traded_price"));
  deepEqual((await ask(rig, client, { command: "configure", fields: null })).data, {
    encoding: "json",
    interval: 0,
  });
});

Deno.test("sent_at stands in the message, is the same for all of an audience, and only for who asks", async () => {
  await using rig = await Rig.start();
  const [one, two, without] = [await rig.connect(), await rig.connect(), await rig.connect()];
  const fields = ["last_traded_price", "received_at", "sent_at"];
  for (const client of [one, two]) await ask(rig, client, { command: "configure", encoding: "json", fields });
  for (const client of [one, two, without]) client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => [one, two, without].every(({ ticks }) => ticks.length > 30));
  for (const { snapshot, sent_at, data } of one.batches) {
    ok(Number.isInteger(sent_at) && sent_at <= rig.clock.now());
    for (const tick of data) {
      ok(sent_at >= tick.received_at, "made after its ticks came");
      ok(!("sent_at" in tick));
    }
    ok(snapshot || data.every((tick: { received_at: number }) => sent_at - tick.received_at <= 100));
  }
  const stamps = ({ batches }: typeof one) =>
    batches.filter(({ snapshot }) => !snapshot).map((b) => b.sent_at);
  // One may have heard more than the other yet, at either end.
  const [first, last] = [
    Math.max(stamps(one)[0], stamps(two)[0]),
    Math.min(stamps(one).at(-1), stamps(two).at(-1)),
  ];
  const both = (client: typeof one) => stamps(client).filter((at) => first < at && at < last);
  ok(both(one).length > 3);
  deepEqual(both(one), both(two));
  ok(without.batches.every((batch) => !("sent_at" in batch)));
});

Deno.test("binary is the broker's own packets, cut to the mode", async () => {
  await using rig = await Rig.start();
  const full = await rig.connect();
  full.send({ command: "subscribe", symbols: ["SBIN"], mode: "snapquote" });
  await rig.until(() => full.ticks.length > 5);
  const frames: ArrayBuffer[] = [];
  const socket = new WebSocket(`ws://127.0.0.1:${rig.proxy.port}/?encoding=binary`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => typeof data === "string" || frames.push(data);
  const opened = new Promise((resolve) => socket.onopen = resolve);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  await opened;
  socket.send(JSON.stringify({ command: "subscribe", symbols: ["SBIN"], mode: "quote" }));
  await rig.until(() => frames.length > 20);
  socket.close();
  await closed;
  const decode = createPacketDecoder();
  for (const frame of frames) {
    const view = new DataView(frame);
    for (let at = 0; at < frame.byteLength; at += 2 + view.getUint16(at, true)) {
      const tick = decode(new Uint8Array(frame, at + 2, view.getUint16(at, true)), 0);
      ok("key" in tick && tick.key === "nse:3045" && "mode" in tick && tick.mode === "quote");
    }
  }
});

Deno.test("an address with a wrong contract is answered with what would do", async () => {
  await using rig = await Rig.start();
  for (const [query, word] of [["encoding=xml", "gzip, json, binary"], ["interval=-1", "0 to 60000"]]) {
    const { client, status, head } = await RawClient.connect(rig.proxy.port, `/?${query}`);
    equal(status, 400);
    ok(head.includes(word!), head);
    client.close();
  }
});

Deno.test("search, status and ping answer", async () => {
  await using rig = await Rig.start();
  const client = await rig.connect();
  const { data } = await ask(rig, client, { command: "search", query: "nifty bank", limit: 5 });
  equal(data[0].token, "99926009");
  const status = await ask(rig, client, { command: "status", id: 9 });
  equal(status.id, 9);
  ok("upstream" in status.data && "markets" in status.data && status.data.budget.capacity === 990);
  equal(status.data.client.conflated, 0);
  client.send({ command: "ping", ts: 123 });
  await rig.until(() => client.messages.at(-1)!.type === "pong");
  equal(client.messages.at(-1)!.ts, 123);
  ok(client.messages.at(-1)!.server_ts > 1e12);
});

Deno.test("a subscription that never ticks is said to have no data, and why", async () => {
  await using rig = await Rig.start();
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => client.ticks.length > 5);
  rig.control.set({ mute: true });
  client.send({ command: "subscribe", exchange: "mcx" });
  await rig.pass(1_000);
  const state = async () => (await ask(rig, client, { command: "list_subscriptions" })).data.at(-1);
  equal((await state()).state, "requested");
  await rig.pass(31_000, 200);
  const row = await state();
  equal(row.state, "no_data");
  equal(row.reason, "nothing was traded, or the contract has expired");
  rig.control.set({ mute: false });
  await rig.until(() => client.ticks.some(({ token }) => row.instrument === `mcx:${token}`));
  equal((await state()).state, "live");
});
