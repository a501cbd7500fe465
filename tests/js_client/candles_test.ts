import { deepStrictEqual as deepEqual, ok, rejects, strictEqual as equal } from "node:assert/strict";
import { connect } from "../../static/client.js";
import { Rig } from "../proxy/rig.ts";
import { settle } from "../fakes.ts";
import { drop, inHand, told } from "./hand_socket.ts";

const CANDLE = { time: 1, open: 1, high: 2, low: 1, close: 2, origin: "broker", complete: true } as const;

function part(id: unknown, ...times: number[]) {
  const candles = times.map((time) => ({ ...CANDLE, time }));
  return { type: "candle_data", data: [{ instrument: "nse:7", symbol: "S", interval: "1m", candles }], id };
}

function answer(id: unknown, candles: number) {
  const results = [{ status: "accepted", instrument: "nse:7", symbol: "S", candles }];
  return { status: "success", message: "", results, id };
}

Deno.test("a real proxy's candles come in one call", async () => {
  await using rig = await Rig.start();
  await using client = connect(`ws://127.0.0.1:${rig.proxy.port}`);
  const calls: { done: number; total: number }[] = [];
  let rows: Awaited<ReturnType<typeof client.candles>> | undefined;
  client.candles({
    symbols: ["NSE:SBIN-EQ", "NOBODY"],
    from: "2026-10-01",
    to: "2026-11-19",
    progress: (progress) => calls.push(progress),
  }).then((given) => rows = given);
  await rig.until(() => rows !== undefined);
  deepEqual(rows!.map(({ status, candles }) => [status, candles.length]), [["accepted", 36 * 375], [
    "refused",
    0,
  ]]);
  ok(rows![0]!.candles.every(({ time }, i, all) => i === 0 || time > all[i - 1]!.time));
  deepEqual(calls, [{ done: 1, total: 2 }, { done: 2, total: 2 }]);
});

Deno.test("it takes as long as parts come, and begins anew after a loss", async () => {
  const { own, socket, clock } = inHand({ timeout: 60 });
  socket().says({ type: "info" });
  const asked = own.candles({ symbols: ["S"] });
  for (let time = 0; time < 5; time++) {
    socket().says(part(socket().sent[0]!.id, time));
    await clock.advanceAsync(25);
  }
  await drop();
  socket().says({ type: "info" });
  const { id } = socket().sent[0]!;
  socket().says(part(id, 8, 9));
  socket().says(answer(id, 2));
  deepEqual((await asked)[0]!.candles.map(({ time }) => time), [8, 9]);
  const late = own.candles({ symbols: ["S"] });
  await clock.advanceAsync(60);
  await rejects(late, { code: "timeout" });
  await own.close();
});

Deno.test("whoever gives up calls it off", async () => {
  const { own, socket } = inHand();
  const errors = told(own, "error");
  const candles = told(own, "candles");
  socket().says({ type: "info" });
  const abort = new AbortController();
  const asked = own.candles({ symbols: ["S"], signal: abort.signal });
  const { id } = socket().sent[0]!;
  abort.abort(new Error("enough"));
  await rejects(asked, /enough/);
  const { command, request } = socket().sent[1]!;
  deepEqual([command, request], ["cancel", id]);
  socket().says({ status: "error", code: "cancelled", message: "", id });
  socket().says(part(id, 1));
  await settle();
  deepEqual([errors, candles], [[], []]);
  await rejects(own.candles({ symbols: ["S"], signal: abort.signal }), /enough/);
  equal(socket().sent.length, 2);
  await own.close();
});

Deno.test("subscribed ones are told, and subscribed again without ticks", async () => {
  const { own, socket } = inHand();
  const candles = told(own, "candles");
  const granted = (id: unknown) => ({
    status: "success",
    message: "",
    id,
    data: [{ exchangeType: 2, tokens: ["7"] }],
  });
  socket().says({ type: "info" });
  const asked = own.subscribe({ exchange: "nfo", tokens: ["7"], candles: "1m", every: 500 });
  socket().says(granted(socket().sent[0]!.id));
  await asked;
  const { data } = part(undefined, 1);
  socket().says({ type: "candle_data", data });
  await settle();
  deepEqual(candles, [data]);
  await drop();
  socket().says({ type: "info" });
  const { id: _, ...again } = socket().sent[0]!;
  deepEqual(again, { command: "subscribe", exchange: "nfo", tokens: ["7"], candles: "1m", every: 500 });
  socket().says(granted(socket().sent[0]!.id));
  const both = own.subscribe({ exchange: "nfo", tokens: ["7"], mode: "ltp" });
  socket().says(granted(socket().sent[1]!.id));
  await both;
  await drop();
  socket().says({ type: "info" });
  deepEqual([socket().sent[0]!.candles, socket().sent[0]!.mode], ["1m", "ltp"]);
  await own.close();
});
