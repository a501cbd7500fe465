import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { candleData } from "../../../lib/clients/json/schemas/candles.ts";
import { reply } from "../../../lib/clients/json/schemas/replies.ts";
import { keyOf } from "../../../lib/market/market.ts";
import { madeUpBroker } from "../../candles/made_up_broker.ts";
import { ltpTick, quoteTick } from "../../ticks.ts";
import { instruments } from "../http/instruments.ts";
import { last, Stage } from "../stage.ts";

const KEY = keyOf("nse", "3045");

// deno-lint-ignore no-explicit-any
type Message = Record<string, any>;

function stage() {
  const broker = madeUpBroker();
  const on = new Stage({ instruments, data: broker });
  const { socket, client, send } = on.connect("encoding=json");
  let volume = 1_000;
  return {
    broker,
    on,
    socket,
    client,
    send,
    /** A trade so many ms from now. */
    async trade(ms: number, price: number) {
      await on.pass(ms);
      const now = on.clock.now();
      volume += 10;
      on.upstream.tick(quoteTick(KEY, price, { exchangeTime: now, receivedAt: now, volume }));
    },
    /** What was sent of candles since the last time: time of day, close, volume, whether complete. */
    candles() {
      const messages = socket.messages() as Message[];
      socket.frames.splice(0);
      return messages.filter(({ type }) => type === "candle_data").flatMap(({ data }) =>
        data.flatMap(({ interval, candles }: Message) =>
          candles.map(({ time, close, volume, complete }: Message) => [
            interval,
            new Date(time + 19_800_000).toISOString().slice(11, 19),
            close,
            volume,
            complete,
          ])
        )
      );
    },
  };
}

Deno.test("closed candles come once, the one that is being made as often as the client chose", async () => {
  const { on, socket, send, trade, candles } = stage();
  send({ command: "subscribe", symbols: ["SBIN"], candles: "1m", every: 10_000, id: 1 });
  const { results: [row], candles: pace } = last(socket) as Message;
  deepEqual([row.mode, row.intervals], ["quote", ["1m"]]);
  deepEqual(pace, { intervals: ["1m"], every: 10_000, forming: true });
  equal(on.demand.get(KEY), "quote");
  await trade(1_000, 800);
  await trade(1_000, 801);
  await trade(1_000, 802);
  await on.pass(10_000);
  deepEqual(candles(), [["1m", "10:00:00", 802, 20, false]]);
  await on.pass(20_000);
  deepEqual(candles(), []);
  await trade(27_500, 803);
  await trade(1_500, 804);
  await on.pass(10_000);
  deepEqual(candles(), [["1m", "10:01:00", 804, 20, false]]);
  await trade(50_000, 805);
  await trade(2_000, 806);
  await on.pass(10_000);
  deepEqual(candles().slice(-2), [["1m", "10:01:00", 804, 20, true], ["1m", "10:02:00", 806, 20, false]]);
  equal(socket.ticks().length, 0);
});

Deno.test("without the one that is being made, only closed candles come, also where nothing ticks after them", async () => {
  const { on, send, trade, candles } = stage();
  send({ command: "subscribe", symbols: ["SBIN"], candles: ["5s", "1m"], every: 1_000, forming: false });
  await trade(1_000, 800);
  await trade(5_000, 801);
  await trade(1_000, 802);
  await on.pass(3_000);
  deepEqual(candles(), []);
  await on.pass(10_000);
  deepEqual(candles(), [["5s", "10:00:05", 802, 20, true]]);
  await on.pass(60_000);
  deepEqual(candles(), [["1m", "10:00:00", 802, 20, false]]);
});

Deno.test("a candle that a late tick mends is sent again", async () => {
  const { on, send, trade, candles } = stage();
  send({ command: "subscribe", symbols: ["SBIN"], candles: "5s" });
  await trade(1_000, 800);
  await trade(8_500, 801);
  await trade(2_000, 802);
  await on.pass(1_000);
  candles();
  const exchangeTime = on.clock.now() - 3_000;
  on.upstream.tick(quoteTick(KEY, 790, { exchangeTime, receivedAt: on.clock.now(), volume: 1_025 }));
  await on.pass(1_000);
  deepEqual(candles(), [["5s", "10:00:05", 790, 15, true], ["5s", "10:00:10", 802, 5, false]]);
});

