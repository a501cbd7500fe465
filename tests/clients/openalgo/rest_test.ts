import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { ANYONE, type Entitlement } from "../../../lib/access/entitlement.ts";
import { madeUpBroker } from "../../candles/made_up_broker.ts";
import { pageOf } from "../../documented.ts";
import { snapQuoteTick } from "../../ticks.ts";
import type { StageOptions } from "../stage.ts";
import { stageOf } from "./openalgo_stage.ts";

type Body = Record<string, unknown>;

async function posting(entitlement: Entitlement = ANYONE, options: StageOptions = {}) {
  const on = await stageOf({ ...options, watchlist: new Map([["nse", ["3045", "99999999"]]]) });
  const { stage } = on;
  const shown: string[] = [];
  /** Makes a call as a plugin does. */
  async function post(path: string, body: unknown, method = "POST"): Promise<Body> {
    const calls = stage.pipeline.rest.find((each) => each.serves(path))!;
    const request = new Request(`http://localhost${path}`, {
      method,
      ...method === "POST" ? { body: typeof body === "string" ? body : JSON.stringify(body) } : {},
    });
    const response = calls.answer(request, path, {
      peer: "127.0.0.1",
      signIn: (tokens) => {
        shown.push(...tokens);
        return Promise.resolve(tokens.includes("wrong") ? undefined : { entitlement });
      },
    });
    for (let i = 0; i < 5; i++) await stage.pass(1_000);
    const answer = await response;
    return { http: answer.status, ...await answer.json() };
  }
  const quote = (symbol: string, exchange: string) =>
    post("/api/v1/quotes", { apikey: "k", symbol, exchange });
  return { ...on, post, quote, shown };
}

Deno.test("ping, quotes and symbols are answered in OpenAlgo's shapes", async () => {
  await using on = await posting();
  const { stage, post, quote, shown } = on;
  deepEqual(await post("/api/v1/ping", { apikey: "k" }), {
    http: 200,
    status: "success",
    data: { message: "pong", broker: "angel" },
  });
  deepEqual(shown, ["k"]);
  deepEqual((await post("/api/v1/symbols", undefined, "GET")).data, [
    { symbol: "SBIN", exchange: "NSE" },
    { symbol: "99999999", exchange: "NSE" },
  ]);
  const waiting = quote("SBIN", "NSE");
  await stage.pass(100);
  const now = stage.clock.now();
  stage.upstream.tick(snapQuoteTick("nse:3045", 812.35, {
    exchangeTime: now,
    receivedAt: now,
    open: 800,
    high: 820,
    low: 799,
    close: 801,
    volume: 1_000,
    openInterest: 0,
    bids: [{ price: 812.3, quantity: 1, orders: 1 }],
    asks: [{ price: 812.4, quantity: 1, orders: 1 }],
  }));
  deepEqual(await waiting, {
    http: 200,
    status: "success",
    data: {
      open: 800,
      high: 820,
      low: 799,
      ltp: 812.35,
      ask: 812.4,
      bid: 812.3,
      prev_close: 801,
      volume: 1_000,
      oi: 0,
      timestamp: now,
      freshness: "live",
    },
  });
});

Deno.test("without a price of now there is none, and why is said", async () => {
  await using on = await posting();
  const { stage, post, quote } = on;
  const none = await quote("SBIN", "NSE");
  deepEqual([none.http, none.status], [503, "error"]);
  match(String(none.message), /no price of now: waiting for the first tick/);
  const now = stage.clock.now();
  stage.upstream.tick(snapQuoteTick("nse:3045", 812.35, { exchangeTime: now, receivedAt: now }));
  equal((await quote("SBIN", "NSE")).http, 200);
  stage.upstream.up = undefined;
  const cause = { kind: "network", message: "cut" } as const;
  stage.upstream.event({ kind: "down", since: now, cause, keys: ["nse:3045"] });
  const stale = await quote("SBIN", "NSE");
  deepEqual([stale.http, stale.data], [503, undefined]);
  match(String((await quote("SBINN", "NSE")).message), /SBINN.*did you mean .*SBIN/);
  equal((await quote("", "NSE")).http, 400);
  equal((await post("/api/v1/quotes", "{")).http, 400);
});

Deno.test("no order passes, no wrong key either, and who may not have an exchange does not get it", async () => {
  await using on = await posting({ name: "few", exchanges: new Set(["mcx"]) });
  const { stage, post, quote } = on;
  for (const path of ["placeorder", "cancelallorder", "funds", "quotes/more"]) {
    const refused = await post(`/api/v1/${path}`, { apikey: "k" });
    deepEqual([refused.http, refused.status], [404, "error"], path);
    match(String(refused.message), /takes no orders/);
  }
  const wrong = await post("/api/v1/ping", { apikey: "wrong" });
  deepEqual([wrong.http, wrong.status], [403, "error"]);
  ok(!JSON.stringify(wrong).includes("wrong"));
  equal((await quote("SBIN", "NSE")).http, 404);
  deepEqual((await post("/api/v1/symbols", { apikey: "k" })).data, []);
  equal(stage.demand.size, 0);
});

Deno.test("the call of the doc is answered", async () => {
  await using on = await posting();
  const [block] = pageOf("openalgo.md").blocks("sh");
  const [, body, path] = /^curl --json '(.*)' http:\/\/localhost:8765(\S+)\n$/.exec(block!)!;
  const answering = on.post(path!, body!);
  await on.stage.pass(100);
  const now = on.stage.clock.now();
  on.stage.upstream.tick(snapQuoteTick("nse:3045", 812.35, { exchangeTime: now, receivedAt: now }));
  const { status, data } = await answering;
  deepEqual([status, (data as Body).ltp], ["success", 812.35]);
});

Deno.test("history is candles with Unix seconds, and says what of a request is wrong", async () => {
  const data = madeUpBroker(() => Date.parse("2026-11-27T10:00:00+05:30"));
  await using on = await posting(ANYONE, { data });
  const { post } = on;
  const ask = (more: Body) =>
    post("/api/v1/history", {
      apikey: "k",
      symbol: "SBIN",
      exchange: "NSE",
      interval: "5m",
      start_date: "2026-11-26",
      end_date: "2026-11-26",
      ...more,
    });
  const { http, status, data: rows } = await ask({}) as { http: number; status: string; data: Body[] };
  deepEqual([http, status, rows.length], [200, "success", 75]);
  const first = rows[0]!;
  equal(first.timestamp, Date.parse("2026-11-26T09:15:00+05:30") / 1_000);
  ok(Number(first.low) <= Number(first.open) && Number(first.open) <= Number(first.high));
  equal((await ask({ interval: "D", start_date: "2026-11-25" }) as { data: Body[] }).data.length, 2);
  for (
    const [more, http, words] of [
      [{ interval: "7m" }, 400, /interval is one of 1s, .*D$/],
      [{ start_date: "26-11-2026" }, 400, /such as 2026-11-20/],
      [{ end_date: "2026-11-25" }, 400, /after end_date/],
      [{ interval: "1s", start_date: "2025-11-26" }, 400, /at most 250000/],
      [{ symbol: "SBINN" }, 404, /did you mean/],
      [{ exchange: "" }, 400, /are needed/],
    ] as const
  ) {
    const refused = await ask(more);
    equal(refused.http, http, JSON.stringify(refused));
    match(String(refused.message), words);
  }
});
