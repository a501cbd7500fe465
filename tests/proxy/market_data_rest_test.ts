import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import {
  DATA_CALLS,
  type DataAnswer,
  type DataBody,
  type DataCallName,
} from "../../lib/smartapi/data_calls.ts";
import { FakeClock } from "../fakes.ts";
import { restCall } from "./rest_call.ts";
import { Rig, type RigProxyOptions } from "./rig.ts";

const TOKEN = "phone-secret-0123456789";

function guarded(clock: FakeClock, rights: Record<string, unknown> = {}) {
  const entries = readTokens(JSON.stringify([{ name: "phone", sha256: digestOf(TOKEN), ...rights }]));
  return new AccessList(clock, entries);
}

/** A rig whose broker is asked for nothing but what a test answers. */
async function startWith(answer: (call: DataCallName, body: DataBody) => DataAnswer, proxy: RigProxyOptions) {
  const asked: [DataCallName, DataBody][] = [];
  const data = {
    ask(call: DataCallName, body: DataBody) {
      asked.push([call, body]);
      return Promise.resolve(answer(call, body));
    },
  };
  return { rig: await Rig.start({ proxy: { data, ...proxy } }), asked };
}

async function ask(rig: Rig, name: DataCallName, body: DataBody = {}, headers: Record<string, string> = {}) {
  const { method, path } = DATA_CALLS[name];
  const answer = await restCall(rig, path, { headers, ...method === "GET" ? {} : { body } });
  return {
    ...answer,
    json: answer.type.startsWith("application/json") ? JSON.parse(answer.text) : undefined,
  };
}

/** Asks for quotes until they are from there. */
async function untilFrom(rig: Rig, source: string, body: DataBody): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const answer = await ask(rig, "quote", body);
    if (answer.source === source) return;
  }
  throw new Error(`never from ${source}`);
}

const CANDLES = {
  exchange: "NSE",
  symboltoken: "3045",
  interval: "ONE_HOUR",
  fromdate: "2026-11-18 09:15",
  todate: "2026-11-18 15:30",
};

Deno.test("each call for market data is answered by the broker, with the proxy's one login", async () => {
  await using rig = await Rig.start();
  const bodies: Readonly<Partial<Record<DataCallName, DataBody>>> = {
    candles: CANDLES,
    openInterest: { ...CANDLES, exchange: "NFO", symboltoken: "68392" },
    quote: { mode: "FULL", exchangeTokens: { NSE: ["11536"] } },
    ltp: { exchange: "NSE", tradingsymbol: "TCS-EQ", symboltoken: "11536" },
    searchScrip: { exchange: "NSE", searchscrip: "SBIN" },
    optionGreeks: { name: "NIFTY", expirydate: "29DEC2026" },
    gainersLosers: { datatype: "PercPriceGainers", expirytype: "NEAR" },
    openInterestBuildup: { datatype: "Long Built Up", expirytype: "NEAR" },
  };
  for (const name of Object.keys(DATA_CALLS) as DataCallName[]) {
    const { status, source, json } = await ask(rig, name, bodies[name]);
    deepEqual([status, source, json.status, json.message], [200, "broker", true, "SUCCESS"], name);
    ok(JSON.stringify(json.data).length > 20, name);
    equal(rig.simulator.control.stats().restCalls[name], 1, name);
  }
  equal(rig.simulator.control.stats().logins.length, 1);
  // Their addresses are written in any of the SDKs' ways; nothing else than reading passes.
  const { path } = DATA_CALLS.quote;
  const quote = { body: bodies.quote };
  equal(JSON.parse((await restCall(rig, `/${path}/?x=1`, quote)).text).status, true);
  const { text } = await restCall(rig, path, { ...quote, method: "PUT" });
  equal(JSON.parse(text).errorcode, "AB2000");
});

