import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { INTERVALS } from "../../lib/candles/interval.ts";
import { DATA_CALLS } from "../../lib/smartapi/data_calls.ts";
import { restCall } from "../proxy/rest_call.ts";
import { Rig } from "../proxy/rig.ts";

type Row = [number, number, number, number, number, number];

interface Candle {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly open_interest?: number;
  readonly origin: string;
  readonly complete: boolean;
}

async function ask(rig: Rig, path: string) {
  let text: string | undefined;
  fetch(`http://127.0.0.1:${rig.proxy.port}${path}`).then(async (response) => text = await response.text());
  await rig.until(() => text !== undefined);
  return JSON.parse(text!);
}

async function candles(rig: Rig, symbol: string, interval: string): Promise<Candle[]> {
  const { data: [row] } = await ask(
    rig,
    `/candles?symbols=${encodeURIComponent(symbol)}&interval=${interval}&from=2026-11-20`,
  );
  equal(row.missing, undefined);
  return row.candles;
}

/** The broker's candles of today, as a program of the broker's asks for them. */
async function brokers(rig: Rig, exchange: string, symboltoken: string, interval: string): Promise<Row[]> {
  const { path } = DATA_CALLS.candles;
  const body = { exchange, symboltoken, interval, fromdate: "2026-11-20 00:00", todate: "2026-11-20 23:59" };
  const { text } = await restCall(rig, path, { body });
  const { data } = JSON.parse(text);
  return data.map(([time, ...numbers]: [string, ...number[]]) => [Date.parse(time), ...numbers] as Row);
}

function rowOf({ time, open, high, low, close, volume }: Candle): Row {
  return [time, open, high, low, close, volume];
}

Deno.test("candles of ticks are the broker's own, to the last digit, in every length", async () => {
  await using rig = await Rig.start({ start: "2026-11-20T09:58:40+05:30", simulator: { rate: 10 } });
  const client = await rig.connect();
  client.send({ command: "subscribe", symbols: ["NSE:SBIN-EQ", "MCX:574841"], mode: "snapquote" });
  client.send({ command: "subscribe", symbols: ["NIFTY 50"], mode: "ltp" });
  await rig.until(() => client.ticks.length > 3);
  await rig.pass(200_000, 2_000);
  for (
    const [symbol, exchange, token] of [["SBIN", "NSE", "3045"], ["MCX:574841", "MCX", "574841"], [
      "NIFTY 50",
      "NSE",
      "99926000",
    ]]
  ) {
    for (const [interval, facts] of Object.entries(INTERVALS)) {
      if (!("broker" in facts) || (symbol !== "SBIN" && interval !== "1m")) continue;
      const own = await candles(rig, symbol!, interval);
      const theirs = new Map(
        (await brokers(rig, exchange!, token!, facts.broker)).map((row) => [row[0], row]),
      );
      const whole = own.filter(({ complete }) => complete);
      const begun = Date.parse("2026-11-20T09:58:40+05:30");
      if (interval === "1m") {
        ok(whole.filter(({ origin }) => origin === "ticks").length >= 2, `${symbol}`);
        ok(whole.some(({ origin }) => origin === "broker"), `${symbol}`);
      }
      for (const candle of whole) deepEqual(rowOf(candle), theirs.get(candle.time), `${symbol} ${interval}`);
      const expected = [...theirs.values()].filter(([time]) => time + facts.ms <= begun);
      deepEqual(own.filter(({ time }) => time + facts.ms <= begun).map(rowOf), expected);
    }
  }
  const [future] = (await candles(rig, "MCX:574841", "1m")).slice(-1);
  ok(future!.open_interest !== undefined);
});
