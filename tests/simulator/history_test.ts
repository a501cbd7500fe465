import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { istDate, istMidnight } from "../../lib/market/ist.ts";
import { type InstrumentKey, keyOf } from "../../lib/market/market.ts";
import { type CandleInterval, type CandleRow, firstMinuteOf } from "../../lib/smartapi/candle_request.ts";
import { candlesOf } from "../../lib/simulator/history.ts";
import {
  FIRST_LIST,
  type SimulatedInstrument,
  simulatedInstruments,
} from "../../lib/simulator/instruments.ts";
import { listedShares } from "../../lib/simulator/listed_shares.ts";
import { SimulatedMarket } from "../../lib/simulator/market.ts";
import { withOptionChains } from "../../lib/simulator/option_chains.ts";
import { lastMinuteOf, MINUTE_MS } from "../../lib/simulator/trading_hours.ts";
import { atOnce } from "../../lib/util/pace.ts";
import { seededRandom } from "../fakes.ts";

const ist = (time: string) => Date.parse(`${time}+05:30`);

/** In the session, after it, at night, on a weekend, and on a Monday before the opening. */
const STARTS = [
  "2026-11-20T10:00:30",
  "2026-11-20T15:45:00",
  "2026-11-20T23:59:00",
  "2026-11-21T12:00:00",
  "2026-11-23T08:00:00",
].map(ist);

/** The market of the demo. */
function marketAt(at: number) {
  const instruments = [...withOptionChains(simulatedInstruments(at), at), ...listedShares(at)];
  const byKey = new Map(instruments.map((each) => [keyOf(each.exchange, each.token), each]));
  const market = new SimulatedMarket(instruments, seededRandom(7));
  const rows = (
    { exchange, token }: SimulatedInstrument,
    interval: CandleInterval,
    from: number,
    now: number,
  ): CandleRow[] => {
    const request = { exchange, token, interval, from: minute(from), to: minute(now) };
    const parts = { now, traded: market.traded, find: (key: InstrumentKey) => byKey.get(key) };
    return atOnce(candlesOf(byKey.get(keyOf(exchange, token))!, request, parts));
  };
  return { instruments, market, rows };
}

const minute = (ms: number) => new Date(ms + 5.5 * 3_600_000).toISOString().slice(0, 16).replace("T", " ");

Deno.test("every instrument of the demo: the day before ends at the previous close, and today joins the live price", () => {
  for (const [i, at] of STARTS.entries()) {
    const { instruments, market, rows } = marketAt(at);
    // One of each kind at each start; the many shares and strikes are spread over the starts.
    const kinds = new Set(FIRST_LIST);
    const some = instruments.filter(({ exchange, token }, j) =>
      kinds.has(keyOf(exchange, token)) || j % STARTS.length === i
    );
    for (const each of some) {
      const key = keyOf(each.exchange, each.token);
      const live = market.peek(key, at)!;
      const where = `${key} ${each.symbol}, started ${minute(at)}`;
      const days = rows(each, "ONE_DAY", at - 4 * 86_400_000, at);
      const before = days.filter(([time]) => time.slice(0, 10) < istDate(at));
      equal(before.at(-1)?.[4], live.close, where);
      const today = days.find(([time]) => time.startsWith(istDate(at)));
      if (today === undefined) continue;
      const [, open, high, low, close, volume] = today;
      // An option goes on losing time within the minute, and after trading.
      if (each.model === undefined) equal(close, each.price, where);
      deepEqual([open, volume], [live.open, live.volume], where);
      ok(live.low! <= low && high <= live.high!, where);
      if (each.model === undefined) deepEqual([high, low], [live.high, live.low], where);
      ok(live.volume === 0 || low <= live.averagePrice! && live.averagePrice! <= high, where);
    }
  }
});

