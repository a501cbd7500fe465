/** Candles of a recorded day: in its replay, and on the live wires of another day. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { Recorder } from "../../lib/recording/recorder.ts";
import { listRecordings } from "../../lib/recording/folder.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { askJson } from "../clients/http/ask.ts";
import { Stage } from "../clients/stage.ts";
import { FakeClock } from "../fakes.ts";
import { quoteTick } from "../ticks.ts";
import { at, DATE, type Message, type ReplayClient, ReplayStage } from "./stage.ts";

const MINUTES = 10;
const SECOND = 1_000;

/** Ten minutes of a trade each second: the first one at 100, each one higher by 5 paise. */
function rise(recorder: Recorder, clock: FakeClock): void {
  recorder.subscribed(new Map([["nse:3045", "quote"]]));
  for (let i = 0; i < MINUTES * 60; i++) {
    const receivedAt = clock.now();
    const more = { exchangeTime: receivedAt, receivedAt, volume: 1_000 + i, lastQuantity: 1 };
    recorder.tick(
      encodePacket(quoteTick("nse:3045", 100 + i / 20, more)).slice(),
      receivedAt,
      "nse:3045",
      undefined,
    );
    clock.advance(SECOND);
  }
}

const closeOf = (second: number) => Math.round((100 + second / 20) * 100) / 100;

async function ask(stage: ReplayStage, client: ReplayClient, fields: Message): Promise<Message[]> {
  const id = `${Math.random()}`;
  client.send({ command: "candles", exchange: "nse", tokens: ["3045"], id, ...fields });
  await stage.until(() => client.messages.some((each) => each.id === id && each.status !== undefined));
  equal(client.answer!.status, "success", JSON.stringify(client.answer));
  return client.messages.filter((each) => each.id === id && each.type === "candle_data")
    .flatMap(({ data }) => data[0].candles);
}

/** Where the replay stands, ms since the Unix epoch. */
const timeOf = (client: ReplayClient) => client.of("clock").at(-1)?.time ?? 0;

Deno.test("in a replay there are the candles up to the replayed moment, and the whole day for who says so", async () => {
  await using stage = new ReplayStage();
  await stage.record(rise);
  const client = stage.subscribed(`date=${DATE}&from=10:04:30&speed=1&encoding=json`);
  await stage.until(() => timeOf(client) >= at("10:04:40"), 50);
  const known = await ask(stage, client, { interval: "1m" });
  // The clock goes on until the answer is there.
  const now = timeOf(client);
  deepEqual(known.map(({ time }) => time), [0, 1, 2, 3, 4].map((i) => at("10:00:00") + i * 60_000));
  ok(known.slice(1, 4).every(({ complete }) => complete), JSON.stringify(known));
  // The one who asks comes between two clock messages.
  const seconds = (now - at("10:00:00")) / SECOND + 1;
  ok(
    known.at(-1)!.close <= closeOf(seconds),
    `of the rest of the minute: ${JSON.stringify([now, known.at(-1)])}`,
  );
  ok(!known.at(-1)!.complete);

  const all = await ask(stage, client, { interval: "1m", from: DATE, to: DATE, ahead: true });
  equal(all.length, MINUTES);
  equal(all.at(-1)!.close, closeOf(MINUTES * 60 - 1));
  deepEqual(all[5]!.volume, 60);
  const short = await ask(stage, client, { interval: "1s", from: DATE, to: DATE, ahead: true });
  equal(short.length, MINUTES * 60 - 1, "the first packet is no trade: it tells where things stand");
});

Deno.test("a replay that was sought has the candles of where it stands, before it and behind it", async () => {
  await using stage = new ReplayStage();
  await stage.record(rise);
  const client = stage.subscribed(`date=${DATE}&speed=0&encoding=json`);
  await stage.until(() => client.of("end").length === 1);
  const whole = await ask(stage, client, { interval: "1m" });
  equal(whole.length, MINUTES);
  client.send({ command: "speed", speed: 1 });
  client.send({ command: "seek", to: "10:02:10" });
  await stage.until(() => timeOf(client) >= at("10:02:15") && timeOf(client) < at("10:03:00"), 50);
  const again = await ask(stage, client, { interval: "1m" });
  deepEqual(again.map(({ time }) => time), whole.slice(0, 3).map(({ time }) => time));
  deepEqual(again[1], { ...whole[1], origin: "recording" });
  client.send({ command: "seek", to: "10:08:10" });
  await stage.until(() => timeOf(client) >= at("10:08:15"), 50);
  const later = await ask(stage, client, { interval: "1m" });
  equal(later.length, 9);
  deepEqual(
    later.slice(0, 8).map(({ close, volume }) => [close, volume]),
    whole.slice(0, 8).map(
      ({ close, volume }) => [close, volume],
    ),
  );
});

Deno.test("subscribed candles of a replay are made at its moments", async () => {
  await using stage = new ReplayStage();
  await stage.record(rise);
  const client = stage.join(`date=${DATE}&speed=10&encoding=json`);
  client.send({ command: "subscribe", exchange: "nse", tokens: ["3045"], candles: "1m", forming: false });
  await stage.until(() => client.of("candle_data").length > 2, 50);
  const times = client.of("candle_data").flatMap(({ data }) => data[0].candles).map(({ time }) => time);
  deepEqual(times.slice(0, 3), [0, 1, 2].map((i) => at("10:00:00") + i * 60_000));
});

Deno.test("a recorded past day has its candles on the live wires where the broker does not give them", async () => {
  await using recorded = new ReplayStage();
  await recorded.record(rise);
  const recordedDays = () => listRecordings(recorded.folder.path);
  const clock = new FakeClock(at("11:00:00", "2026-11-23"));
  const stage = new Stage({ clock, recordedDays });
  const path = `/candles?exchange=nse&tokens=3045&interval=1m&from=${DATE}&to=${DATE}`;
  const { data: [row] } = await askJson(stage, path);
  equal(row.candles.length, MINUTES);
  ok(row.candles.every(({ origin }: Message) => origin === "recording"));
  // Made-up prices are none of a live feed's, and the other way round.
  const other = new Stage({ clock: new FakeClock(clock.now()), recordedDays, source: "simulated" });
  equal((await askJson(other, path)).data[0].candles.length, 0);

  const list = await askJson(stage, "/recordings");
  const [file] = await recordedDays();
  deepEqual(list.data, [{ date: DATE, recorded: "live", bytes: file!.bytes }]);
  deepEqual((await askJson(new Stage(), "/recordings")).data, []);
});
