import { deepStrictEqual as deepEqual, ok, rejects, strictEqual as equal } from "node:assert/strict";
import type { Candle } from "../../lib/candles/candle.ts";
import { type CandleQuery, CandleService } from "../../lib/candles/candle_service.ts";
import { keyOf } from "../../lib/market/market.ts";
import { readCandleRequest } from "../../lib/smartapi/candle_request.ts";
import type { DataAnswer, DataBody, DataSource } from "../../lib/smartapi/data_calls.ts";
import { candlesOf } from "../../lib/simulator/history.ts";
import { atOnce } from "../../lib/util/pace.ts";
import { FakeClock } from "../fakes.ts";
import { hoursOfPhase } from "../hours.ts";
import { SIMULATED_INSTRUMENTS } from "../simulator/simulated.ts";
import { quoteTick } from "../ticks.ts";

const KEY = keyOf("nse", "3045");

const SBIN = SIMULATED_INSTRUMENTS.find(({ token, exchange }) => token === "3045" && exchange === "nse")!;

/** A minute in which nothing is traded. */
const UNTRADED = "2026-11-20T10:03";

function at(time: string): number {
  return Date.parse(`${time.includes(" ") ? time.replace(" ", "T") : `2026-11-20T${time}`}:00+05:30`);
}

/** A service whose broker has made-up candles, and remembers what it was asked for. */
function stage({ start = "10:00", broker = true } = {}) {
  const clock = new FakeClock(at(start));
  const asked: string[] = [];
  const answers: (DataAnswer | undefined)[] = [];
  const data: DataSource = {
    ask(_call: string, body: DataBody) {
      asked.push(`${body.interval} ${body.fromdate} ${body.todate}`);
      const rows = atOnce(candlesOf(SBIN, readCandleRequest(body)!, { now: clock.now() }))
        .filter(([time]) => !time.startsWith(UNTRADED));
      const text = JSON.stringify({ status: true, message: "SUCCESS", errorcode: "", data: rows });
      return Promise.resolve(
        answers.shift() ?? { kind: "answer", status: 200, type: "application/json", text },
      );
    },
  };
  const service = new CandleService({
    clock,
    hours: () => hoursOfPhase("open"),
    ...broker ? { data } : {},
  });
  let volume = 1_000;
  return {
    clock,
    asked,
    answers,
    service,
    trade(time: string, price: number) {
      const receivedAt = Date.parse(`2026-11-20T${time}+05:30`);
      clock.advance(Math.max(0, receivedAt - clock.now()));
      volume += 10;
      service.seen.tick(quoteTick(KEY, price, { exchangeTime: receivedAt, receivedAt, volume }), false);
    },
    async read(interval: CandleQuery["interval"], from: string, to: string, more: Partial<CandleQuery> = {}) {
      const candles: Candle[] = [];
      const parts: string[] = [];
      let missing: string | undefined;
      const query = { key: KEY, interval, from: at(from), to: at(to), broker: true, ...more };
      for await (const part of service.read(query)) {
        candles.push(...part.candles);
        parts.push(`${part.done}/${part.total}`);
        missing ??= part.missing;
      }
      return { candles, parts, missing };
    },
  };
}

Deno.test("a year of minutes is asked for in calls of so many days as the broker gives, oldest first", async () => {
  const { asked, read } = stage();
  const { candles, parts } = await read("1m", "2025-11-20 00:00", "2026-11-20 00:00");
  equal(asked.length, 13);
  equal(asked[0], "ONE_MINUTE 2025-11-20 00:00 2025-12-19 23:59");
  equal(asked.at(-1), "ONE_MINUTE 2026-11-15 00:00 2026-11-19 23:59");
  deepEqual(parts, Array.from({ length: 13 }, (_, i) => `${i + 1}/13`));
  equal(candles.length, 261 * 375);
  ok(candles.every(({ time }, i) => i === 0 || time > candles[i - 1]!.time));
  ok(candles.every(({ origin, complete }) => origin === "broker" && complete));
});

Deno.test("today is asked for once, and goes on with what is seen; what was not seen is asked for again", async () => {
  const { asked, read, trade, service } = stage({ start: "10:00" });
  trade("10:00:30", 800);
  const origins = async () => {
    const { candles } = await read("1m", "09:55", "12:00");
    return candles.map(({ time, origin, complete }) =>
      `${new Date(time + 5.5 * 3_600_000).toISOString().slice(11, 16)} ${origin}${complete ? "" : " …"}`
    );
  };
  const early = ["09:55 broker", "09:56 broker", "09:57 broker", "09:58 broker", "09:59 broker"];
  deepEqual(await origins(), early);
  equal(asked.length, 1);
  trade("10:00:40", 801);
  trade("10:01:10", 802);
  trade("10:02:59", 803);
  trade("10:04:01", 804);
  deepEqual(await origins(), [...early, "10:00 broker", "10:01 ticks", "10:02 ticks", "10:04 ticks …"]);
  // The minute in which it began to see was asked for, nothing else since; where nothing was traded there is no candle.
  equal(asked.length, 2);
  trade("10:05:01", 805);
  await origins();
  equal(asked.length, 2);
  service.seen.lost([KEY], at("10:05"));
  trade("10:08:20", 806);
  trade("10:09:20", 807);
  deepEqual((await origins()).slice(-6), [
    "10:04 ticks",
    "10:05 broker",
    "10:06 broker",
    "10:07 broker",
    "10:08 broker",
    "10:09 ticks …",
  ]);
  equal(asked.length, 3);
});

