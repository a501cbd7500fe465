import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import type { Recorder } from "../../lib/recording/recorder.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { FakeClock } from "../fakes.ts";
import { send } from "../export/recorded.ts";
import { ltpTick, snapQuoteTick } from "../ticks.ts";
import { at, DATE, type ReplayClient, ReplayStage } from "./stage.ts";

/** A tick of so many rupees each time that so many ms have passed. */
function walk(recorder: Recorder, clock: FakeClock, count: number, apart: number, first = 1): void {
  recorder.subscribed(new Map([["nse:3045", "ltp"]]));
  for (let i = 0; i < count; i++) {
    recorder.tick(packet(first + i, clock.now()), clock.now(), "nse:3045", undefined);
    clock.advance(apart);
  }
}

function packet(price: number, now: number): Uint8Array<ArrayBuffer> {
  return encodePacket(ltpTick("nse:3045", price, { exchangeTime: now })).slice();
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** The prices behind the message that says the time that was sought. */
function pricesSince(client: ReplayClient, time: number): number[] {
  const frames = client.socket.frames.map((frame) => JSON.parse(frame));
  return frames.slice(frames.findIndex((each) => each.type === "clock" && each.time === time))
    .flatMap(({ type, data }) => type === "market_data" ? data : [])
    .map(({ last_traded_price }) => last_traded_price);
}

const isOver = (client: ReplayClient) => client.of("end").length > 0;

Deno.test("a day is replayed as it was recorded, with its clock and its end, each message marked", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => walk(recorder, clock, 1_000, 10));
  const client = stage.subscribed(`date=${DATE}&speed=0&encoding=json`);
  await stage.until(() => isOver(client));
  deepEqual(client.prices(), range(1, 1_000));
  ok(client.socket.frames.every((frame) => JSON.parse(frame).source === "replay"), "each says what it is");
  const [info] = client.messages;
  equal(info!.type, "info");
  deepEqual(info!.replay, {
    date: DATE,
    recorded: "live",
    from: at("10:00:00"),
    to: at("10:00:09.990") + 1 + 10,
    time: at("10:00:00"),
    state: "waiting",
    speed: 0,
  });
  const clocks = client.of("clock").filter(({ state }) => state === "playing").map(({ time }) => time);
  deepEqual([...new Set(clocks)], range(0, 10).map((second) => at("10:00:00") + second * 1000));
  ok(client.socket.data().every(({ conflated }) => conflated === undefined));
});

Deno.test("at speed 1 nothing comes before its time; at speed 10 in a tenth of it", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => walk(recorder, clock, 50, 100));
  const client = stage.subscribed();
  await stage.until(() => client.ticks.length === 1);
  /** Waits for so many ticks; none of them may come before its time. */
  const heard = async (count: number, apart: number) => {
    const since = stage.clock.elapsed();
    const before = client.ticks.length;
    await stage.until(() => {
      const most = (stage.clock.elapsed() - since) / apart + 1;
      ok(client.ticks.length - before <= most, `${client.ticks.length - before} ticks, ${most} were due`);
      return client.ticks.length >= before + count;
    }, 1);
  };
  await heard(10, 100);
  client.send({ command: "speed", speed: 10 });
  await heard(30, 10);
  await stage.until(() => isOver(client), 10);
  deepEqual(client.prices(), range(1, 50));
});

Deno.test("it pauses, goes on, and is sought in both directions", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => walk(recorder, clock, 100, 100));
  const client = stage.subscribed();
  await stage.until(() => client.ticks.length > 3, 10);
  client.send({ command: "pause" });
  // What was on its way arrives.
  await stage.pass(100);
  const paused = client.ticks.length;
  await stage.pass(5_000);
  equal(client.ticks.length, paused);
  equal(client.of("clock").at(-1)!.state, "paused");
  client.send({ command: "seek", to: "10:00:08" });
  await stage.until(() => client.of("clock").at(-1)!.time === at("10:00:08"));
  equal(client.ticks.length, paused, "a seek plays nothing while it is paused");
  client.send({ command: "resume" });
  await stage.until(() => client.ticks.length > paused, 10);
  equal(client.prices()[paused], 81);
  client.send({ command: "seek", to: at("10:00:00.500") });
  client.send({ command: "speed", speed: 0 });
  await stage.until(() => isOver(client), 10);
  deepEqual(pricesSince(client, at("10:00:00.500")), range(6, 100));
  client.send({ command: "seek", to: "11:00" });
  match(client.answer!.message, /"to" must be from 2026-11-20 10:00:00 to/);
  client.send({ command: "seek", to: "10:00:09" });
  await stage.until(() => client.of("end").length === 2);
  deepEqual(client.prices().slice(-10), range(91, 100), "an end is no end of a replay that is sought");
});

