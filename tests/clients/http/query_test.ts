import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { queryReader } from "../../../lib/clients/http/query.ts";
import { Stage } from "../stage.ts";
import { ask, askJson } from "./ask.ts";
import { anyText } from "../../any_text.ts";

const SHAPE = {
  query: { names: z.array(z.string()).optional(), count: z.number().default(3), word: z.string().optional() },
  path: {},
};

const readThings = queryReader("/things", SHAPE);

function read(query: string): unknown {
  return readThings(new URLSearchParams(query), {});
}

Deno.test("queryReader() splits lists at commas and takes their parameter several times", () => {
  deepEqual(read("names=a, b&names=c"), { names: ["a", "b", "c"], count: 3 });
  deepEqual(read("count=7&word=7"), { count: 7, word: "7" });
});

Deno.test("queryReader() passes over the access token alone", () => {
  deepEqual(read("token=secret"), { count: 3 });
});

Deno.test("queryReader() refuses what it cannot read, and names what would do", () => {
  match(JSON.stringify(read("name=a")), /no parameter .*name.*did you mean .*names/);
  match(JSON.stringify(read("constructor=a")), /no parameter/);
  match(JSON.stringify(read("word=a&word=b")), /is there 2 times/);
  match(JSON.stringify(read("count=seven")), /count/);
});

/** Every route that takes parameters, and an address of it that is right. */
const ADDRESSES = [
  "/quotes?symbols=a",
  "/chain?underlying=a",
  "/candles?symbols=a",
  "/events?symbols=a",
  "/search?query=a",
  "/instruments/nse/1?",
  "/recordings?",
  "/status?",
  "/udf/config?",
  "/udf/time?",
  "/udf/symbols?symbol=a",
  "/udf/search?query=a",
  "/udf/history?symbol=a&resolution=1",
  "/openapi.json?",
  "/asyncapi.json?",
];

Deno.test("every route refuses a parameter that it does not know, the nearest named", async () => {
  const stage = new Stage();
  const routes = new Set(ADDRESSES.map((address) => address.split(/[?]/)[0]!));
  for (const path of stage.pipeline.api.paths) {
    const concrete = path.replace("{exchange}", "nse").replace("{token}", "1");
    ok(routes.has(concrete), `${path} has no address here`);
  }
  for (const address of ADDRESSES) {
    const { http, code, message } = await askJson(stage, `${address}&moed=ltp`);
    deepEqual([http, code], [400, "bad_query"], address);
    match(message, /has no parameter "moed"/);
    const takes = [...message.matchAll(/"(\w+)"/g)].map(([, name]) => name);
    if (takes.includes("mode")) match(message, /did you mean "mode"\?/);
  }
});

Deno.test("no request compiles a schema that an earlier one of its route has compiled", async () => {
  const stage = new Stage();
  const askAll = async () => {
    for (const address of ADDRESSES) {
      const asked = ask(stage, address);
      await stage.pass();
      await (await asked).body?.cancel();
    }
  };
  await askAll();
  const { Function } = globalThis;
  const compiled: string[] = [];
  // zod makes a parser of a schema's text, by this.
  globalThis.Function = new Proxy(Function, {
    construct(target, args) {
      compiled.push(args.at(-1));
      return Reflect.construct(target, args);
    },
  });
  try {
    await askAll();
    deepEqual(compiled, []);
    // It is seen where it happens.
    z.object({ a: z.string() }).safeParse({ a: "b" });
    ok(compiled.length > 0);
  } finally {
    globalThis.Function = Function;
  }
});