Deno.test("all clients share one budget: who would wait too long is refused by the proxy, in the broker's words", async () => {
  await using rig = await Rig.start();
  // While the clock is turned by hand, calls arrive in other distances than they are sent.
  rig.simulator.control.set({ rateLimits: false });
  await rig.until(() => rig.simulator.control.stats().sockets > 0);
  const { path } = DATA_CALLS.searchScrip;
  const body = JSON.stringify({ exchange: "NSE", searchscrip: "SBIN" });
  let done = false;
  const answers = Promise.all(Array.from({ length: 12 }, async () => {
    const response = await fetch(`http://127.0.0.1:${rig.proxy.port}${path}`, { method: "POST", body });
    return [response.status, response.headers.get("content-type"), await response.text()] as const;
  })).finally(() => done = true);
  await rig.until(() => done);
  const refused = (await answers).filter(([status]) => status !== 200);
  ok(refused.length > 0 && refused.length < 12, String(refused.length));
  for (const answer of refused) {
    deepEqual(answer, [403, "text/plain", "Access denied because of exceeding access rate"]);
  }
  equal(rig.simulator.control.stats().restCalls.searchScrip, 12 - refused.length);
});

Deno.test("of a client's call the parameters are passed on, and nothing else", async () => {
  const success = (text: string): DataAnswer => ({ kind: "answer", status: 200, type: "x", text });
  const { rig, asked } = await startWith(() => success('{"status":true,"data":[]}'), {});
  await using _rig = rig;
  const { type, text, source } = await ask(rig, "candles", CANDLES, { "x-privatekey": "mine" });
  deepEqual([type, text, source], ["application/json", '{"status":true,"data":[]}', "broker"]);
  deepEqual(asked, [["candles", CANDLES]]);
});

Deno.test("what the broker says is passed on as it is, but pages are not", async () => {
  let answer: DataAnswer = { kind: "busy" };
  const { rig } = await startWith(() => answer, {});
  await using _rig = rig;
  const heard = async (given: DataAnswer) => {
    answer = given;
    const { status, type, json, text } = await ask(rig, "candles", CANDLES);
    return [status, type, json?.errorcode ?? text];
  };
  const refusal = '{"status":false,"message":"x","errorcode":"AB1004","data":null}';
  const from = (status: number, text: string, type = "text/html"): DataAnswer => ({
    ...{ kind: "answer", status, type, text },
  });
  deepEqual(await heard(from(200, refusal)), [200, "application/json", "AB1004"]);
  deepEqual(await heard(from(400, refusal)), [400, "application/json", "AB1004"]);
  const throttled = "Access denied because of exceeding access rate";
  deepEqual(await heard(from(403, throttled)), [403, "text/plain", throttled]);
  deepEqual(await heard(from(502, "<html>")), [200, "application/json", "AB2001"]);
  deepEqual(await heard(from(200, "<script>alert(1)</script>")), [200, "application/json", "AB2001"]);
  deepEqual(await heard(from(403, "<html>Forbidden</html>")), [200, "application/json", "AB2001"]);
  deepEqual(await heard({ kind: "failed", message: "no DNS answer" }), [200, "application/json", "AB2001"]);
});

Deno.test("a quote of what is subscribed in snapquote is the last packet, in the broker's shape, and asks nobody", async () => {
  await using rig = await Rig.start();
  rig.simulator.control.set({ rateLimits: false });
  const client = await rig.connect();
  client.send({ command: "subscribe", symbols: ["NSE:SBIN-EQ"], mode: "snapquote" });
  client.send({ command: "subscribe", exchange: "nfo", tokens: ["68392"], mode: "snapquote" });
  const both = { NSE: ["3045"], NFO: ["68392"] };
  await untilFrom(rig, "stream", { mode: "FULL", exchangeTokens: both });
  const calls = rig.simulator.control.stats().restCalls.quote;
  const { json: mixed, source } = await ask(rig, "quote", {
    mode: "FULL",
    exchangeTokens: { NSE: ["3045", "11536", "4"] },
  });
  equal(source, "stream, broker");
  const [known, asked] = mixed.data.fetched;
  deepEqual([known.tradingSymbol, asked.tradingSymbol], ["SBIN-EQ", "TCS-EQ"]);
  deepEqual(Object.keys(known), Object.keys(asked));
  deepEqual(mixed.data.unfetched.map((each: { symbolToken: string }) => each.symbolToken), ["4"]);
  equal(rig.simulator.control.stats().restCalls.quote, (calls ?? 0) + 1);
  for (const mode of ["LTP", "OHLC"]) {
    const { json, source } = await ask(rig, "quote", { mode, exchangeTokens: both });
    deepEqual([source, json.data.fetched.length, json.data.unfetched], ["stream", 2, []]);
  }
  const ltp = await ask(rig, "ltp", { exchange: "NSE", tradingsymbol: "SBIN-EQ", symboltoken: "3045" });
  deepEqual([ltp.source, ltp.json.data.tradingsymbol], ["stream", "SBIN-EQ"]);
  equal(rig.simulator.control.stats().restCalls.ltp, undefined);
});

