import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { candlesAnswer } from "../../../lib/clients/http/schemas/candles.ts";
import { instrumentAnswer, searchAnswer } from "../../../lib/clients/http/schemas/instruments.ts";
import { quotesAnswer } from "../../../lib/clients/http/schemas/quotes.ts";
import { errorAnswer, statusAnswer } from "../../../lib/clients/http/schemas/status.ts";
import { udfBars, udfConfig, udfSymbol } from "../../../lib/clients/http/schemas/udf.ts";
import { ltpTick, snapQuoteTick } from "../../ticks.ts";
import { Stage } from "../stage.ts";
import { ask, askJson, type Body } from "./ask.ts";
import { instruments } from "./instruments.ts";

async function describe(): Promise<{ stage: Stage; document: Body }> {
  const stage = new Stage({ instruments });
  const { http, ...document } = await askJson(stage, "/openapi.json");
  equal(http, 200);
  return { stage, document };
}

Deno.test("/openapi.json is OpenAPI 3.1, and describes every route with every parameter", async () => {
  const { stage, document } = await describe();
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  ok(valid, JSON.stringify(errors));
  deepEqual([document.openapi.slice(0, 3), document.info.version], ["3.1", "1.2.3"]);
  deepEqual(Object.keys(document.paths), [...stage.pipeline.api.paths]);
  const ids = new Set(Object.values<Body>(document.paths).map(({ get }) => get.operationId));
  equal(ids.size, stage.pipeline.api.paths.length);
  for (const [path, { get }] of Object.entries<Body>(document.paths)) {
    for (const { name, description } of get.parameters) ok(description?.length > 5, `${path} ${name}`);
    const named = get.parameters.filter((each: Body) => each.in === "query").map(({ name }: Body) => name);
    const concrete = path.replace("{exchange}", "nse").replace("{token}", "1");
    const { message } = await askJson(stage, `${concrete}?none`);
    const taken = [...message.split("It takes")[1].matchAll(/"(\w+)"/g)].map(([, name]) => name);
    deepEqual(named, taken);
  }
});

Deno.test("every reference in the description leads somewhere", async () => {
  const { document } = await describe();
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)];
  ok(references.length > 10);
  for (const [, path] of references) {
    const found = path!.split("/").reduce((part: Body | undefined, name) => part?.[name], document);
    ok(found !== undefined, path!);
  }
});

Deno.test("limits, defaults and choices are described as they are checked", async () => {
  const { stage, document } = await describe();
  for (const [path, { get }] of Object.entries<Body>(document.paths)) {
    const required: string[] = get.parameters.filter((each: Body) => each.required && each.in === "query")
      .map(({ name, schema }: Body) =>
        name === "underlying" ? "underlying=NIFTY" : `${name}=${schema.enum?.[0] ?? "a"}`
      );
    const first = ["/quotes", "/candles", "/events"].includes(path)
      ? ["symbols=SBIN", "exchange=nse"]
      : required;
    const status = async (given: string) => {
      const concrete = path.replace("{exchange}", "nse").replace("{token}", "3045");
      const others = first.filter((each) => !each.startsWith(given.split("=")[0]!));
      const answer = ask(stage, `${concrete}?${[...others, given].join("&")}`, { method: "HEAD" });
      await stage.drain();
      // Far enough for the longest wait, and for the limits to have room again.
      stage.clock.advance(15_000);
      return (await answer).status;
    };
    for (const { name, in: place, schema } of get.parameters) {
      if (place === "path") continue;
      for (const choice of schema.enum ?? []) equal(await status(`${name}=${choice}`), 200, name);
      if (schema.enum !== undefined) equal(await status(`${name}=other`), 400, name);
      if (schema.type !== "integer") continue;
      equal(await status(`${name}=${schema.maximum}`), 200, name);
      equal(await status(`${name}=${schema.minimum}`), 200, name);
      equal(await status(`${name}=${schema.maximum + 1}`), 400, name);
      equal(await status(`${name}=${schema.minimum - 1}`), 400, name);
      if (!("default" in schema)) continue;
      ok(schema.minimum <= schema.default && schema.default <= schema.maximum, name);
    }
  }
});

Deno.test("every field of every answer is described", async () => {
  const stage = new Stage({ instruments });
  const names = "SBIN,RELIANCE,TCS,NOBODY,RELIANC";
  await askJson(stage, `/quotes?symbols=${names}&mode=snapquote&wait=0`);
  stage.upstream.tick(snapQuoteTick("nse:3045", 800, {
    receivedAt: stage.clock.now(),
    bids: [{ price: 799.5, quantity: 10, orders: 2 }],
  }));
  stage.upstream.tick(ltpTick("nse:2885", 1_400, { receivedAt: stage.clock.now() }));
  const down = new Stage({ instruments, upstream: { state: "down", reason: "gone" } });
  const cases = [
    [quotesAnswer, await askJson(stage, `/quotes?symbols=${names}&mode=snapquote&wait=0`)],
    [quotesAnswer, await askJson(stage, "/quotes?symbols=SBIN&mode=ltp&wait=0")],
    [candlesAnswer, await askJson(stage, "/candles?symbols=SBIN,NOBODY")],
    [searchAnswer, await askJson(stage, "/search?query=nifty&limit=100")],
    [searchAnswer, await askJson(stage, "/search?query=reliance")],
    [instrumentAnswer, await askJson(stage, "/instruments/nfo/63915")],
    [statusAnswer, await askJson(stage, "/status")],
    [statusAnswer, await askJson(down, "/status")],
    [udfConfig, await askLater(stage, "/udf/config")],
    [udfSymbol, await askLater(stage, "/udf/symbols?symbol=SBIN")],
    [udfSymbol, await askLater(stage, "/udf/symbols?symbol=NOBODY")],
    [udfBars, await askLater(stage, "/udf/history?symbol=SBIN&resolution=1")],
    [errorAnswer, await askJson(stage, "/quotes?symbols=RELIANC,NOBODY")],
    [errorAnswer, await askJson(stage, "/quotes?symbol=SBIN")],
    [errorAnswer, await askJson(stage, "/instruments/nse/9")],
  ] as const;
  for (const [schema, { http: _, ...answer }] of cases) {
    // A schema drops what it does not know.
    deepEqual(schema.parse(answer), answer);
  }
  ok(cases[0]![1].data[0].bids.length > 0);
});

/** In a turn of its own: each has only so much room. */
function askLater(stage: Stage, address: string) {
  stage.clock.advance(1);
  return askJson(stage, address);
}