Deno.test("wrong values are refused with what would do, whatever the parameter", async () => {
  const stage = new Stage();
  const wrong = {
    "/quotes?symbols=a&mode=full": /ltp, quote, snapquote/,
    "/quotes?symbols=a&format=xml": /json, csv/,
    "/quotes?symbols=a&wait=60000": /10000/,
    "/quotes?symbols=a&wait=-1": /0 to 10000/,
    "/quotes?symbols=": /symbols.*empty/,
    "/quotes?symbols=a,,b": /symbols.*empty/,
    "/quotes": /symbols/,
    "/quotes?tokens=1": /exchange/,
    "/quotes?exchange=nse&tokens=abc": /tokens.*digits/,
    "/quotes?exchange=moon": /moon/,
    [`/quotes?symbols=${Array(501).fill("a").join()}`]: /500/,
    "/candles": /symbols/,
    "/candles?symbols=a&interval=2m": /interval.*1s, 5s, 1m/,
    "/candles?symbols=a&from=yesterday": /from.*2026-11-20 09:15/,
    "/candles?symbols=a&to=2026-02-30": /to.*2026-11-20 09:15/,
    "/candles?symbols=a&from=2026-11-20&to=2026-11-19": /from.*before.*to/,
    "/events?symbols=a&interval=61000": /60000/,
    "/events?symbols=a&interval=1.5": /interval.*whole number/,
    "/quotes?symbols=a&wait=1.5": /wait.*whole number/,
    "/quotes?symbols=a&wait=1e3": /wait.*whole number/,
    "/quotes?symbols=a&wait=": /wait.*whole number/,
    "/search?query=a&limit=2.5": /limit.*whole number/,
    "/search": /query.*missing/,
    "/search?query=%20": /empty/,
    "/search?query=a&limit=1000": /100/,
    "/search?query=a&limit=ten": /number/,
    "/udf/history?symbol=a&resolution=7": /resolution.*one of 1, 3, 5/,
    "/udf/history?symbol=a&resolution=1&from=2026-11-20": /from.*seconds/,
    "/udf/history?symbol=a&resolution=1&countback=0": /countback.*1 to 10000/,
    "/udf/history?resolution=1": /symbol.*missing/,
    "/instruments/moon/1": /moon/,
    "/instruments/nse/abc": /digits/,
  };
  for (const [address, why] of Object.entries(wrong)) {
    const { http, code, message } = await askJson(stage, address);
    deepEqual([http, code], [400, "bad_query"], address);
    match(message, why, address);
  }
});

Deno.test("exchanges are taken by name in any case and by number", async () => {
  const stage = new Stage();
  for (const exchange of ["nse", "NSE", "1"]) {
    equal((await askJson(stage, `/quotes?exchange=${exchange}&wait=0`)).data.length, 2, exchange);
  }
});

Deno.test("whatever is asked for is answered, and a refusal says what would do", async () => {
  const name = fc.constantFrom(
    "symbols",
    "exchange",
    "tokens",
    "mode",
    "wait",
    "format",
    "query",
    "limit",
    "interval",
  );
  const value = fc.oneof(
    anyText({ maxLength: 20 }),
    fc.constantFrom(
      "SBIN",
      "nse",
      "3045",
      "ltp",
      "csv",
      "0",
      "-1",
      "1e9",
      "NaN",
      "",
      ",",
      "a,,b",
      "__proto__",
      "%",
    ),
  );
  const part = anyText({ maxLength: 8 }).map(encodeURIComponent);
  const path = fc.oneof(
    fc.constantFrom("/quotes", "/search", "/status", "/openapi.json", "/asyncapi.json"),
    fc.tuple(fc.oneof(part, fc.constant("nse")), fc.oneof(part, fc.constant("3045")))
      .map(([exchange, token]) => `/instruments/${exchange}/${token}`),
  );
  const stage = new Stage();
  await fc.assert(
    fc.asyncProperty(
      path,
      fc.array(fc.tuple(fc.oneof(name, anyText({ maxLength: 10 })), value), {
        maxLength: 4,
      }),
      async (path, query) => {
        fc.pre(stage.pipeline.api.serves(path));
        const answer = ask(stage, `${path}?${new URLSearchParams(query)}`);
        await stage.drain();
        stage.clock.advance(100_000);
        const response = await answer;
        ok(response.status < 500, `${response.status}`);
        const text = await response.text();
        if (response.ok && response.headers.get("content-type")!.startsWith("text/csv")) return;
        const { status, code, message } = JSON.parse(text);
        if (response.ok) return;
        equal(status, "error");
        ok(code.length > 3 && message.length > 10, text);
      },
    ),
    { numRuns: 50 },
  );
});
