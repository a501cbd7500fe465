import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import type { Entitlement } from "../../../lib/access/entitlement.ts";
import { readMoment } from "../../../lib/clients/moments.ts";
import { madeUpBroker } from "../../candles/made_up_broker.ts";
import { quoteTick } from "../../ticks.ts";
import { Stage } from "../stage.ts";
import { ask, askJson } from "./ask.ts";
import { instruments } from "./instruments.ts";

function stage() {
  const data = madeUpBroker();
  return { data, stage: new Stage({ instruments, data }) };
}

const YESTERDAY = "from=2026-11-19&to=2026-11-19";

Deno.test("/candles answers a day in each of its lengths, the same market each time", async () => {
  const { stage: on } = stage();
  const minutes = (await askJson(on, `/candles?symbols=SBIN&${YESTERDAY}`)).data[0].candles;
  equal(minutes.length, 375);
  for (
    const [interval, count] of [["3m", 125], ["5m", 75], ["10m", 38], ["15m", 25], ["30m", 13], ["1h", 7], [
      "1d",
      1,
    ]]
  ) {
    // The turn is over.
    on.clock.advance(1);
    const { data: [row] } = await askJson(on, `/candles?symbols=SBIN&interval=${interval}&${YESTERDAY}`);
    equal(row.candles.length, count, `${interval}`);
    equal(row.candles[0].open, minutes[0].open);
    equal(row.candles.at(-1).close, minutes.at(-1).close);
  }
});

Deno.test("today is made longer whose lengths the broker did not tell, and is subscribed for a while", async () => {
  const { stage: on, data } = stage();
  const { data: [row] } = await askJson(on, "/candles?symbols=SBIN&interval=15m");
  deepEqual(
    row.candles.map(({ time }: { time: number }) => new Date(time + 19_800_000).toISOString().slice(11, 16)),
    [
      "09:15",
      "09:30",
      "09:45",
    ],
  );
  equal(on.demand.get("nse:3045"), "quote");
  await askJson(on, "/candles?symbols=SBIN&interval=1h&from=2026-11-20");
  equal(data.asked.length, 1);
  on.pipeline.leases.stop();
});

Deno.test("seconds are those that were seen since they were asked for", async () => {
  const { stage: on } = stage();
  deepEqual((await askJson(on, "/candles?symbols=SBIN&interval=1s")).data[0].candles, []);
  for (const [second, price, volume] of [[1, 800, 1_000], [2, 801, 1_010], [7, 802, 1_030]] as const) {
    on.clock.advance(1_000 * second - (on.clock.elapsed() % 10_000));
    const now = on.clock.now();
    on.upstream.tick(quoteTick("nse:3045", price, { exchangeTime: now, receivedAt: now, volume }));
  }
  const { data: [row] } = await askJson(on, "/candles?symbols=SBIN&interval=5s");
  const seen = row.candles.map((
    { close, volume, complete, origin }: Record<string, unknown>,
  ) => [close, volume, complete, origin]);
  deepEqual(seen, [[801, 10, false, "ticks"], [802, 20, false, "ticks"]]);
  on.pipeline.leases.stop();
});

Deno.test("a table has a line for each candle, and one for what was refused", async () => {
  const { stage: on } = stage();
  const response = await ask(on, `/candles?symbols=SBIN,NOBODY&interval=1h&${YESTERDAY}&format=csv`);
  match(response.headers.get("content-type")!, /^text\/csv/);
  const lines = (await response.text()).trim().split("\r\n");
  equal(lines.length, 1 + 7 + 1);
  match(lines[0]!, /^asked,instrument,symbol,interval,time,timestamp,open,high,low,close,volume,/);
  match(lines[1]!, /^SBIN,nse:3045,SBIN-EQ,1h,\d+,2026-11-19 09:15:00,/);
  match(lines.at(-1)!, /^NOBODY,.*,live,/);
});

Deno.test("what is too much is refused before anyone is asked", async () => {
  const { stage: on, data } = stage();
  for (
    const [address, why] of [
      ["/candles?symbols=SBIN&interval=1m&from=2020-01-01", /250000/],
      [`/candles?symbols=${Array.from({ length: 51 }, (_, i) => `N${i}`).join()}`, /50/],
    ] as const
  ) {
    const { http, code, message } = await askJson(on, address);
    deepEqual([http, code], [400, "bad_query"]);
    match(message, why);
  }
  equal(data.asked.length, 0);
});

Deno.test("rights count: other exchanges are refused, and a token for the stream alone sees nothing of the broker's", async () => {
  const { stage: on, data } = stage();
  const only: Entitlement = { name: "phone", exchanges: new Set(["nfo"]) };
  const refused = await askJson(on, `/candles?symbols=SBIN&${YESTERDAY}`, { entitlement: only });
  deepEqual([refused.http, refused.code], [403, "not_allowed"]);
  const stream: Entitlement = { name: "tv", rest: false };
  const { data: [row] } = await askJson(on, `/candles?symbols=SBIN&${YESTERDAY}`, { entitlement: stream });
  deepEqual(row.candles, []);
  ok(row.missing);
  equal(data.asked.length, 0);
});

Deno.test("a moment is read in all its forms, and nothing else is one", () => {
  const nine = Date.parse("2026-11-20T09:15:00+05:30");
  const day = { from: Date.parse("2026-11-20T00:00:00+05:30"), to: Date.parse("2026-11-21T00:00:00+05:30") };
  for (
    const form of [
      nine,
      nine / 1000,
      `${nine}`,
      "2026-11-20 09:15",
      "2026-11-20T09:15:00",
      "2026-11-20T09:15:00+05:30",
      "2026-11-20T03:45:00Z",
      " 2026-11-20 09:15:00.000 ",
    ]
  ) {
    deepEqual(readMoment(form), { from: nine, to: nine }, `${form}`);
  }
  deepEqual(readMoment("2026-11-20"), day);
  for (
    const form of [
      "",
      "today",
      "2026-02-30",
      "2026-13-01 09:15",
      "2026-11-20 25:00",
      "20/11/2026",
      "-5",
      "1e3",
      "9".repeat(16),
    ]
  ) {
    equal(readMoment(form), undefined, form);
  }
});