Deno.test("longer candles begin where they should: the broker is asked for what came before", async () => {
  const { on, send, trade, candles, broker } = stage();
  send({ command: "subscribe", symbols: ["SBIN"], candles: ["1d", "1m"] });
  await on.pass(1_000);
  await trade(0, 800);
  await trade(1_000, 801);
  await on.pass(1_000);
  equal(broker.asked.length, 1);
  const [day] = candles().filter(([interval]) => interval === "1d").slice(-1);
  ok(day![3] > 1_000);
  equal(day![2], 801);
});

Deno.test("with a mode ticks come as well, and the end of a subscription ends both", async () => {
  const { on, socket, client, send, trade, candles } = stage();
  send({ command: "subscribe", symbols: ["SBIN"], candles: "1m", mode: "ltp" });
  await trade(1_000, 800);
  await trade(1_000, 801);
  await on.pass(1_000);
  ok(socket.ticks().length > 0);
  equal(on.demand.get(KEY), "quote");
  ok(candles().length > 0);
  send({ command: "unsubscribe", symbols: ["SBIN"] });
  equal(on.demand.size, 0);
  await trade(1_000, 802);
  await on.pass(2_000);
  deepEqual(candles(), []);
  send({ command: "subscribe", symbols: ["SBIN"], candles: "1m" });
  send({ command: "list_subscriptions" });
  deepEqual((last(socket) as Message).data.map(({ intervals }: Message) => intervals), [["1m"]]);
  send({ command: "subscribe", symbols: ["SBIN"] });
  await trade(1_000, 803);
  await on.pass(1_000);
  ok(socket.ticks().length > 0);
  client.gone();
  equal(on.demand.size, 0);
  const before = on.clock.pending;
  await on.pass(5_000);
  ok(on.clock.pending <= before);
});

Deno.test("who does not read misses no closed candle", async () => {
  const { on, socket, send, trade, candles } = stage();
  send({ command: "subscribe", symbols: ["SBIN"], candles: "1m" });
  await trade(1_000, 800);
  await trade(1_000, 801);
  await on.pass(1_000);
  candles();
  socket.held = 300 * 1024;
  for (let i = 0; i < 3; i++) await trade(60_000, 810 + i);
  await on.pass(2_000);
  deepEqual(candles(), []);
  socket.held = 0;
  await on.pass(2_000);
  deepEqual(candles().map(([, time]) => time), ["10:01:00", "10:02:00", "10:03:00"]);
});

Deno.test("a client is told of outages of what it has candles of, and has only so many", () => {
  const { on, socket, send } = stage();
  send({ command: "subscribe", symbols: ["SBIN"], candles: ["1s", "5s", "1m"] });
  const cause = { kind: "network", message: "gone" };
  on.upstream.event({ kind: "down", since: on.clock.now(), cause, keys: [KEY] });
  equal((last(socket) as Message).status, "upstream_down");
  send({
    command: "subscribe",
    symbols: Array.from({ length: 60 }, (_, i) => `nse:${i + 1}`),
    candles: ["1m", "3m", "5m", "10m", "15m", "30m", "1h", "1d", "1s"],
  });
  equal((last(socket) as Message).code, "too_many_instruments");
  for (
    const [fields, why] of [
      [{ every: 500 }, /"every" needs "candles"/],
      [{ candles: "2m" }, /one of 1s, 5s/],
      [{ candles: "1m", every: 10 }, /"every" must be/],
    ] as const
  ) {
    send({ command: "subscribe", symbols: ["SBIN"], ...fields });
    match((last(socket) as Message).message, why);
  }
});

Deno.test("every field of what is sent is described", async () => {
  const { on, socket, send, trade } = stage();
  send({ command: "subscribe", symbols: ["SBIN"], candles: "1m" });
  await trade(1_000, 800);
  await trade(1_000, 801);
  on.upstream.tick(ltpTick(KEY, 802, { exchangeTime: on.clock.now(), receivedAt: on.clock.now() }));
  await on.pass(1_000);
  send({ command: "list_subscriptions" });
  for (const message of (socket.messages() as Message[]).slice(1)) {
    const schema = message.type === "candle_data" ? candleData : reply;
    deepEqual(schema.parse(message), message);
  }
});