Deno.test("longer candles are counted from the opening and are whole when all their parts are", async () => {
  const { read, trade } = stage({ start: "10:00" });
  trade("10:00:30", 800);
  for (let minute = 1; minute <= 31; minute++) {
    trade(`10:${String(minute).padStart(2, "0")}:05`, 800 + minute);
  }
  const { candles } = await read("15m", "09:15", "12:00");
  deepEqual(
    candles.map(({ time, origin, complete }) => [
      new Date(time + 5.5 * 3_600_000).toISOString().slice(11, 16),
      origin,
      complete,
    ]),
    [
      ["09:15", "broker", true],
      ["09:30", "broker", true],
      ["09:45", "broker", true],
      ["10:00", "mixed", true],
      ["10:15", "ticks", true],
      ["10:30", "ticks", false],
    ],
  );
  deepEqual([candles[4]!.open, candles[4]!.high, candles[4]!.close, candles[4]!.volume], [
    815,
    829,
    829,
    150,
  ]);
  const [day] = (await read("1d", "00:00", "12:00")).candles;
  deepEqual([day!.close, day!.complete, day!.origin], [831, false, "mixed"]);
});

Deno.test("without the broker there is what was seen, and a word about the rest", async () => {
  const { read, trade } = stage({ broker: false });
  trade("10:00:30", 800);
  trade("10:01:30", 801);
  trade("10:02:30", 802);
  const { candles, missing } = await read("1m", "2026-11-19 09:15", "12:00");
  deepEqual(candles.map(({ close, complete }) => [close, complete]), [[801, true], [802, false]]);
  ok(missing);
});

Deno.test("who may not ask the broker is shown nothing of it", async () => {
  const { read, trade, asked } = stage();
  trade("10:00:30", 800);
  trade("10:01:30", 801);
  await read("1m", "09:15", "12:00");
  const { candles } = await read("1m", "09:15", "12:00", { broker: false });
  deepEqual(candles.map(({ origin }) => origin), ["ticks"]);
  equal(asked.length, 1);
});

Deno.test("a refusal is told, what there is is given, and the broker is not asked again at once", async () => {
  const { answers, asked, read, clock } = stage();
  const refusal = '{"status":false,"message":"Something Went Wrong","errorcode":"AB1004","data":null}';
  answers.push({ kind: "answer", status: 200, type: "application/json", text: refusal });
  const { candles, missing } = await read("1m", "09:15", "12:00");
  deepEqual([candles, missing], [[], "the broker refused: AB1004 Something Went Wrong"]);
  equal((await read("1m", "09:15", "12:00")).missing, missing);
  equal(asked.length, 1);
  clock.advance(30_001);
  equal((await read("1m", "09:15", "12:00")).candles.length, 45);
});

Deno.test("a call that has no turn waits for one, and can be called off meanwhile", async () => {
  const { answers, service, clock, asked } = stage();
  answers.push({ kind: "busy" }, { kind: "busy" });
  const abort = new AbortController();
  const query = {
    key: KEY,
    interval: "1d",
    from: at("2026-11-16 00:00"),
    to: at("2026-11-20 00:00"),
    broker: true,
  } as const;
  const first = service.read(query, { signal: abort.signal }).next();
  await clock.advanceAsync(1_000);
  equal(asked.length, 1);
  await clock.advanceAsync(1_500);
  equal(asked.length, 2);
  abort.abort(new Error("enough"));
  await rejects(first, /enough/);
  equal(clock.pending, 0);
  equal((await service.read(query).next()).value!.candles.length, 4);
});

Deno.test("the work of reading is done in the reader's turns, also where it asks for a month of minutes", async () => {
  const { service } = stage();
  for (
    const [from, to, most] of [["2026-11-20 00:00", "2026-11-21 00:00", 1], [
      "2026-10-20 00:00",
      "2026-11-20 00:00",
      100,
    ]] as const
  ) {
    let turns = 0;
    let inside = 0;
    const turn = async <Made>(piece: () => Made): Promise<Made> => {
      await Promise.resolve();
      turns++;
      inside++;
      try {
        return piece();
      } finally {
        inside--;
      }
    };
    let count = 0;
    for await (
      const { candles } of service.read({
        key: KEY,
        interval: "1m",
        from: at(from),
        to: at(to),
        broker: true,
      }, { turn })
    ) {
      count += candles.length;
      equal(inside, 0);
    }
    ok(turns >= Math.max(1, count / 1_500), `${turns} turns for ${count} candles`);
    ok(turns <= most);
  }
});

Deno.test("hours are looked up for a stretch of time, and not for each of its candles", () => {
  const clock = new FakeClock(at("09:15"));
  let looked = 0;
  const service = new CandleService({
    clock,
    hours() {
      looked++;
      return hoursOfPhase("open");
    },
  });
  for (let minute = 0; minute < 300; minute++) {
    clock.advance(60_000);
    const now = clock.now();
    service.seen.tick(
      quoteTick(KEY, 100 + minute, { exchangeTime: now, receivedAt: now, volume: minute }),
      false,
    );
  }
  looked = 0;
  const query = { key: KEY, interval: "1m", from: at("09:15"), to: clock.now() + 1, broker: true } as const;
  ok(service.local(query).length >= 299);
  ok(looked <= 5, `${looked} looks`);
});