Deno.test("clients that share a session share its clock", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => walk(recorder, clock, 100, 100));
  const address = `date=${DATE}&session=desk&paused=true&encoding=json`;
  const one = stage.subscribed(address);
  await stage.until(() => one.answer !== undefined);
  const two = stage.subscribed("session=desk&encoding=json");
  await stage.until(() => two.answer !== undefined);
  equal(one.ticks.length, 0, "it waits until it is told to go on");
  two.send({ command: "resume" });
  await stage.until(() => one.ticks.length > 0);
  await stage.until(() => one.ticks.length > 15, 10);
  deepEqual(one.ticks, two.ticks);
  const other = stage.subscribed(`date=${DATE}&session=desk&from=10:05`);
  await stage.until(() => other.socket.closes.length > 0);
  match(other.messages[0]!.message, /the session desk plays something else/);
  two.leave();
  one.leave();
  const late = stage.subscribed("session=desk&encoding=json");
  await stage.until(() => late.socket.closes.length > 0);
  match(late.messages[0]!.message, /there is no session desk/);
});

Deno.test("whoever reads slowly gets every tick, and who does not read at all is closed", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => walk(recorder, clock, 3_000, 1));
  const client = stage.subscribed(`date=${DATE}&speed=0&encoding=json`);
  await stage.until(() => client.ticks.length > 0);
  client.socket.held = 1_000_000;
  await stage.pass(1_000);
  const stuck = client.ticks.length;
  await stage.pass(1_000);
  equal(client.ticks.length, stuck, "nothing more is sent to who does not read");
  client.socket.held = 0;
  await stage.until(() => isOver(client), 5);
  deepEqual(client.prices(), range(1, 3_000));
  const frozen = stage.subscribed(`date=${DATE}&speed=0&encoding=json`);
  await stage.until(() => frozen.ticks.length > 0);
  frozen.socket.held = 1_000_000;
  await stage.pass(31_000, 500);
  deepEqual(frozen.socket.closes.map(({ code }) => code), [1013]);
});

Deno.test("gaps of the recording are gaps of the replay, and prices are worth what they were worth", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => {
    walk(recorder, clock, 10, 100);
    const keys = ["nse:3045" as const];
    const since = clock.now();
    recorder.event({ kind: "down", since, cause: { kind: "network", message: "it broke" }, keys });
    clock.advance(5_000);
    recorder.event({ kind: "up", from: since, to: clock.now(), keys });
    walk(recorder, clock, 10, 100, 11);
  });
  await stage.record((recorder, clock) => walk(recorder, clock, 10, 100, 21), at("10:01:00"));
  const client = stage.subscribed(`date=${DATE}&speed=0&encoding=json`);
  await stage.until(() => isOver(client));
  deepEqual(client.prices(), range(1, 30));
  const gaps = client.of("system").map((
    { status, since, from, to, reason },
  ) => [status, since ?? from, to, reason]);
  deepEqual(gaps.filter(([status]) => String(status).startsWith("upstream")), [
    ["upstream_down", at("10:00:01"), undefined, "network"],
    ["upstream_up", at("10:00:01"), at("10:00:06"), undefined],
    ["upstream_down", at("10:00:07"), undefined, "not_recorded"],
    ["upstream_up", at("10:00:07"), at("10:01:00"), undefined],
    // The proxy was stopped.
    ["upstream_down", at("10:01:01"), undefined, "not_recorded"],
  ]);
  client.send({ command: "speed", speed: 1 });
  client.send({ command: "seek", to: "10:00:03" });
  await stage.until(() => client.of("clock").at(-1)!.time === at("10:00:03"));
  client.send({ command: "list_subscriptions" });
  equal(client.answer!.data[0].reason, "the feed is down", "as it was at that moment");
  client.send({ command: "seek", to: "10:00:06.500" });
  const sought = client.ticks.length;
  await stage.until(() => client.ticks.length > sought, 10);
  client.send({ command: "list_subscriptions" });
  deepEqual([client.answer!.data[0].state, client.answer!.data[0].freshness], ["live", "live"]);
});

Deno.test("phases are those of the replayed moment", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => walk(recorder, clock, 40, 1_000), at("15:14:50"));
  // Now is another day, in trading hours.
  const client = stage.subscribed(`date=${DATE}&speed=0&encoding=json`);
  await stage.until(() => isOver(client));
  const phases = client.of("system").filter(({ status }) => status === "market").map((
    { exchange, state },
  ) => [exchange, state]);
  ok(phases.length >= 1 && phases.every(([exchange]) => exchange === "nse"), JSON.stringify(phases));
});

