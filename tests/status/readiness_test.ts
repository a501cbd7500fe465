import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import type { ExchangeStatus } from "../../lib/status/market_status.ts";
import type { LoginStatus } from "../../lib/upstream/upstream.ts";
import { type ReadinessFacts, readinessOf, type UnreadyReason } from "../../lib/status/readiness.ts";

const NSE: ExchangeStatus = {
  exchange: "nse",
  wanted: true,
  phase: "open",
  closed: false,
  expected: true,
  down: false,
  stale: false,
  silentMs: 0,
};

const LOGIN: LoginStatus = { tries: 1, outcomes: { ok: 1 }, succeeded: true };

const FLOWING: ReadinessFacts = {
  stopping: false,
  upstream: { state: "up", login: LOGIN },
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
  const upstream = { state: "down", reason: "no frame for 25 s", login: LOGIN } as const;
  const mcx: ExchangeStatus = { ...NSE, exchange: "mcx", down: true };
  deepEqual(reasons({ upstream, exchanges: [{ ...NSE, down: true }, mcx] }), [
    "feed_down nse",
    "feed_down mcx",
  ]);
  deepEqual(reasons({ upstream, exchanges: [{ ...NSE, down: true, expected: false }, mcx] }), [
    "feed_down mcx",
  ]);
  match(readinessOf({ ...FLOWING, upstream, exchanges: [mcx] }).reasons[0]!.message, /no frame for 25 s/);
});

Deno.test("waiting for the planned login is ready while everything is closed, and not a moment longer", () => {
  const upstream = { state: "down", reason: "yesterday's session ended at midnight", login: LOGIN } as const;
  deepEqual(reasons({ upstream, exchanges: [{ ...NSE, down: true, expected: false }] }), []);
  deepEqual(reasons({ upstream, exchanges: [{ ...NSE, down: true }] }), ["feed_down nse"]);
});

Deno.test("a login refused for good is never ready, whatever the hour", () => {
  const failure = { kind: "login", message: "login refused: AB1007", final: true };
  const closed = [{ ...NSE, down: true, expected: false }];
  deepEqual(reasons({ upstream: { state: "up", login: { ...LOGIN, failure } }, exchanges: closed }), [
    "refused",
  ]);
  deepEqual(reasons({ upstream: { state: "refused", login: LOGIN }, exchanges: closed }), ["refused"]);
  const [{ message }] = readinessOf({
    ...FLOWING,
    upstream: { state: "up", login: { ...LOGIN, succeeded: false, failure } },
  })
    .reasons as [UnreadyReason];
  match(message, /AB1007.*\.env/);
});

Deno.test("who never logged in is not ready, and says why", () => {
  deepEqual(
    reasons({
      upstream: { state: "up", login: { ...LOGIN, succeeded: false } },
      exchanges: [{ ...NSE, expected: false }],
    }),
    [
      "not_logged_in",
    ],
  );
  const failure = { kind: "login", message: "login refused: no answer within 10 s", final: false };
  const [{ message }] = readinessOf({
    ...FLOWING,
    upstream: { state: "up", login: { ...LOGIN, succeeded: false, failure } },
  })
    .reasons as [UnreadyReason];
  match(message, /no answer within 10 s/);
});

Deno.test("a login that failed today after one that succeeded is judged by what flows", () => {
  deepEqual(
    reasons({
      upstream: {
        state: "up",
        login: { ...LOGIN, failure: { kind: "login", message: "HTTP 502", final: false } },
      },
    }),
    [],
  );
});

Deno.test("silence of more than two minutes is told where something ticks all the time", () => {
  deepEqual(reasons({ exchanges: [{ ...NSE, silentMs: 120_000 }] }), []);
  deepEqual(reasons({ exchanges: [{ ...NSE, silentMs: 120_001 }] }), ["feed_silent nse"]);
  deepEqual(reasons({ exchanges: [{ ...NSE, silentMs: 120_001, expected: false }] }), []);
  deepEqual(reasons({ exchanges: [{ ...NSE, silentMs: 120_001, down: true }] }), ["feed_down nse"]);
});

Deno.test("a proxy that shuts down is not ready, whatever flows", () => {
  deepEqual(reasons({ stopping: true }), ["stopping"]);
});
