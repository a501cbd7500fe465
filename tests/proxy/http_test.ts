import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import { DEFAULT_LIMITS } from "../../lib/config/limits.ts";
import { FakeClock } from "../fakes.ts";
import { Rig } from "./rig.ts";

const TOKEN = "excel-secret-0123456789";

const PAGE = "http://charts.example.com";

/** Asks a rig, turning its clock until the answer is there. */
async function ask(rig: Rig, path: string, init: RequestInit = {}): Promise<Response & { body_: string }> {
  let answer: (Response & { body_: string }) | undefined;
  fetch(`http://127.0.0.1:${rig.proxy.port}${path}`, init).then(async (response) => {
    answer = Object.assign(response, { body_: await response.text() });
  });
  await rig.until(() => answer !== undefined);
  return answer!;
}

const ROUTES = ["/quotes?symbols=SBIN", "/search?query=sbin", "/instruments/nse/3045", "/status"];

Deno.test("each route answers over a socket, HEAD with the headers of GET", async () => {
  await using rig = await Rig.start();
  for (const path of ROUTES) {
    const got = await ask(rig, path);
    equal(got.status, 200, path);
    equal(JSON.parse(got.body_).status, "success", path);
    const head = await ask(rig, path, { method: "HEAD" });
    equal(head.status, 200);
    equal(head.body_, "");
    equal(head.headers.get("content-type"), got.headers.get("content-type"));
    ok(Number(head.headers.get("content-length")) > 10, path);
  }
  const stream = await ask(rig, "/events?symbols=SBIN", { method: "HEAD" });
  deepEqual([stream.status, stream.body_, stream.headers.get("content-length")], [200, "", null]);
  match(stream.headers.get("content-type")!, /^text\/event-stream/);
});

Deno.test("a request without a token, or with a wrong one, is refused in JSON; header and address let in", async () => {
  const clock = new FakeClock();
  const entry = { name: "excel", sha256: digestOf(TOKEN), exchanges: ["nse" as const] };
  const access = new AccessList(clock, readTokens(JSON.stringify([entry])));
  await using rig = await Rig.start({ clock, proxy: { access } });
  for (const path of [...ROUTES, "/events?symbols=SBIN"]) {
    const without = await ask(rig, path);
    equal(without.status, 401, path);
    equal(without.headers.get("www-authenticate"), "Bearer");
    equal(JSON.parse(without.body_).code, "token_required");
  }
  const wrong = await ask(rig, "/status", { headers: { authorization: "Bearer no" } });
  deepEqual([wrong.status, JSON.parse(wrong.body_).code], [401, "token_refused"]);
  for (const path of ROUTES) {
    equal((await ask(rig, path, { headers: { authorization: `Bearer ${TOKEN}` } })).status, 200, path);
    equal((await ask(rig, `${path}${path.includes("?") ? "&" : "?"}token=${TOKEN}`)).status, 200, path);
  }
  const foreign = await ask(rig, `/quotes?exchange=mcx&token=${TOKEN}`);
  deepEqual([foreign.status, JSON.parse(foreign.body_).code], [403, "not_allowed"]);
});

Deno.test("pages of allowed origins may read every answer, errors as well; others get none", async () => {
  await using rig = await Rig.start({ proxy: { allowedOrigins: [PAGE] } });
  for (const path of [...ROUTES, "/quotes", "/quotes?symbols=nobody"]) {
    const response = await ask(rig, path, { headers: { origin: PAGE } });
    equal(response.headers.get("access-control-allow-origin"), PAGE, path);
    match(response.headers.get("vary") ?? "", /Origin/);
    const foreign = await ask(rig, path, { headers: { origin: "http://evil.example" } });
    deepEqual([foreign.status, JSON.parse(foreign.body_).code], [403, "origin_refused"], path);
    equal(foreign.headers.get("access-control-allow-origin"), null);
  }
  const preflight = await ask(rig, "/quotes?symbols=SBIN", {
    method: "OPTIONS",
    headers: { origin: PAGE, "access-control-request-headers": "authorization" },
  });
  equal(preflight.status, 204);
  match(preflight.headers.get("access-control-allow-headers")!, /Authorization/);
  match(preflight.headers.get("access-control-allow-methods")!, /GET/);
  const foreign = await ask(rig, "/quotes", {
    method: "OPTIONS",
    headers: { origin: "http://evil.example" },
  });
  equal(foreign.status, 403);
});

Deno.test("other methods are refused, and misspelt paths answered with the nearest one", async () => {
  await using rig = await Rig.start();
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const response = await ask(rig, "/quotes?symbols=SBIN", { method });
    deepEqual([response.status, JSON.parse(response.body_).code], [405, "method_not_allowed"]);
    equal(response.headers.get("allow"), "GET, HEAD, OPTIONS");
  }
  const misspelt = {
    "/qoutes?symbols=SBIN": /did you mean \/quotes\?/,
    "/quotes/": /did you mean \/quotes\?/,
    "/instruments/nse": /\/instruments\/\{exchange\}\/\{token\}/,
    [`/${"x".repeat(10_000)}`]: /There are .*\/quotes/,
  };
  for (const [path, why] of Object.entries(misspelt)) {
    const response = await ask(rig, path, { headers: { origin: `http://127.0.0.1:${rig.proxy.port}` } });
    const { code, message } = JSON.parse(response.body_);
    deepEqual([response.status, code], [404, "not_found"]);
    match(message, why);
    // It names all routes, and of a long path only the beginning.
    ok(message.length < 400, message);
    ok(response.headers.has("access-control-allow-origin"));
  }
});

Deno.test("prices are kept by no cache; the list of instruments is asked for again by its tag", async () => {
  await using rig = await Rig.start();
  for (const path of ["/quotes?symbols=SBIN", "/quotes?symbols=SBIN&format=csv", "/status", "/quotes"]) {
    match((await ask(rig, path)).headers.get("cache-control")!, /no-store/, path);
  }
  for (const path of ["/search?query=sbin", "/search?query=sbin&format=csv", "/instruments/nse/3045"]) {
    const { headers } = await ask(rig, path);
    match(headers.get("cache-control")!, /private, max-age=\d+/);
    const etag = headers.get("etag")!;
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const again = await ask(rig, path, { headers: { "if-none-match": known } });
      deepEqual([again.status, again.body_, again.headers.get("etag")], [304, "", etag], path);
    }
    equal((await ask(rig, path, { headers: { "if-none-match": '"other"' } })).status, 200);
  }
});

Deno.test("an event stream takes a client's place until it is left", async () => {
  await using rig = await Rig.start({ proxy: { limits: { ...DEFAULT_LIMITS, clientsPerAddress: 1 } } });
  const abort = new AbortController();
  const response = await fetch(`http://127.0.0.1:${rig.proxy.port}/events?symbols=SBIN`, {
    signal: abort.signal,
  });
  let text = "";
  const reading = (async () => {
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) text += part;
  })().catch(() => {});
  await rig.until(() => /^data: \{"type":"market_data".*SBIN-EQ/m.test(text));
  const second = await ask(rig, "/events?symbols=SBIN");
  deepEqual([second.status, JSON.parse(second.body_).code], [429, "rate_limited"]);
  equal((await rig.health()).clients, 1);
  abort.abort();
  await reading;
  let clients: unknown = 1;
  for (let i = 0; i < 100 && clients !== 0; i++) {
    await rig.turn(20);
    clients = (await rig.health()).clients;
  }
  equal(clients, 0);
});
