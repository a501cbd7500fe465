import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { NoProxy, Refused } from "../../lib/watch/refusal.ts";
import { Secret } from "../../lib/util/secret.ts";
import { instruments } from "../clients/http/instruments.ts";
import { Stage } from "../clients/stage.ts";
import { FakeClock } from "../fakes.ts";
import { fetchOf, Watcher } from "./proxy_fetch.ts";

/** A proxy that answers an error, once or for ever. */
function refusing(http: number, body: unknown, headers: Record<string, string> = {}): typeof fetch {
  return () => Promise.resolve(Response.json(body, { status: http, headers }));
}

function error(code: string, message = "what would do"): unknown {
  return { status: "error", code, message };
}

const UNREACHABLE: typeof fetch = () =>
  Promise.reject(new TypeError("error sending request for url (http://a/?x): Connection refused"));

Deno.test("a watcher hears the proxy's events, and leaves it when told to", async () => {
  const stage = new Stage({ instruments });
  const headers: Headers[] = [];
  const watcher = new Watcher(stage, fetchOf(stage, headers), { token: new Secret("a-token-of-mine-1") });
  await watcher.pass();
  stage.tick("nse:3045", 800);
  await watcher.pass();
  deepEqual(watcher.names, ["info", "message"]);
  equal(headers[0]!.get("authorization"), "Bearer a-token-of-mine-1");
  equal(stage.gateway.clients, 1);
  watcher.stop();
  await watcher.pass();
  deepEqual([watcher.ended, stage.gateway.clients], [null, 0]);
  equal(stage.clock.pending, 0);
});

Deno.test("a connection that is lost is made again, and the proxy tells what was not seen", async () => {
  const stage = new Stage({ instruments });
  const headers: Headers[] = [];
  const watcher = new Watcher(stage, fetchOf(stage, headers));
  await watcher.pass();
  stage.gateway.recheck(() => false);
  await watcher.pass();
  deepEqual(watcher.names, ["info", "close", "lost"]);
  await watcher.pass(600);
  deepEqual(watcher.names, ["info", "close", "lost", "info", "gap"]);
  match(headers[1]!.get("last-event-id")!, /^this run\/\d+$/);
  watcher.stop();
  await watcher.pass();
});

Deno.test("what was not seen begins where the connection ended, and not at the last tick", async () => {
  const stage = new Stage({ instruments });
  const watcher = new Watcher(stage, fetchOf(stage));
  await watcher.pass();
  for (let i = 0; i < 10; i++) await watcher.pass(10_000);
  const left = stage.clock.now();
  stage.gateway.recheck(() => false);
  await watcher.pass(2_000);
  const gap = watcher.heard.find((heard) => heard.kind === "event" && heard.name === "gap");
  ok(gap?.kind === "event" && Number(gap.data.from) >= left - 15_000);
  watcher.stop();
  await watcher.pass();
});

Deno.test("a stream without a heartbeat is given up", async () => {
  const clock = new FakeClock();
  let opened = 0;
  const mute: typeof fetch = (_, { signal } = {}) => {
    opened++;
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('event: info\ndata: {"source":"live"}\n\n'));
      },
    }).pipeThrough(new TransformStream(), { signal: signal! });
    return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
  };
  const watcher = new Watcher({ clock }, mute);
  await watcher.pass(39_000);
  deepEqual(watcher.names, ["info"]);
  await watcher.pass(3_000);
  const lost = watcher.heard[1]!;
  deepEqual([lost.kind, lost.kind === "lost" && lost.reason], ["lost", "the proxy is silent"]);
  equal(opened, 2);
  watcher.stop();
  await watcher.pass();
  equal(clock.pending, 0);
});

Deno.test("what is refused for good ends the watch with the proxy's word", async () => {
  const cases = [
    [404, "unknown_instrument"],
    [401, "token_required"],
    [400, "bad_query"],
    [503, "budget_exhausted"],
  ] as const;
  for (const [http, code] of cases) {
    const clock = new FakeClock();
    const watcher = new Watcher({ clock }, refusing(http, error(code)));
    await watcher.pass();
    ok(watcher.ended instanceof Refused);
    deepEqual([watcher.ended.code, watcher.ended.message, watcher.names], [code, "what would do", []]);
    equal(clock.pending, 0);
  }
});

Deno.test("what may be had later is asked for again, not before the proxy wants it", async () => {
  const clock = new FakeClock();
  const busy = refusing(429, error("rate_limited"), { "retry-after": "3" });
  const watcher = new Watcher({ clock }, busy);
  await watcher.pass(10);
  deepEqual(watcher.heard, [{ kind: "lost", reason: "what would do", retryInMs: 3_000 }]);
  watcher.stop();
  await watcher.pass();
});

Deno.test("a proxy that is not there is waited for a little, in few words and ever longer", async () => {
  const clock = new FakeClock();
  const watcher = new Watcher({ clock }, UNREACHABLE);
  await watcher.pass(20_000);
  ok(watcher.ended instanceof NoProxy);
  equal(watcher.ended.message, "http://proxy.example cannot be reached: Connection refused");
  deepEqual(watcher.heard.map((heard) => heard.kind === "lost" && heard.retryInMs), [
    500,
    1_000,
    2_000,
    4_000,
  ]);
});

Deno.test("a proxy that was there is waited for without an end, whatever it says meanwhile but of the token", async () => {
  const stage = new Stage({ instruments });
  let answer: typeof fetch = fetchOf(stage);
  const watcher = new Watcher(stage, (...args) => answer(...args));
  await watcher.pass();
  stage.gateway.recheck(() => false);
  const meanwhile = [
    UNREACHABLE,
    refusing(502, "Bad Gateway"),
    refusing(404, error("unknown_instrument")),
    refusing(503, error("too_many_clients")),
  ];
  for (const each of meanwhile) {
    answer = each;
    await watcher.pass(40_000);
    equal(watcher.ended, undefined);
  }
  answer = fetchOf(stage);
  await watcher.pass(40_000);
  equal(watcher.names.at(-2), "info");
  stage.gateway.recheck(() => false);
  answer = refusing(401, error("token_refused"));
  await watcher.pass(40_000);
  ok(watcher.ended instanceof Refused && watcher.ended.isOfToken);
});

Deno.test("what is no proxy is told from one", async () => {
  const others: (typeof fetch)[] = [
    () => Promise.resolve(new Response("<html>", { headers: { "content-type": "text/html" } })),
    refusing(404, { error: "not here" }),
    refusing(404, error("not_found")),
    refusing(404, "null"),
    refusing(302, {}, { location: "http://elsewhere.example" }),
  ];
  for (const other of others) {
    const watcher = new Watcher({ clock: new FakeClock() }, other);
    await watcher.pass();
    ok(watcher.ended instanceof NoProxy);
    match(watcher.ended.message, /^http:\/\/proxy\.example is no proxy/);
  }
});
