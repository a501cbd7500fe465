import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { parts } from "./parts.ts";

const at = (text: string) => Date.parse(`${text}+05:30`) / 1_000;
const OPENING = at("2026-11-20T09:15");

/** As the proxy sends it: flat, but for its close. */
const candle = (time: number, close: number, more = {}) => ({
  time: time * 1_000,
  open: close,
  high: close,
  low: close,
  close,
  volume: 10,
  origin: "ticks",
  complete: true,
  ...more,
});

// deno-lint-ignore no-explicit-any
const times = (places: any[]) => places.map(({ time }) => (time - OPENING) / 60);

const series = (about = {}) =>
  parts.createCandleHistory({ exchange: "nse", seconds: 60, index: false, ...about });

Deno.test("a tick extends the candle that the proxy has begun, and begins the next one once", () => {
  const candles = series();
  candles.put([candle(OPENING, 100), candle(OPENING + 60, 101, { complete: false })]);
  candles.tick((OPENING + 70) * 1_000, 103);
  candles.tick((OPENING + 75) * 1_000, 99);
  candles.tick((OPENING + 121) * 1_000, 98);
  candles.tick((OPENING + 122) * 1_000, 97);
  const last = candles.places(60).map((
    { time, open, high, low, close, volume }: Record<string, number>,
  ) => [time! - OPENING, open, high, low, close, volume]);
  deepEqual(last, [
    [0, 100, 100, 100, 100, 10],
    [60, 101, 103, 99, 99, 10],
    [120, 98, 98, 97, 97, undefined],
  ]);
  // The proxy's own takes the place of what the ticks have made, and is no second one.
  candles.put([candle(OPENING + 60, 100, { volume: 30 }), candle(OPENING + 120, 97, { complete: false })]);
  deepEqual(times(candles.places(60)), [0, 1, 2]);
  equal(candles.at(60, OPENING + 60).volume, 30);
});

Deno.test("only what changes a candle before the newest one is a mending", () => {
  const candles = series();
  candles.put([candle(OPENING, 100), candle(OPENING + 60, 101)]);
  equal(candles.mended, 0);
  candles.put([candle(OPENING, 100), candle(OPENING + 60, 102)]);
  equal(candles.mended, 0);
  candles.put([candle(OPENING, 99)]);
  equal(candles.mended, 1);
  candles.put([candle(OPENING - 60, 99)]);
  equal(candles.mended, 2);
});

Deno.test("a late tick, and one before the opening, change nothing", () => {
  const candles = series();
  candles.tick((OPENING - 30) * 1_000, 90);
  equal(candles.count(60), 0);
  candles.put([candle(OPENING + 60, 101)]);
  candles.tick((OPENING + 59) * 1_000, 90);
  deepEqual(times(candles.places(60)), [1]);
  equal(candles.last(60).low, 101);
});

Deno.test("holes are places without a candle, of an outage only beside one that was not seen whole; nights are none", () => {
  const candles = series();
  const next = at("2026-11-23T09:15");
  candles.put([
    candle(OPENING, 100),
    candle(OPENING + 180, 101, { complete: false }),
    candle(OPENING + 300, 101),
    candle(OPENING + 420, 101),
    candle(next, 102, { complete: false }),
  ]);
  const places = candles.places(60);
  deepEqual(
    places.map(({ outage, close }: Record<string, unknown>) => outage ? "x" : close ? "c" : ".").join(""),
    "cxxcxc.cc",
  );
  equal(places[3].holed, true);
  // The one that is being made is not to blame for what has not happened yet.
  equal(places.at(-1).holed, false);
});

Deno.test("what is no candle is none, and an index trades nothing", () => {
  const candles = series({ index: true });
  candles.put([null, {}, candle(OPENING, NaN), candle(OPENING, 100, { high: "1" }), candle(OPENING, 100)]);
  candles.put("candles");
  deepEqual(candles.places(60).map(({ close, volume }: Record<string, number>) => [close, volume]), [[
    100,
    undefined,
  ]]);
});

