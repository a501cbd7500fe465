import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { CANDLE_INTERVALS, type CandleRow } from "../../lib/smartapi/candle_request.ts";
import { DATA_CALLS, type DataBody, type DataCallName } from "../../lib/smartapi/data_calls.ts";
import { HEADERS, Stage } from "./stage.ts";

/** A simulator that was logged in at. */
async function start(): Promise<Stage & { ask: (name: DataCallName, body?: DataBody) => Promise<Answer> }> {
  const stage = await Stage.start();
  const { jwtToken } = await stage.login();
  const headers = { ...HEADERS, Authorization: `Bearer ${jwtToken}` };
  const ask = (name: DataCallName, body: DataBody = {}) => {
    stage.clock.advance(1_100);
    return stage.post(DATA_CALLS[name].path, body, headers);
  };
  return Object.assign(stage, { ask });
}

type Answer = Awaited<ReturnType<Stage["post"]>>;

function candles(interval: string, fromdate: string, todate: string, more: DataBody = {}): DataBody {
  return { exchange: "NSE", symboltoken: "3045", interval, fromdate, todate, ...more };
}

Deno.test("candles of each interval tell of the same market, each time", async () => {
  await using stage = await start();
  const day = ["2026-11-18 09:15", "2026-11-18 15:30"] as const;
  const rows = async (interval: string): Promise<CandleRow[]> =>
    (await stage.ask("candles", candles(interval, ...day))).json.data;
  const minutes = await rows("ONE_MINUTE");
  equal(minutes.length, 375);
  deepEqual(minutes.slice(0, 2).map(([time]) => time), [
    "2026-11-18T09:15:00+05:30",
    "2026-11-18T09:16:00+05:30",
  ]);
  deepEqual(await rows("ONE_MINUTE"), minutes);
  for (const [i, [, open, high, low, close, volume]] of minutes.entries()) {
    ok(low <= Math.min(open, close) && Math.max(open, close) <= high && volume >= 0, `minute ${i}`);
    if (i > 0) equal(open, minutes[i - 1]![4]);
  }
  for (const [interval, { minutes: step }] of Object.entries(CANDLE_INTERVALS)) {
    const longer = await rows(interval);
    equal(longer.length, Math.ceil(375 / step), interval);
    for (const [i, [, open, high, low, close, volume]] of longer.entries()) {
      const parts = minutes.slice(i * step, (i + 1) * step);
      const sum = parts.reduce((all, each) => all + each[5], 0);
      deepEqual([open, high, low, close, volume], [
        parts[0]![1],
        Math.max(...parts.map((each) => each[2])),
        Math.min(...parts.map((each) => each[3])),
        parts.at(-1)![4],
        sum,
      ], `${interval} ${i}`);
    }
  }
});

Deno.test("candles of a range are those within it; of the future, of weekends and of strangers there are none", async () => {
  await using stage = await start();
  const times = async (body: DataBody) => {
    const { json } = await stage.ask("candles", body);
    equal(json.status, true);
    return (json.data as CandleRow[]).map(([time]) => time.slice(0, 16));
  };
  deepEqual(await times(candles("ONE_HOUR", "2026-11-18 10:00", "2026-11-18 12:15")), [
    "2026-11-18T10:15",
    "2026-11-18T11:15",
    "2026-11-18T12:15",
  ]);
  const days = await times(candles("ONE_DAY", "2026-11-13 09:15", "2026-12-31 15:30"));
  deepEqual(days.slice(0, 2), ["2026-11-13T00:00", "2026-11-16T00:00"]);
  ok(days.at(-1)! <= new Date(stage.clock.now()).toISOString().slice(0, 16), String(days));
  deepEqual(
    await times(candles("ONE_DAY", "2026-11-16 09:15", "2026-11-17 15:30", { symboltoken: "1" })),
    [],
  );
  const mcx = { exchange: "MCX", symboltoken: "574841" };
  equal((await times(candles("ONE_MINUTE", "2026-11-18 09:00", "2026-11-18 23:30", mcx))).length, 870);
});

Deno.test("more days than are documented, and calls that make no sense, are refused", async () => {
  await using stage = await start();
  const code = async (name: DataCallName, body: DataBody) => (await stage.ask(name, body)).json.errorcode;
  equal(await code("candles", candles("ONE_MINUTE", "2026-10-18 09:15", "2026-11-17 09:15")), "");
  equal(await code("candles", candles("ONE_MINUTE", "2026-10-18 09:15", "2026-11-17 09:16")), "AB1004");
  for (const body of [{}, candles("TWO_MINUTE", "2026-11-18 09:15", "2026-11-18 15:30")]) {
    equal(await code("candles", body), "AB1004");
    equal(await code("openInterest", body), "AB1004");
  }
  equal(await code("quote", { mode: "HALF", exchangeTokens: { NSE: ["3045"] } }), "AB1004");
  const many = Array.from({ length: 51 }, (_, i) => String(i));
  equal(await code("quote", { mode: "LTP", exchangeTokens: { NSE: many } }), "AB1004");
  equal(await code("ltp", { exchange: "NSE", symboltoken: "1" }), "AB9019");
  equal(await code("optionGreeks", { name: "GOLD", expirydate: "29DEC2026" }), "AB9019");
  equal(await code("gainersLosers", { datatype: "All", expirytype: "NEAR" }), "AB1004");
  equal(await code("openInterestBuildup", { datatype: "Long Built Up", expirytype: "" }), "AB1004");
});

