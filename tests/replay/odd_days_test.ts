/** Recordings that something went wrong with, and clients that behave badly. */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { encodeFileHead, FILE_HEAD_BYTES } from "../../lib/recording/format.ts";
import { crc32 } from "node:zlib";
import { RecordedDay } from "../../lib/recording/reader.ts";
import { send } from "../export/recorded.ts";
import { ltpTick } from "../ticks.ts";
import { at, DATE, type ReplayClient, ReplayStage } from "./stage.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import type { Recorder } from "../../lib/recording/recorder.ts";
import type { FakeClock } from "../fakes.ts";

const QUERY = `date=${DATE}&speed=0&encoding=json`;

const isOver = (client: ReplayClient) => client.of("end").length > 0;

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const pathOf = (stage: ReplayStage) => `${stage.folder.path}/${DATE}-live.rec`;

/** Ticks of these prices, 100 ms apart. */
async function walk(recorder: Recorder, clock: FakeClock, prices: readonly number[]): Promise<void> {
  recorder.subscribed(new Map([["nse:3045", "ltp"]]));
  for (const price of prices) {
    const packet = encodePacket(ltpTick("nse:3045", price, { exchangeTime: clock.now() })).slice();
    recorder.tick(packet, clock.now(), "nse:3045", undefined);
    clock.advance(100);
    await recorder.flush();
  }
}

async function refusal(stage: ReplayStage, query = QUERY): Promise<string> {
  const client = stage.join(query);
  await stage.until(() => client.socket.closes.length > 0);
  equal(client.socket.closes[0]!.code, 1008);
  return client.messages[0]!.message;
}

Deno.test("a damaged block in the middle is a gap, and what is behind it is played", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => walk(recorder, clock, range(1, 30)));
  let hit: number;
  {
    using day = await RecordedDay.open(pathOf(stage));
    const ticks = day.blocks.filter(({ header }) => header.ticks === 1);
    hit = ticks[14]!.offset + 100;
  }
  using file = await Deno.open(pathOf(stage), { read: true, write: true });
  await file.seek(hit, Deno.SeekMode.Start);
  await file.write(new Uint8Array([255, 0, 255]));
  const client = stage.subscribed(QUERY);
  await stage.until(() => isOver(client));
  deepEqual(client.prices(), [...range(1, 14), ...range(16, 30)]);
  const gaps = client.of("system").filter(({ status }) => status === "upstream_up");
  deepEqual(gaps.map(({ from, to }) => [from, to]), [[at("10:00:01.300"), at("10:00:01.500")]]);
});

Deno.test("a recording without a record, of a later version, or none at all is refused in words, without its path", async () => {
  await using stage = new ReplayStage();
  Deno.writeFileSync(pathOf(stage), encodeFileHead("live"));
  equal(await refusal(stage), `the recording of ${DATE} is empty`);
  const later = encodeFileHead("live");
  later[8] = 2;
  new DataView(later.buffer).setUint32(12, crc32(later.subarray(0, 12)), true);
  Deno.writeFileSync(pathOf(stage), later);
  equal(
    await refusal(stage),
    `the recording of ${DATE} cannot be read: it has version 2; this program reads version 1`,
  );
  Deno.writeFileSync(pathOf(stage), later.subarray(0, FILE_HEAD_BYTES - 1));
  match(await refusal(stage), /cannot be read: it is shorter than a recording's head/);
});

Deno.test("a day of nothing but an outage has its gap, its clock and its end", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => {
    recorder.subscribed(new Map([["nse:3045", "ltp"]]));
    const keys = ["nse:3045"] as const;
    const since = clock.now();
    recorder.event({ kind: "down", since, cause: { kind: "network", message: "cut" }, keys });
    clock.advance(3_000);
    recorder.event({ kind: "up", from: since, to: clock.now(), keys });
  });
  const client = stage.subscribed(QUERY);
  await stage.until(() => isOver(client));
  deepEqual(client.prices(), []);
  const told = client.of("system").map(({ status }) => status).filter((each) => /^upstream/.test(each));
  deepEqual(told, ["upstream_down", "upstream_up", "upstream_down"], "the last one: the proxy was stopped");
  equal(client.of("clock").length >= 3, true);
});

