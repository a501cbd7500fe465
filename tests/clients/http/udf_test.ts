import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import type { Entitlement } from "../../../lib/access/entitlement.ts";
import { madeUpBroker } from "../../candles/made_up_broker.ts";
import { Stage } from "../stage.ts";
import { ask, askJson } from "./ask.ts";
import { instruments } from "./instruments.ts";
import { builtInCalendar } from "../../hours.ts";

function stage() {
  const data = madeUpBroker();
  const on = new Stage({ instruments, data, calendar: builtInCalendar() });
  const history = (query: string, more = {}) => {
    // The turn before is over.
    on.clock.advance(1);
    return askJson(on, `/udf/history?symbol=NSE:SBIN-EQ&${query}`, more);
  };
  return { data, on, history };
}

function seconds(time: string): number {
  return Date.parse(`${time}+05:30`) / 1000;
}

Deno.test("/udf/config and /udf/time say what the charts ask first", async () => {
  const { on } = stage();
  const config = await askJson(on, "/udf/config");
  deepEqual(
    new Set(config.supported_resolutions),
    new Set(["1S", "5S", "1", "3", "5", "10", "15", "30", "60", "1D"]),
  );
  deepEqual([config.supports_search, config.supports_group_request, config.supports_time], [
    true,
    false,
    true,
  ]);
  const response = await ask(on, "/udf/time");
  match(response.headers.get("content-type")!, /^text\/plain/);
  equal(await response.text(), String(on.clock.now() / 1000));
});

Deno.test("/udf/symbols tells the tick, the hours and the type; of nobody it is an error in their words", async () => {
  const { on } = stage();
  const share = await askJson(on, "/udf/symbols?symbol=NSE:SBIN-EQ");
  deepEqual(
    [share.name, share.ticker, share.type, share.exchange, share.timezone, share.pricescale, share.minmov],
    ["SBIN-EQ", "nse:3045", "stock", "NSE", "Asia/Kolkata", 100, 5],
  );
  match(share.session, /^0915-15[13][05]$/);
  const future = await askJson(on, "/udf/symbols?symbol=cds:1284");
  deepEqual([future.type, future.pricescale, future.minmov, future.session], [
    "futures",
    10_000,
    25,
    "0900-1700",
  ]);
  const { http, s, errmsg } = await askJson(on, "/udf/symbols?symbol=NOBODY");
  deepEqual([http, s], [200, "error"]);
  ok(errmsg.length > 5);
});

Deno.test("/udf/search finds by words, type and exchange; what it finds is known by its ticker", async () => {
  const { on } = stage();
  const read = async (query: string) => {
    on.clock.advance(1);
    return await (await ask(on, `/udf/search?${query}`)).json();
  };
  const found = await read("query=nifty&limit=5");
  ok(found.length > 1 && found.length <= 5);
  for (const { ticker, symbol } of found) {
    on.clock.advance(1);
    equal((await askJson(on, `/udf/symbols?symbol=${encodeURIComponent(ticker)}`)).name, symbol);
  }
  ok((await read("query=nifty&type=index")).every(({ type }: { type: string }) => type === "index"));
  ok(
    (await read("query=nifty&exchange=NFO")).every(({ exchange }: { exchange: string }) =>
      exchange === "NFO"
    ),
  );
  deepEqual(await read("query="), []);
  deepEqual(await read("query=nifty&exchange=NASDAQ"), []);
});

Deno.test("/udf/history has bars from a moment on and before another one, in seconds", async () => {
  const { history } = stage();
  const [from, to] = [seconds("2026-11-19T09:15:00"), seconds("2026-11-19T10:15:00")];
  const bars = await history(`resolution=5&from=${from}&to=${to}`);
  deepEqual([bars.s, bars.t.length, bars.t[0], bars.t.at(-1)], ["ok", 12, from, to - 300]);
  for (const column of "ohlcv") equal(bars[column].length, 12, column);
});

Deno.test("/udf/history gives as many bars as are wanted, over nights and weekends", async () => {
  const { history } = stage();
  const to = seconds("2026-11-16T09:20:00");
  const bars = await history(`resolution=1&from=${to - 60}&to=${to}&countback=380`);
  deepEqual([bars.t.length, bars.t.at(-1), bars.t[0]], [380, to - 60, seconds("2026-11-13T09:15:00")]);
});

Deno.test("bars of days begin at midnight in UTC, as the charts count", async () => {
  const { history } = stage();
  const [from, to] = [Date.parse("2026-11-16T00:00:00Z") / 1000, Date.parse("2026-11-19T00:00:00Z") / 1000];
  const bars = await history(`resolution=1D&from=${from}&to=${to}`);
  deepEqual(bars.t.map((t: number) => new Date(t * 1000).toISOString()), [
    "2026-11-16T00:00:00.000Z",
    "2026-11-17T00:00:00.000Z",
    "2026-11-18T00:00:00.000Z",
  ]);
});

Deno.test("where there is nothing, the charts are told where to look next, or why", async () => {
  const { history, data, on } = stage();
  const saturday = seconds("2026-11-14T10:00:00");
  const none = await history(`resolution=1&from=${saturday}&to=${saturday + 3_600}`);
  deepEqual([none.s, none.nextTime], ["no_data", seconds("2026-11-13T15:29:00")]);
  const future = Math.floor(on.clock.now() / 1000) + 86_400;
  equal((await history(`resolution=1&from=${future}&to=${future + 60}`)).s, "no_data");
  data.answers.push({ kind: "failed", message: "no way there" });
  deepEqual(await history(`resolution=1&from=${saturday}&to=${saturday + 60}`), {
    http: 200,
    s: "error",
    errmsg: "the broker did not answer: no way there",
  });
  const phone: Entitlement = { name: "phone", exchanges: new Set(["nfo"]) };
  equal((await history("resolution=1", { entitlement: phone })).s, "error");
});