Deno.test("quotes in three modes hold together, and what nobody knows is named", async () => {
  await using stage = await start();
  const quote = async (mode: string) => {
    const body = { mode, exchangeTokens: { NSE: ["3045", "4"], NFO: ["68392"] } };
    return (await stage.ask("quote", body)).json.data;
  };
  const { fetched: [share, future], unfetched } = await quote("FULL");
  deepEqual([share.tradingSymbol, share.symbolToken, future.exchange], ["SBIN-EQ", "3045", "NFO"]);
  deepEqual(unfetched, [{
    exchange: "NSE",
    symbolToken: "4",
    message: "Symbol token not found",
    errorCode: "AB4018",
  }]);
  ok(share.low <= share.ltp && share.ltp <= share.high && share.ltp <= share.upperCircuit);
  match(share.exchFeedTime, /^\d{2}-Nov-2026 \d{2}:\d{2}:\d{2}$/);
  deepEqual([share.depth.buy.length, share.depth.sell.length], [5, 5]);
  ok(future.opnInterest > 0);
  deepEqual(Object.keys((await quote("LTP")).fetched[0]), [
    "exchange",
    "tradingSymbol",
    "symbolToken",
    "ltp",
  ]);
  equal(Object.keys((await quote("OHLC")).fetched[0]).length, 8);
  const { data } = (await stage.ask("ltp", { exchange: "NSE", symboltoken: "3045" })).json;
  deepEqual([data.tradingsymbol, data.ltp], ["SBIN-EQ", share.ltp]);
});

Deno.test("the other lists have the broker's fields", async () => {
  await using stage = await start();
  const first = async (name: DataCallName, body?: DataBody) => {
    const { json } = await stage.ask(name, body);
    equal(json.status, true, name);
    return json.data[0];
  };
  deepEqual(await first("searchScrip", { exchange: "NSE", searchscrip: "sbin" }), {
    exchange: "NSE",
    tradingsymbol: "SBIN-EQ",
    symboltoken: "3045",
  });
  const greek = await first("optionGreeks", { name: "NIFTY", expirydate: "29DEC2026" });
  ok(Object.values(greek).every((value) => typeof value === "string"), JSON.stringify(greek));
  equal(greek.strikePrice, "24800.000000");
  const loser = await first("gainersLosers", { datatype: "PercPriceLosers", expirytype: "NEAR" });
  ok(loser.percentChange < 0 && typeof loser.symbolToken === "number");
  const built = await first("openInterestBuildup", { datatype: "Short Covering", expirytype: "NEAR" });
  ok(Number(built.percentChange) > 0 && Number(built.netChangeOpnInterest) < 0);
  ok((await first("putCallRatio")).pcr > 0);
  const body = {
    ...candles("FIVE_MINUTE", "2026-11-18 09:15", "2026-11-18 15:30"),
    exchange: "NFO",
    symboltoken: "68392",
  };
  deepEqual(Object.keys(await first("openInterest", body)), ["time", "oi"]);
});

for (
  const [name, { limits: { second, minute } }] of Object.entries<
    { limits: { second: number; minute?: number } }
  >(DATA_CALLS)
) {
  Deno.test(`${name}: more than ${second} a second, or ${minute ?? "any number"} a minute, are refused as text`, async () => {
    await using stage = await start();
    const { path } = DATA_CALLS[name as DataCallName];
    const { jwtToken } = await stage.login();
    const headers = { ...HEADERS, Authorization: `Bearer ${jwtToken}` };
    const statuses: number[] = [];
    for (let i = 0; i <= second; i++) statuses.push((await stage.post(path, {}, headers)).status);
    deepEqual(statuses, [...Array(second).fill(200), 403]);
    const { type, text } = await stage.post(path, {}, headers);
    deepEqual([type, text], ["text/plain", "Access denied because of exceeding access rate"]);
    if (minute === undefined) return;
    stage.clock.advance(60_001);
    let good = 0;
    for (let passed = 0; passed < 60; passed++) {
      for (let i = 0; i < second; i++) if ((await stage.post(path, {}, headers)).status === 200) good++;
      stage.clock.advance(1_000);
    }
    equal(good, Math.min(minute, 60 * second));
  });
}