Deno.test("candles are counted from the opening of their exchange, in India's days", () => {
  const { candleTime } = parts;
  const begins = (exchange: string, seconds: number, time: string) =>
    candleTime({ exchange, seconds, time: at(time) });
  equal(begins("nse", 3_600, "2026-11-20T10:14:59"), OPENING);
  equal(begins("nse", 3_600, "2026-11-20T10:15"), OPENING + 3_600);
  equal(begins("nfo", 1_800, "2026-11-20T15:29:59"), at("2026-11-20T15:15"));
  equal(begins("mcx", 3_600, "2026-11-20T10:15"), at("2026-11-20T10:00"));
  equal(begins("nse", 60, "2026-11-20T09:14:59"), undefined);
  equal(begins("nse", 86_400, "2026-11-20T09:00"), at("2026-11-20T00:00"));
});

Deno.test("the VWAP curve begins anew each day, and ends where a day's volume is not known whole", () => {
  const minute = (time: string, price: number, volume?: number, more = {}) => ({
    time: Date.parse(`2026-11-${time}:00+05:30`) / 1_000,
    high: price + 1,
    low: price - 1,
    close: price,
    volume,
    ...more,
  });
  const day = [minute("19T15:28", 10, 100), minute("19T15:29", 20, 300)];
  deepEqual(parts.vwapsOf(day), [10, 17.5]);
  const next = [minute("20T09:15", 30, 0), minute("20T09:16", 40, 10), { time: day[0]!.time + 86_400 }];
  deepEqual(parts.vwapsOf([...day, ...next]), [10, 17.5, undefined, 40, undefined]);
  for (const bad of [minute("19T15:29", 20), minute("19T15:29", 20, 5, { holed: true })]) {
    const values = parts.vwapsOf([day[0], bad, minute("19T15:30", 20, 5), minute("20T09:15", 30, 1)]);
    deepEqual(values, [10, undefined, undefined, 30]);
  }

  // The newest candle comes again with more in it, and is counted once.
  const drawn: unknown[] = [];
  const line = {
    setData: (items: unknown) => drawn.push(items),
    update: (item: unknown) => drawn.push(item),
  };
  const curve = parts.createVwap({ add: () => line, timeOf: ({ time }: { time: number }) => time });
  curve.set([day[0]]);
  for (const volume of [undefined, 100, 300]) curve.update({ ...day[1], volume });
  curve.update(minute("19T15:30", 20, 400));
  const [[, ...begun]] = [drawn];
  deepEqual(begun.map((item) => (item as { value?: number }).value), [undefined, 15, 17.5, 18.75]);

  // The library would join the ends over a night and over places without a value, with a line that means nothing.
  const broken = (place: number) => (drawn.at(place) as { color?: string }).color;
  drawn.length = 0;
  curve.set([...day, ...next]);
  deepEqual((drawn[0] as { color?: string }[]).map(({ color }) => color), [
    undefined,
    "transparent",
    undefined,
    undefined,
    undefined,
  ]);
  drawn.length = 0;
  curve.set(day);
  for (const volume of [undefined, 5]) curve.update({ ...next[0]!, volume });
  deepEqual(drawn.slice(1), [{ time: next[0]!.time }, { ...(drawn[0] as unknown[])[1]! }, {
    time: next[0]!.time,
    value: 30,
  }]);
  equal(broken(-2), "transparent");
  for (const [minutes, volume] of [[1, undefined], [2, 5]] as const) {
    curve.update({ ...next[0]!, time: next[0]!.time + 60 * minutes, volume });
  }
  deepEqual(
    drawn.slice(4).map((item) => (item as { value?: number }).value),
    [undefined, undefined],
    "the rest of a day that is not known whole has no curve",
  );
});

Deno.test("averages are of the last candles, over holes, and of none where there are fewer", () => {
  const places = [{ close: 1 }, { close: 2 }, {}, { close: 6 }, { close: 10 }];
  deepEqual(parts.averagesOf(places, 2), [undefined, 1.5, undefined, 4, 8]);
  equal(parts.averageOf([1, 2, 6, 10], 2), 8);
  equal(parts.averageOf([1], 2), undefined);
  // Both ways agree, for candles of the page and of the proxy.
  const own = parts.createCandles();
  const proxys = series();
  for (let i = 0; i < 5; i++) own.add({ time: (OPENING + i * 60) * 1_000, price: i });
  proxys.put([0, 1, 2, 3, 4].map((i) => candle(OPENING + i * 60, i)));
  for (const candles of [own, proxys]) {
    deepEqual(candles.closes(60, OPENING + 180, 3), [1, 2, 3]);
    deepEqual(candles.closes(60, OPENING + 180, 30), [0, 1, 2, 3]);
  }
});

// deno-lint-ignore no-explicit-any
type Asked = { command: any; options: any; settle: PromiseWithResolvers<unknown> };