Deno.test("what is subscribed in another mode, or is stale, is asked for", async () => {
  await using rig = await Rig.start();
  rig.simulator.control.set({ rateLimits: false });
  const client = await rig.connect();
  client.send({ command: "subscribe", symbols: ["NSE:SBIN-EQ"], mode: "quote" });
  await rig.until(() => client.messages.some(({ type }) => type === "market_data"));
  const body = { mode: "OHLC", exchangeTokens: { NSE: ["3045"] } };
  equal((await ask(rig, "quote", body)).source, "broker");
  client.send({ command: "subscribe", symbols: ["NSE:SBIN-EQ"], mode: "snapquote" });
  await untilFrom(rig, "stream", body);
  rig.simulator.control.set({ refuseHandshake: { status: 500, times: 1_000 } });
  rig.simulator.control.dropSockets();
  await untilFrom(rig, "broker", body);
});

Deno.test("an access token is good for its exchanges, and for REST unless it says otherwise", async () => {
  const clock = new FakeClock();
  const access = guarded(clock, { exchanges: ["nse"] });
  await using rig = await Rig.start({ clock, proxy: { access } });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const code = async (name: DataCallName, body?: DataBody, given = headers) =>
    (await ask(rig, name, body, given)).json.errorcode;
  equal(await code("candles", CANDLES), "");
  for (
    const [name, body] of [
      ["candles", { ...CANDLES, exchange: "MCX" }],
      ["candles", { ...CANDLES, exchange: undefined }],
      ["quote", { mode: "LTP", exchangeTokens: { NSE: ["3045"], NFO: ["68392"] } }],
      // The broker may take the one or the other.
      ["candles", { ...CANDLES, Exchange: "MCX" }],
      ["candles", { ...CANDLES, exchange: ["NSE", "MCX"] }],
      ["quote", { mode: "LTP", exchangeTokens: { NSE: ["3045"] }, exchangetokens: { MCX: ["574841"] } }],
      ["searchScrip", { exchange: "nfo", searchscrip: "NIFTY" }],
      ["optionGreeks", { name: "NIFTY" }],
      ["putCallRatio", undefined],
      ["bseIntraday", undefined],
    ] as const
  ) equal(await code(name, body), "AB2000", JSON.stringify(body));
  equal((await ask(rig, "candles", CANDLES)).json.errorCode, "AG8003");
  equal((await ask(rig, "candles", CANDLES, { authorization: "x" })).json.errorCode, "AG8001");
  access.replace(readTokens(JSON.stringify([{ name: "phone", sha256: digestOf(TOKEN), rest: false }])));
  const { json } = await ask(rig, "candles", CANDLES, headers);
  deepEqual([json.status, json.errorcode], [false, "AB2000"]);
  match(json.message, /proxy/);
});

Deno.test("where REST is not shared, calls for market data are refused in the proxy's name", async () => {
  await using rig = await Rig.start({ proxy: { data: undefined } });
  for (const name of Object.keys(DATA_CALLS) as DataCallName[]) {
    const { json } = await ask(rig, name, CANDLES);
    deepEqual([json.status, json.errorcode], [false, "AB2000"]);
    match(json.message, /proxy.*SHARE_REST/);
  }
  equal(rig.simulator.control.stats().restCalls.candles, undefined);
});
