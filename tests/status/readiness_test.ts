import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { type ExchangeFacts, type ReadinessFacts, readinessOf } from "../../lib/status/readiness.ts";

const NSE: ExchangeFacts = { exchange: "nse", closed: false, down: false, silentMs: 0 };

const FLOWING: ReadinessFacts = {
  stopping: false,
  login: { succeeded: true },
  upstream: { state: "up" },
  exchanges: [NSE],
};

/** Codes and exchanges of the reasons, where something differs from a proxy whose feed flows. */
function reasons(differs: Partial<ReadinessFacts>): string[] {
  const { ready, reasons } = readinessOf({ ...FLOWING, ...differs });
  equal(ready, reasons.length === 0);
  return reasons.map(({ code, exchange }) => exchange === undefined ? code : `${code} ${exchange}`);
}

Deno.test("a feed that flows is ready, and so is one that nobody needs", () => {
  deepEqual(readinessOf(FLOWING), { ready: true, reasons: [] });
  deepEqual(reasons({ exchanges: [] }), []);
});

Deno.test("an open exchange whose feed is down is named, a closed one is not", () => {
  const upstream = { state: "down", reason: "no frame for 25 s" };
  const mcx: ExchangeFacts = { ...NSE, exchange: "mcx", down: true };
  deepEqual(reasons({ upstream, exchanges: [{ ...NSE, down: true }, mcx] }), [
    "feed_down nse",
    "feed_down mcx",
  ]);
  deepEqual(reasons({ upstream, exchanges: [{ ...NSE, down: true, closed: true }, mcx] }), ["feed_down mcx"]);
  match(readinessOf({ ...FLOWING, upstream, exchanges: [mcx] }).reasons[0].message, /no frame for 25 s/);
});

Deno.test("waiting for the planned login is ready while everything is closed, and not a moment longer", () => {
  const upstream = { state: "down", reason: "yesterday's session ended at midnight" };
  deepEqual(reasons({ upstream, exchanges: [{ ...NSE, down: true, closed: true }] }), []);
  deepEqual(reasons({ upstream, exchanges: [{ ...NSE, down: true }] }), ["feed_down nse"]);
});

Deno.test("a login refused for good is never ready, whatever the hour", () => {
  const failure = { message: "login refused: AB1007", final: true };
  const closed = [{ ...NSE, down: true, closed: true }];
  deepEqual(reasons({ login: { succeeded: true, failure }, exchanges: closed }), ["refused"]);
  deepEqual(reasons({ upstream: { state: "refused" }, exchanges: closed }), ["refused"]);
  const [{ message }] = readinessOf({ ...FLOWING, login: { succeeded: false, failure } }).reasons;
  match(message, /AB1007.*\.env/);
});

Deno.test("who never logged in is not ready, and says why", () => {
  deepEqual(reasons({ login: { succeeded: false }, exchanges: [{ ...NSE, closed: true }] }), [
    "not_logged_in",
  ]);
  const failure = { message: "login refused: no answer within 10 s" };
  const [{ message }] = readinessOf({ ...FLOWING, login: { succeeded: false, failure } }).reasons;
  match(message, /no answer within 10 s/);
});

Deno.test("a login that failed today after one that succeeded is judged by what flows", () => {
  deepEqual(reasons({ login: { succeeded: true, failure: { message: "HTTP 502" } } }), []);
});

Deno.test("silence of more than two minutes is told where something ticks all the time", () => {
  deepEqual(reasons({ exchanges: [{ ...NSE, silentMs: 120_000 }] }), []);
  deepEqual(reasons({ exchanges: [{ ...NSE, silentMs: 120_001 }] }), ["feed_silent nse"]);
  deepEqual(reasons({ exchanges: [{ ...NSE, silentMs: 120_001, closed: true }] }), []);
  deepEqual(reasons({ exchanges: [{ ...NSE, silentMs: 120_001, down: true }] }), ["feed_down nse"]);
});

Deno.test("a proxy that shuts down is not ready, whatever flows", () => {
  deepEqual(reasons({ stopping: true }), ["stopping"]);
});