function setUpHistory() {
  let now = (OPENING + 600) * 1_000;
  const asked: Asked[] = [];
  let draws = 0;
  const history = parts.createHistory({
    ask(command: unknown, options: unknown) {
      const settle = Promise.withResolvers();
      asked.push({ command, options, settle });
      return settle.promise;
    },
    changed: () => draws++,
    now: () => now,
  });
  const row = { key: "nse:3045", exchange: "nse", index: false };
  return {
    history,
    row,
    asked,
    wait: (ms: number) => now += ms,
    draws: () => draws,
    async answer(i: number, candles: unknown[], result = {}) {
      asked[i]!.options.part({ type: "candle_data", data: [{ instrument: "nse:3045", candles }] });
      asked[i]!.options.part({ type: "progress", done: 1, total: 1 });
      asked[i]!.settle.resolve({ status: "success", results: [result] });
      await Promise.resolve();
      await Promise.resolve();
    },
  };
}

Deno.test("the chosen row's candles are asked for once, then the newest ones every five seconds", async () => {
  const { history, row, asked, wait, answer, draws } = setUpHistory();
  const view = history.show(row, 60);
  history.beat();
  history.beat();
  equal(asked.length, 1);
  deepEqual(asked[0]!.command, {
    command: "candles",
    exchange: "nse",
    tokens: ["3045"],
    interval: "1m",
    from: "2026-11-15",
  });
  equal(view.state, "loading");
  await answer(0, [0, 1, 2, 3].map((i) => candle(OPENING + i * 60, 100)), {
    missing: "the broker did not answer",
  });
  deepEqual([view.state, view.why, view.candles.count(), draws()], [
    "ready",
    "the broker did not answer",
    4,
    1,
  ]);
  history.beat();
  equal(asked.length, 1);
  wait(5_000);
  history.beat();
  equal(asked[1]!.command.from, (OPENING + 60) * 1_000);
  await answer(1, []);
  equal(view.why, undefined);
});

Deno.test("on a Sunday the days before the last day of prices are asked for", () => {
  const commands: { from: string }[] = [];
  const history = parts.createHistory({
    ask(command: { from: string }) {
      commands.push(command);
      return new Promise(() => {});
    },
    changed() {},
    now: () => at("2026-11-22T12:00") * 1_000,
    today: () => at("2026-11-20T15:30") * 1_000,
  });
  history.show({ key: "nse:3045", exchange: "nse", index: false }, 60);
  history.beat();
  equal(commands[0]!.from, "2026-11-15");
});

Deno.test("ticks count from the answer on, of the chosen row only; another row's late answer goes nowhere", async () => {
  const { history, row, asked, answer } = setUpHistory();
  const view = history.show(row, 60);
  history.beat();
  const tick = { ...row, exchangeTime: (OPENING + 61) * 1_000, price: 105 };
  history.ticked(tick);
  equal(view.candles.count(), 0);
  await answer(0, [candle(OPENING, 100)]);
  history.ticked({ ...tick, key: "bse:500112" });
  equal(view.candles.count(), 1);
  history.ticked(tick);
  equal(view.candles.last().close, 105);
  const other = history.show(row, 300);
  ok(other !== view);
  equal(history.show(row, 300), other);
  equal(other.candles.count(), 0);
  history.beat();
  equal(asked.at(-1)!.command.interval, "5m");
  equal(history.show(undefined, 300), undefined);
  await answer(1, [candle(OPENING, 100)]);
  history.beat();
  equal(asked.length, 2);
});

Deno.test("a refusal is told, and asked again only half a minute later; what is there stays through one", async () => {
  const { history, row, asked, wait, answer } = setUpHistory();
  const view = history.show(row, 60);
  const refuse = async (i: number, message: string, more = {}) => {
    asked[i]!.settle.reject(Object.assign(new Error(message), more));
    await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
    await Promise.resolve();
  };
  history.beat();
  await refuse(0, "This token may not have it", { answer: {} });
  deepEqual([view.state, view.why], ["failed", "This token may not have it"]);
  wait(5_000);
  history.beat();
  equal(asked.length, 1);
  wait(25_000);
  history.beat();
  await answer(1, [candle(OPENING, 100)]);
  equal(view.state, "ready");
  wait(5_000);
  history.beat();
  await refuse(2, "The connection was lost before the answer came");
  deepEqual([view.state, view.candles.count()], ["ready", 1]);
});