Deno.test("what is traded goes on where the made-up minutes end, and is the next day's previous close", () => {
  const [at] = STARTS as [number];
  const { instruments, market, rows } = marketAt(at);
  const some = instruments.filter((_, i) => i % 50 === 0 || FIRST_LIST.length > i);
  for (const each of some) {
    const key = keyOf(each.exchange, each.token);
    for (let time = at + 5_000; time < at + 3 * MINUTE_MS; time += 5_000) market.move(key, time);
  }
  const now = at + 4 * MINUTE_MS;
  for (const each of some) {
    const key = keyOf(each.exchange, each.token);
    const minutes = rows(each, "ONE_MINUTE", istMidnight(at), now);
    const opening = istMidnight(at) + firstMinuteOf(each.exchange) * MINUTE_MS;
    deepEqual(
      minutes.map(([time]) => Date.parse(time)),
      minutes.map((_, i) => opening + i * MINUTE_MS),
      key,
    );
    // A small change of the index is a large one of an option.
    for (const [i, [, open]] of each.contract?.strike === undefined ? minutes.entries() : []) {
      const before = minutes[i - 1]?.[4] ?? open;
      ok(
        Math.abs(open - before) <= Math.max(0.01 * before, 5 * each.tickSize),
        `${each.symbol} ${open} ${before}`,
      );
    }
    const live = market.peek(key, now)!;
    const [day] = rows(each, "ONE_DAY", istMidnight(at), now);
    equal(day![5], live.volume, key);
    ok(live.low! <= day![3] && day![2] <= live.high!, key);
  }
  const midnight = istMidnight(at) + 86_400_000;
  market.newDay();
  for (const each of instruments) {
    const live = market.peek(keyOf(each.exchange, each.token), midnight)!;
    equal(rows(each, "ONE_DAY", istMidnight(at), midnight).at(-1)![4], live.close, each.symbol);
  }
});

Deno.test("a contract's made-up candles follow what it follows", () => {
  const [at] = STARTS as [number];
  const { instruments, rows } = marketAt(at);
  const share = instruments.find(({ symbol }) => symbol === "TITAN-EQ")!;
  const future = instruments.find(({ contract }) => contract?.underlying === "TITAN")!;
  const from = at - 40 * 86_400_000;
  const closes = rows(share, "ONE_DAY", from, at).map((row) => row[4]);
  const parts = rows(future, "ONE_DAY", from, at).map((row, i) => row[4] / closes[i]!);
  ok(parts.length > 20 && parts.every((part) => part > 1 && part < 1.02), String(parts));
  equal(lastMinuteOf(future.exchange), lastMinuteOf(share.exchange));
});

Deno.test("the demo lists some 500 instruments beside two option chains, and its first list has twelve of every kind", () => {
  for (const at of STARTS) {
    const { instruments } = marketAt(at);
    const keys = new Set(instruments.map(({ exchange, token }) => keyOf(exchange, token)));
    equal(keys.size, instruments.length);
    equal(
      new Set(instruments.map(({ exchange, symbol }) => `${exchange}:${symbol}`)).size,
      instruments.length,
    );
    ok(instruments.filter(({ contract }) => contract?.strike === undefined).length > 450);
    deepEqual([FIRST_LIST.length, FIRST_LIST.filter((key) => !keys.has(key))], [12, []]);
  }
});

Deno.test("made-up candles look like a market: prices walk, nights are short, and a candle has wicks", () => {
  const [at] = STARTS as [number];
  const { instruments, rows } = marketAt(at);
  const deviation = (values: readonly number[]) =>
    Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
  for (const symbol of ["SBIN-EQ", "Nifty 50", "TITAN-EQ"]) {
    const each = instruments.find((one) => one.symbol === symbol)!;
    const minutes = rows(each, "ONE_MINUTE", at - 28 * 86_400_000, istMidnight(at));
    const days = Map.groupBy(minutes, ([time]) => time.slice(0, 10)).values().toArray();
    const moves = (step: number) =>
      days.flatMap((day) =>
        day.slice(step).map(([, , , , close], i) => (i % step === 0 ? close / day[i]![4] - 1 : 0))
          .filter((move) => move !== 0)
      );
    // Of a walk the square of the way grows as the time does; of swings between two bounds it does not grow.
    for (const step of [5, 30]) {
      const ratio = deviation(moves(step)) ** 2 / (step * deviation(moves(1)) ** 2);
      ok(ratio > 0.6 && ratio < 1.6, `${symbol}: ${ratio} in ${step} minutes`);
    }
    const daily = deviation(days.slice(1).map((day, i) => day.at(-1)![4] / days[i]!.at(-1)![4] - 1));
    ok(daily > 0.004 && daily < 0.03, `${symbol}: ${daily} a day`);
    const nights = deviation(days.slice(1).map((day, i) => day[0]![1] / days[i]!.at(-1)![4] - 1));
    ok(nights < daily, `${symbol}: ${nights} a night, ${daily} a day`);
    const wicks = minutes.filter(([, open, high, low, close]) =>
      high > Math.max(open, close) || low < Math.min(open, close)
    );
    ok(wicks.length > minutes.length / 2, `${symbol}: ${wicks.length} of ${minutes.length}`);
  }
});
