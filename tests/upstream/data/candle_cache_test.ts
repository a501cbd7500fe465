import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { readCandleRequest } from "../../../lib/smartapi/candle_request.ts";
import type { DataAnswer, DataBody, DataSource } from "../../../lib/smartapi/data_calls.ts";
import { candlesOf } from "../../../lib/simulator/history.ts";
import { simulatedInstruments } from "../../../lib/simulator/instruments.ts";
import { createCandleCache } from "../../../lib/upstream/data/candle_cache.ts";
import { CandleStore } from "../../../lib/upstream/data/candle_store.ts";
import { atOnce } from "../../../lib/util/pace.ts";
import { FakeClock } from "../../fakes.ts";

/** A Friday afternoon. */
const NOW = Date.parse("2026-11-20T15:00:00+05:30");

const SBIN = simulatedInstruments(NOW).find(({ token }) => token === "3045")!;

/** A broker that has candles, and remembers what it was asked for. */
class Broker implements DataSource {
  readonly asked: string[] = [];
  answer: ((body: DataBody) => DataAnswer) | undefined;

  constructor(private readonly clock: FakeClock) {}

  ask(_call: string, body: DataBody): Promise<DataAnswer> {
    this.asked.push(`${body.interval} ${body.fromdate} ${body.todate}`);
    return Promise.resolve(this.answer?.(body) ?? success(this.candles(body)));
  }

  candles(body: DataBody) {
    return atOnce(candlesOf(SBIN, readCandleRequest(body)!, { now: this.clock.now() }));
  }
}

function success(data: unknown): DataAnswer {
  const text = JSON.stringify({ status: true, message: "SUCCESS", errorcode: "", data });
  return { kind: "answer", status: 200, type: "application/json", text };
}

function call(interval: string, fromdate: string, todate: string): DataBody {
  return { exchange: "NSE", symboltoken: "3045", interval, fromdate, todate };
}