Deno.test("a clock that was set back while it recorded costs no tick, and replayed time never runs backwards", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => walk(recorder, clock, range(1, 20)));
  // Started again, with the clock ten minutes back.
  await stage.record((recorder, clock) => walk(recorder, clock, range(21, 40)), at("09:50:00"));
  await stage.record((recorder, clock) => walk(recorder, clock, range(41, 50)), at("10:00:05"));
  const client = stage.subscribed(QUERY);
  await stage.until(() => isOver(client));
  deepEqual(client.prices(), range(1, 50));
  const times = client.of("clock").map(({ time }) => time);
  deepEqual(times, times.toSorted((a, b) => a - b));
});

Deno.test("an instrument that was renamed overnight has on each day the name of that day", async () => {
  await using stage = new ReplayStage();
  const named = (symbol: string) => async (recorder: Recorder, clock: FakeClock) => {
    recorder.attach({ symbolOf: () => symbol, phases: () => [], logins: () => ({}) });
    await Promise.resolve(send(recorder, clock, [ltpTick("nse:3045", 1)]));
  };
  await stage.record(named("OLD-EQ"));
  await stage.record(named("NEW-EQ"), at("10:00:00", "2026-11-21"));
  for (const [date, symbol] of [[DATE, "OLD-EQ"], ["2026-11-21", "NEW-EQ"]] as const) {
    const client = stage.join(`date=${date}&speed=0&encoding=json`);
    client.send({ command: "subscribe", symbols: [symbol] });
    await stage.until(() => isOver(client));
    deepEqual(client.ticks.map((tick) => tick.symbol), [symbol], date);
  }
});

Deno.test("who leaves a paused replay leaves nothing behind; its name is free again", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => walk(recorder, clock, range(1, 10)));
  const one = stage.subscribed(`date=${DATE}&session=desk&encoding=json`);
  await stage.until(() => one.ticks.length > 2, 10);
  one.send({ command: "pause" });
  equal(stage.replays.clients, 1);
  one.leave();
  await stage.until(() => stage.replays.clients === 0);
  const two = stage.subscribed(`${QUERY}&session=desk`);
  await stage.until(() => isOver(two));
  deepEqual(two.prices(), range(1, 10), "a clock of its own, from the beginning");
});

Deno.test("32 replays run at a time; one more is refused, and has its place when one leaves", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => walk(recorder, clock, range(1, 5)));
  const clients = Array.from({ length: 50 }, () => stage.subscribed(QUERY));
  await stage.until(() => clients.every((each) => isOver(each) || each.socket.closes.length > 0));
  const served = clients.filter(isOver);
  equal(served.length, 32);
  for (const client of served) deepEqual(client.prices(), range(1, 5));
  const refused = clients.filter(({ socket }) => socket.closes.length > 0);
  ok(refused.every(({ messages }) => /32 replays run at a time/.test(messages[0]!.message)));
  served[0]!.leave();
  await stage.until(() => stage.replays.clients === 31);
  const next = stage.subscribed(QUERY);
  await stage.until(() => isOver(next));
});

Deno.test("the part that is asked for may be given in full, and must lie on that day", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => walk(recorder, clock, range(1, 30)));
  for (
    const from of [`${DATE}T10:00:01%2B05:30`, `${DATE}T10:00:01+05:30`, `${DATE}T04:30:01Z`, "10:00:01"]
  ) {
    const client = stage.subscribed(`${QUERY}&from=${from}&to=10:00:02`);
    await stage.until(() => isOver(client));
    deepEqual(client.prices(), range(11, 20), from);
    client.leave();
  }
  match(String(stage.open(`${QUERY}&from=2026-11-19T10:00:01Z`)), /^from: must be a time of 2026-11-20/);
  match(await refusal(stage, `${QUERY}&from=10:01`), /has nothing of this time/);
  match(await refusal(stage, `${QUERY}&to=09:59`), /has nothing of this time/);
});