Deno.test("instruments have their names of that day, and the exchange alone means all that was recorded", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => {
    send(recorder, clock, [
      ltpTick("nse:3045", 100),
      ltpTick("nfo:777001", 5),
      snapQuoteTick("nse:2885", 50),
    ]);
  });
  const client = stage.join(`date=${DATE}&paused=1&encoding=json`);
  client.send({ command: "subscribe", symbols: ["NAME777001-EQ", "name3045"], mode: "quote" });
  await stage.until(() => client.answer !== undefined);
  deepEqual(
    client.answer!.results.map((
      { instrument, symbol }: { instrument: string; symbol: string },
    ) => [instrument, symbol]),
    [
      ["nfo:777001", "NAME777001-EQ"],
      ["nse:3045", "NAME3045-EQ"],
    ],
  );
  client.send({ command: "subscribe", exchange: "nse" });
  deepEqual(client.answer!.data, [{ exchangeType: 1, tokens: ["3045", "2885"] }]);
  client.send({ command: "seek" });
  equal(client.answer!.code, "bad_command");
});

Deno.test("what cannot be replayed is refused with a reason, and misspelt fields with the name that was meant", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => walk(recorder, clock, 3, 100));
  const refused = async (query: string) => {
    const client = stage.join(query);
    await stage.until(() => client.socket.closes.length > 0);
    equal(client.socket.closes[0]!.code, 1008);
    return client.messages[0]!.message;
  };
  equal(await refused("date=2026-11-19"), "there is no recording of 2026-11-19; there are 2026-11-20");
  match(await refused(`date=${DATE}&from=11:00`), /has nothing of this time; it has 2026-11-20 10:00:00 to/);
  match(await refused(`date=${DATE}&recorded=simulated`), /there is no simulated recording of 2026-11-20/);
  match(String(stage.open("dat=2026-11-20")), /dat: is not known; did you mean date\?/);
  match(String(stage.open("")), /date: is missing/);
  match(String(stage.open("date=2026-02-30")), /date: must be a day/);
  match(String(stage.open(`date=${DATE}&speed=-1`)), /speed: must be a number/);
  match(String(stage.open(`date=${DATE}&from=9`)), /from: must be a time/);
  match(String(stage.open(`date=${DATE}&from=10:00&to=09:00`)), /to: is not after from/);
  match(String(stage.open(`date=${DATE}&encoding=xml`)), /encoding/);
});

Deno.test("an access token opens the exchanges that it opens on the live wire", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) =>
    send(recorder, clock, [ltpTick("nse:3045", 1), ltpTick("mcx:1", 2)])
  );
  const entitlement = { name: "bot", exchanges: new Set(["mcx" as const]), maxInstruments: 1 };
  const client = stage.join(`date=${DATE}&speed=0&encoding=json`, { entitlement });
  client.send({ command: "subscribe", tokens: ["nse:3045", "mcx:1"] });
  await stage.until(() => isOver(client));
  deepEqual(client.messages[0]!.available_exchanges, ["mcx"]);
  equal(client.answer!.results[0].code, "not_allowed");
  deepEqual(client.prices(), [2]);
  stage.replays.recheck(() => false);
  equal(client.socket.closes[0]!.code, 1008);
});

Deno.test("clients of the broker's wire get the packets, bit for bit", async () => {
  await using stage = new ReplayStage();
  const sent: Uint8Array[] = [];
  await stage.record((recorder, clock) => {
    recorder.subscribed(new Map([["nse:3045", "ltp"]]));
    for (let i = 0; i < 500; i++) {
      sent.push(packet(i + 1, clock.now()));
      recorder.tick(sent.at(-1)!, clock.now(), "nse:3045", undefined);
      clock.advance(7);
    }
  });
  const client = stage.join(`replay=${DATE}&speed=0&clientCode=X&feedToken=Y`, { wire: "smart_stream" });
  client.send({
    correlationID: "a",
    action: 1,
    params: { mode: 1, tokenList: [{ exchangeType: 1, tokens: ["3045"] }] },
  });
  await stage.until(() => client.socket.frames.length === sent.length);
  deepEqual(client.socket.frames as unknown as Uint8Array[], sent);
});

Deno.test("no tick is dropped for a newer one on a machine that is far too slow", async () => {
  // Each look at the clock finds that a third of a second has passed.
  class SlowMachine extends FakeClock {
    override elapsed(): number {
      return super.elapsed() + this.looks++ * 300;
    }
    looks = 0;
  }
  await using stage = new ReplayStage(undefined, new SlowMachine(at("10:00:00", "2026-11-23")));
  await stage.record((recorder, clock) => walk(recorder, clock, 500, 1));
  const client = stage.subscribed(`date=${DATE}&speed=0&encoding=json`);
  await stage.until(() => isOver(client));
  deepEqual(client.prices(), range(1, 500));
});