function stage(folder: string, start = NOW) {
  const clock = new FakeClock(start);
  const broker = new Broker(clock);
  const names = new Map([["nse:3045", "SBIN-EQ"]]);
  const cache = () =>
    createCandleCache({
      source: broker,
      store: new CandleStore(folder),
      clock,
      symbolOf: (key) => names.get(key) ?? key,
    });
  const rows = async (body: DataBody) => {
    const answer = await cache().ask("candles", body);
    return "text" in answer ? JSON.parse(answer.text).data : answer;
  };
  return { clock, broker, cache, rows, names };
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/candles`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a day that is over is asked for once, also by a cache of later; today each time", () =>
  inFolder(async (folder) => {
    const { broker, rows, cache } = stage(folder);
    const past = call("FIVE_MINUTE", "2026-11-16 09:15", "2026-11-18 15:30");
    const first = await rows(past);
    equal(first.length, 3 * 75);
    deepEqual(first, broker.candles(past));
    deepEqual(await rows(past), first);
    equal((await cache().ask("candles", past)).kind, "kept");
    deepEqual(broker.asked.splice(0), ["FIVE_MINUTE 2026-11-16 00:00 2026-11-18 23:59"]);
    // Of a longer time only what is missing.
    const longer = call("FIVE_MINUTE", "2026-11-16 10:00", "2026-11-20 15:30");
    for (let i = 0; i < 2; i++) deepEqual(await rows(longer), broker.candles(longer));
    deepEqual(broker.asked.splice(0), [
      "FIVE_MINUTE 2026-11-19 00:00 2026-11-20 15:30",
      "FIVE_MINUTE 2026-11-20 00:00 2026-11-20 15:30",
    ]);
    // Another interval is another series.
    await rows(call("ONE_DAY", "2026-11-16 09:15", "2026-11-18 15:30"));
    equal(broker.asked.length, 1);
  }));

Deno.test("what is today is kept when it is over", () =>
  inFolder(async (folder) => {
    const { broker, rows, clock } = stage(folder);
    const today = call("ONE_MINUTE", "2026-11-20 09:15", "2026-11-20 15:30");
    const before = await rows(today);
    clock.advance(86_400_000);
    const after = await rows(today);
    ok(before.length < after.length);
    equal(after.length, 375);
    await rows(today);
    deepEqual(broker.asked, [
      "ONE_MINUTE 2026-11-20 09:15 2026-11-20 15:30",
      "ONE_MINUTE 2026-11-20 00:00 2026-11-20 23:59",
    ]);
  }));

Deno.test("whatever part of a time was asked for before, the answer is the broker's", () =>
  inFolder(async (folder) => {
    const { broker, rows } = stage(folder);
    const times = ["00:00", "09:15", "09:17", "12:00", "15:30", "23:59"];
    let seed = 5;
    const next = (most: number) => (seed = seed * 48_271 % 2_147_483_647) % most;
    for (let i = 0; i < 60; i++) {
      const [a, b] = [1 + next(20), 1 + next(20)].sort((x, y) => x - y) as [number, number];
      const day = (of: number) => `2026-11-${String(of).padStart(2, "0")}`;
      const interval = ["FIVE_MINUTE", "ONE_HOUR", "ONE_DAY"][next(3)]!;
      const body = call(interval, `${day(a)} ${times[next(6)]}`, `${day(b)} ${times[next(6)]}`);
      if (readCandleRequest(body) === undefined) continue;
      deepEqual(await rows(body), broker.candles(body), JSON.stringify(body));
    }
    ok(broker.asked.length < 60);
  }));

Deno.test("a call for as much as the broker gives at once is not made longer", () =>
  inFolder(async (folder) => {
    const { broker, rows } = stage(folder);
    const body = call("ONE_MINUTE", "2026-10-20 15:00", "2026-11-19 15:00");
    for (let i = 0; i < 2; i++) deepEqual(await rows(body), broker.candles(body));
    deepEqual(broker.asked, [
      "ONE_MINUTE 2026-10-20 15:00 2026-11-19 15:00",
      "ONE_MINUTE 2026-10-20 15:00 2026-11-19 15:00",
    ]);
    // The days in between are kept all the same.
    await rows(call("ONE_MINUTE", "2026-10-21 09:15", "2026-11-18 15:30"));
    equal(broker.asked.length, 2);
  }));

Deno.test("a day that the broker has nothing of yet is not taken for one without trading", () =>
  inFolder(async (folder) => {
    const { broker, rows, clock } = stage(folder, Date.parse("2026-11-20T00:10:00+05:30"));
    const body = call("ONE_DAY", "2026-11-18 00:00", "2026-11-19 23:59");
    broker.answer = (body) => success(broker.candles(body).slice(0, 1));
    equal((await rows(body)).length, 1);
    broker.answer = undefined;
    equal((await rows(body)).length, 2);
    equal((await rows(body)).length, 2);
    equal(broker.asked.length, 2);
    // Days without trading, between others or long ago, are not asked for again.
    clock.advance(7 * 86_400_000);
    const weekend = call("ONE_DAY", "2026-11-14 00:00", "2026-11-15 23:59");
    for (let i = 0; i < 2; i++) deepEqual(await rows(weekend), []);
    equal(broker.asked.length, 3);
  }));

Deno.test("what is refused, or is no candles, is handed on and not kept", () =>
  inFolder(async (folder) => {
    const { broker, cache, rows } = stage(folder);
    const body = call("ONE_DAY", "2026-11-16 09:15", "2026-11-18 15:30");
    const row = ["2026-11-16T00:00:00+05:30", 1, 2, 0.5, 1.5, 10];
    const strange: DataAnswer[] = [
      {
        kind: "answer",
        status: 200,
        type: "application/json",
        text: '{"status":false,"errorcode":"AB1004","data":null}',
      },
      { kind: "answer", status: 403, type: "text/plain", text: "Access denied" },
      { kind: "answer", status: 200, type: "text/html", text: "<html>" },
      { kind: "busy" },
      { kind: "failed", message: "no DNS answer" },
      success(null),
      success([row.slice(0, 5)]),
      success([[...row.slice(0, 5), null]]),
      success([["2026-11-16 00:00", ...row.slice(1)]]),
      success([row, row]),
    ];
    for (const answer of strange) {
      broker.answer = () => answer;
      deepEqual(await cache().ask("candles", body), answer);
    }
    broker.answer = undefined;
    equal((await rows(body)).length, 3);
    equal(broker.asked.length, strange.length + 1);
  }));

Deno.test("calls that the broker would refuse, and other calls, go to it as they are", () =>
  inFolder(async (folder) => {
    const { broker, cache } = stage(folder);
    broker.answer = () => success("as it is");
    const good = call("ONE_DAY", "2026-11-16 09:15", "2026-11-18 15:30");
    for (
      const body of [
        { ...good, interval: "TWO_MINUTE" },
        { ...good, interval: "toString" },
        { ...good, exchange: "NYSE" },
        { ...good, symboltoken: "../../x" },
        { ...good, fromdate: "2026-11-16" },
        { ...good, fromdate: "2026-13-45 09:15" },
        { ...good, fromdate: "2026-11-19 09:15" },
        { ...good, interval: "ONE_MINUTE", fromdate: "2020-01-01 09:15" },
        { ...good, fromdate: "0001-01-01 00:00", todate: "9999-12-31 23:59" },
        {},
      ]
    ) {
      deepEqual(await cache().ask("candles", body), success("as it is"));
      deepEqual(await cache().ask("openInterest", body), success("as it is"));
    }
  }));

Deno.test("who asks for the same at once gets the same answer; a broken file is as none", () =>
  inFolder(async (folder) => {
    const { broker, cache, rows, names } = stage(folder);
    const body = call("ONE_DAY", "2026-11-16 09:15", "2026-11-18 15:30");
    const one = cache();
    const answers = await Promise.all([1, 2, 3].map(() => one.ask("candles", body)));
    equal(new Set(answers).size, 1);
    equal(broker.asked.length, 1);
    const [series] = [...Deno.readDirSync(folder)];
    const [file, ...more] = [...Deno.readDirSync(`${folder}/${series!.name}`)];
    deepEqual([series!.name, file!.name, more], ["nse-3045-SBIN-EQ", "ONE_DAY-2026.gz", []]);
    await Deno.writeTextFile(`${folder}/${series!.name}/${file!.name}`, "broken");
    equal((await rows(body)).length, 3);
    equal((await rows(body)).length, 3);
    equal(broker.asked.length, 2);
    // The number was given to another instrument.
    names.set("nse:3045", "OTHER-EQ");
    await rows(body);
    equal(broker.asked.length, 3);
  }));

Deno.test("where nothing can be written, each call is answered all the same", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(folder, "a file in the place of the folder");
    const { broker, rows } = stage(folder);
    const body = call("ONE_DAY", "2026-11-16 09:15", "2026-11-18 15:30");
    for (let i = 0; i < 2; i++) equal((await rows(body)).length, 3);
    equal(broker.asked.length, 2);
  }));
