import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { Rig } from "./rig.ts";

Deno.test("a client speaks the seed's protocol and gets the watch list's ticks", async () => {
  await using rig = await Rig.start();
  const client = await rig.connect();
  const [info] = client.messages;
  equal(info!.type, "info");
  equal(info!.message, "Connected to WebSocket proxy server");
  deepEqual(info!.available_exchanges, ["nse", "mcx"]);
  equal(info!.protocol, 1);
  equal(info!.source, "simulated");
  client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => client.ticks.length >= 50);
  deepEqual(client.answers, [{
    status: "success",
    message: "Subscribed to nse",
    data: [{ exchangeType: 1, tokens: ["99926000", "3045", "2885"] }],
  }]);
  deepEqual(client.batches.map(({ seq }) => seq), client.batches.map((_, i) => i + 1));
  for (const tick of client.ticks) {
    deepEqual(Object.keys(tick), [
      "exchange",
      "exchange_type",
      "token",
      "symbol",
      "mode",
      "last_traded_price",
      "timestamp",
      "exchange_timestamp",
      "sequence_number",
    ]);
    equal(tick.mode, "ltp");
    ok(["Nifty 50", "SBIN-EQ", "RELIANCE-EQ"].includes(tick.symbol));
    ok(tick.last_traded_price > 0);
    equal(Date.parse(`${tick.timestamp.replace(" ", "T")}+05:30`), tick.exchange_timestamp);
  }
  client.send({ command: "unsubscribe", exchange: "nse" });
  await rig.until(() => client.answers.length === 2);
  equal(client.answers[1]!.message, "Unsubscribed from nse");
  const count = client.ticks.length;
  await rig.pass(1_000);
  equal(client.ticks.length, count);
});

Deno.test("fifty clients cost one upstream subscription per instrument, and the last one's going ends it", async () => {
  await using rig = await Rig.start();
  const clients = await Promise.all(Array.from({ length: 50 }, () => rig.connect()));
  for (const client of clients) client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => clients.every((client) => client.ticks.length > 20));
  const subscribes = () => rig.control.stats().requests.map((text) => JSON.parse(text));
  deepEqual(subscribes().map(({ action }) => action), [1]);
  deepEqual(rig.control.stats().subscriptions, [["nse:99926000 ltp", "nse:3045 ltp", "nse:2885 ltp"]]);
  // Everyone who was there got the same, in the same order.
  const from = Math.max(...clients.map((client) => client.ticks[5]!.exchange_timestamp)) + 1_000;
  await rig.pass(2_000);
  const seen = clients.map((client) => {
    const begin = client.ticks.findIndex((tick) => tick.exchange_timestamp >= from);
    return client.ticks.slice(begin, begin + 100).map((tick) => `${tick.symbol} ${tick.last_traded_price}`)
      .join();
  });
  equal(new Set(seen).size, 1);
  await Promise.all(clients.slice(1).map((client) => client.close()));
  await rig.pass(40_000, 500);
  equal(subscribes().length, 1);
  await clients[0]!.close();
  await rig.pass(25_000, 500);
  equal(subscribes().length, 1);
  await rig.pass(10_000, 500);
  deepEqual(subscribes().map(({ action }) => action), [1, 0]);
  deepEqual(rig.control.stats().subscriptions, [[]]);
});

Deno.test("a page that is reloaded finds its instruments still subscribed, and a snapshot", async () => {
  await using rig = await Rig.start();
  const before = await rig.connect();
  before.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => before.ticks.length > 30);
  await before.close();
  await rig.pass(5_000);
  const after = await rig.connect();
  after.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => after.ticks.length > 5);
  equal(rig.control.stats().requests.length, 1);
  equal(after.batches[0]!.snapshot, true);
  deepEqual(
    new Set(after.batches[0] && after.ticks.slice(0, 3).map(({ freshness }) => freshness)),
    new Set(["live"]),
  );
});

Deno.test("two clients with different exchanges get only their own", async () => {
  await using rig = await Rig.start();
  const nse = await rig.connect();
  const mcx = await rig.connect("/ws");
  nse.send({ command: "subscribe", exchange: "NSE" });
  mcx.send({ command: "subscribe", exchange: 5 });
  await rig.until(() => nse.ticks.length > 20 && mcx.ticks.length > 20);
  ok(nse.ticks.every(({ exchange }) => exchange === "nse"));
  ok(mcx.ticks.every(({ exchange }) => exchange === "mcx"));
  // More than 32 bits of paise, which the official JavaScript client cannot read.
  ok(mcx.ticks.some(({ last_traded_price }) => last_traded_price > 21_474_836.47));
});
