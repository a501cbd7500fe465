import assert from "node:assert/strict";
import { Secret } from "../../lib/util/secret.ts";
import { RestRefusal } from "../../lib/smartapi/broker_error.ts";
import { DATA_CALLS } from "../../lib/smartapi/data_calls.ts";
import { bearer, type BrokerSession, createRest, type Rest } from "../../lib/smartapi/rest.ts";
import { FakeClock } from "../fakes.ts";

/** The secret of RFC 6238, appendix B, in base32; its codes below are from there. */
const RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/** Seconds since 1970 and the last six digits of the code there. */
const RFC_CODES = [
  [1_111_111_111, "050471"],
  [1_234_567_890, "005924"],
  [2_000_000_000, "279037"],
  [20_000_000_000, "353130"],
] as const;

const TOKENS = { jwtToken: "jwt-1", refreshToken: "refresh-1", feedToken: "feed-1" };

interface Call {
  readonly path: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

interface Setting {
  readonly clock: FakeClock;
  readonly calls: Call[];
  readonly rest: Rest;
  login(): Promise<BrokerSession>;
}

function json(body: unknown, init?: ResponseInit): Response {
  return new Response(JSON.stringify(body), {
    ...init,
    headers: { "content-type": "application/json", ...init?.headers },
  });
}

function success(data: unknown = TOKENS): Response {
  return json({ status: true, message: "SUCCESS", errorcode: "", data });
}

function clientOf(url: string, clock: FakeClock, pin = "4826", given?: typeof fetch) {
  return createRest({
    url,
    clock,
    credentials: {
      clientCode: "A123456",
      pin: new Secret(pin),
      apiKey: new Secret("key-of-an-app"),
      totpSecret: new Secret(RFC_SECRET),
    },
    addresses: { localIp: "192.168.7.7", publicIp: "203.0.113.9", mac: "02:00:5e:10:00:01" },
    ...given === undefined ? {} : { fetch: given },
  });
}

/** A broker on a port of its own that answers each call as told. */
async function withBroker(
  answer: (request: Request, body: string) => Response | Promise<Response>,
  test: (setting: Setting) => Promise<void>,
  clock: FakeClock = new FakeClock(1_234_567_890_000),
  pin?: string,
): Promise<void> {
  const calls: Call[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    const body = await request.text();
    calls.push({
      path: new URL(request.url).pathname,
      method: request.method,
      headers: request.headers,
      body: JSON.parse(body || "{}"),
    });
    return answer(request, body);
  });
  try {
    const rest = clientOf(`http://127.0.0.1:${server.addr.port}`, clock, pin);
    await test({ clock, calls, rest, login: () => rest.login() });
  } finally {
    await server.shutdown();
  }
}

async function refusalOf(login: Promise<BrokerSession>): Promise<RestRefusal> {
  const outcome = await login.catch((error) => error);
  assert.ok(outcome instanceof RestRefusal, `no refusal: ${outcome}`);
  return outcome;
}

Deno.test("login() posts client code, PIN and code to the documented path, with the documented headers", () =>
  withBroker(() => success(), async ({ calls, login }) => {
    await login();
    assert.equal(calls.length, 1);
    const [{ path, method, headers, body }] = calls as [Call];
    assert.equal(path, "/rest/auth/angelbroking/user/v1/loginByPassword");
    assert.equal(method, "POST");
    assert.deepEqual(body, { clientcode: "A123456", password: "4826", totp: "005924" });
    for (
      const [name, value] of [
        ["content-type", "application/json"],
        ["accept", "application/json"],
        ["x-usertype", "USER"],
        ["x-sourceid", "WEB"],
        ["x-clientlocalip", "192.168.7.7"],
        ["x-clientpublicip", "203.0.113.9"],
        ["x-macaddress", "02:00:5e:10:00:01"],
        ["x-privatekey", "key-of-an-app"],
      ]
    ) assert.equal(headers.get(name!), value, name!);
    assert.equal(headers.get("authorization"), null);
  }));

Deno.test("login() gives the two tokens that are used and our time of issue", () =>
  withBroker(() => success(), async ({ clock, login }) => {
    const session = await login();
    assert.equal(session.jwt.reveal(), "jwt-1");
    assert.equal(session.feedToken.reveal(), "feed-1");
    assert.equal(session.issuedAt, clock.now());
    assert.doesNotMatch(JSON.stringify(session), /jwt-1|refresh-1|feed-1/);
  }));

for (const [seconds, code] of RFC_CODES) {
  Deno.test(`login() sends the code of the clock's time: RFC 6238 at ${seconds} s`, () =>
    withBroker(() => success(), async ({ calls, login }) => {
      await login();
      assert.equal(calls[0]!.body.totp, code);
    }, new FakeClock(seconds * 1000)));
}

Deno.test("login() waits for the next code when less than 2 s of the present one remain", () =>
  withBroker(() => success(), async ({ calls, clock, login }) => {
    const pending = login();
    await clock.advanceAsync(998);
    assert.equal(calls.length, 0);
    await clock.advanceAsync(2);
    await pending;
    // At …109 s the code was still 081804.
    assert.equal(calls[0]!.body.totp, "050471");
  }, new FakeClock(1_111_111_109_000)));

Deno.test("login() sends the present code when 2 s of it remain", () =>
  withBroker(() => success(), async ({ calls, login }) => {
    await login();
    assert.equal(calls[0]!.body.totp, "081804");
  }, new FakeClock(1_111_111_108_000)));

Deno.test("login() strips the prefix that some SDKs hand out with a token", () =>
  withBroker(
    () => success({ jwtToken: "Bearer jwt-1", refreshToken: "bearer Bearer r", feedToken: "BEARER  f" }),
    async ({ login }) => {
      const session = await login();
      assert.equal(session.jwt.reveal(), "jwt-1");
      assert.equal(session.feedToken.reveal(), "f");
      assert.equal(bearer(session.jwt), "Bearer jwt-1");
    },
  ));

for (
  const envelope of [
    { status: true },
    { status: "true" },
    { success: true },
    { success: "true" },
  ]
) {
  Deno.test(`login() takes ${JSON.stringify(envelope)} for a success`, () =>
    withBroker(() => json({ ...envelope, message: "SUCCESS", data: TOKENS }), async ({ login }) => {
      assert.equal((await login()).jwt.reveal(), "jwt-1");
    }));
}

for (
  const [what, body] of [
    ["status false", { status: false, data: TOKENS }],
    ['status "false"', { status: "false", data: TOKENS }],
    ["success false", { success: false, data: TOKENS }],
    ["neither status nor success", { data: TOKENS }],
    ["status 0", { status: 0, data: TOKENS }],
    ["status 2", { status: 2, data: TOKENS }],
    ["success true and status 500", { success: true, status: 500, data: TOKENS }],
    ["a list", [{ status: true, data: TOKENS }]],
    ["null", null],
  ] as const
) {
  Deno.test(`login() takes an answer with ${what} for a refusal, whatever its data`, () =>
    withBroker(() => json(body), async ({ login }) => {
      await refusalOf(login());
    }));
}

Deno.test("login() takes a success with an HTTP error for a refusal", () =>
  withBroker(
    () => json({ status: true, message: "SUCCESS", data: TOKENS }, { status: 500 }),
    async ({ login }) => {
      assert.equal((await refusalOf(login())).kind, "retry");
    },
  ));

for (
  const [code, kind] of [
    ["AB1007", "final"],
    ["AB1050", "totp"],
    ["AB1010", "relogin"],
    ["AB1004", "slow_down"],
  ]
) {
  Deno.test(`login() refused by the application with ${code} is ${kind}`, () =>
    withBroker(
      () => json({ status: false, message: `about ${code}`, errorcode: code, data: null }),
      async ({ login }) => {
        const refusal = await refusalOf(login());
        assert.equal(refusal.kind, kind);
        assert.equal(refusal.code, code);
        assert.equal(refusal.status, 200);
        assert.match(refusal.message, new RegExp(`about ${code}`));
      },
    ));
}

Deno.test("login() reads the documentation's refusal whose false and null are strings", () =>
  withBroker(
    () => json({ status: "false", message: "Invalid clientcode", errorcode: "AB1007", data: "null" }),
    async ({ login }) => {
      assert.equal((await refusalOf(login())).kind, "final");
    },
  ));

Deno.test("login() refused by the gateway, without a status, is told by errorCode", () =>
  withBroker(
    () => json({ success: false, message: "Invalid Token", errorCode: "AG8001", data: "" }),
    async ({ login }) => {
      const refusal = await refusalOf(login());
      assert.equal(refusal.kind, "relogin");
      assert.equal(refusal.code, "AG8001");
    },
  ));

Deno.test("login() refused by the rate limiter's plain text backs off", () =>
  withBroker(
    () => new Response("Access denied because of exceeding access rate", { status: 403 }),
    async ({ login }) => {
      const refusal = await refusalOf(login());
      assert.equal(refusal.kind, "slow_down");
      assert.equal(refusal.status, 403);
    },
  ));

for (const status of [200, 502]) {
  Deno.test(`login() answered with a page of HTML and ${status} is tried again`, () =>
    withBroker(
      () =>
        new Response("<html><body><h1>Sorry</h1></body></html>", {
          status,
          headers: { "content-type": "text/html" },
        }),
      async ({ login }) => {
        const refusal = await refusalOf(login());
        assert.equal(refusal.kind, "retry");
        assert.doesNotMatch(refusal.message, /Sorry/);
        assert.match(refusal.message, /cannot be read/);
      },
    ));
}

for (const data of [null, undefined, "", "null", [], 7, {}, { jwtToken: "jwt-1" }]) {
  Deno.test(`login() with success and data ${JSON.stringify(data)} is a refusal that shows no token`, () =>
    withBroker(() => json({ status: true, message: "SUCCESS", data }), async ({ login }) => {
      const refusal = await refusalOf(login());
      assert.equal(refusal.kind, "retry");
      assert.doesNotMatch(refusal.message, /jwt-1/);
    }));
}

for (const bad of [null, "", 7, {}]) {
  Deno.test(`login() refuses a feed token that is ${JSON.stringify(bad)}`, () =>
    withBroker(() => success({ ...TOKENS, feedToken: bad }), async ({ login }) => {
      const refusal = await refusalOf(login());
      assert.match(refusal.message, /feedToken/);
      assert.doesNotMatch(refusal.message, /jwt-1|refresh-1/);
    }));
}

Deno.test("login() gives up an answer that does not end, long before it has filled the memory", async () => {
  let sent = 0;
  let cancelled = () => {};
  const gone = new Promise<void>((resolve) => cancelled = resolve);
  await withBroker(
    () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += 16_384;
            controller.enqueue(new Uint8Array(16_384).fill(32));
          },
          cancel: () => cancelled(),
        }),
      ),
    async ({ login }) => {
      assert.equal((await refusalOf(login())).kind, "retry");
      await gone;
      // What lies in the buffers of both ends comes on top.
      assert.ok(sent < 32 * 1024 * 1024, `${sent} bytes were taken`);
    },
  );
});

Deno.test("login() has used up no one-time code where nobody was reached, and has where somebody may have been", async () => {
  const causes = [
    ["client error (Connect): dns error: failed to lookup address information", 0],
    ["client error (Connect): tcp connect error: Connection refused (os error 111)", 0],
    ["client error (SendRequest): connection closed before message completed", 30_000],
    ["connection reset by peer", 30_000],
  ] as const;
  for (const [message, wait] of causes) {
    const clock = new FakeClock(Date.parse("2026-11-20T10:00:00+05:30"));
    const rest = clientOf(
      "http://broker.test",
      clock,
      "4826",
      () => Promise.reject(new TypeError("fetch failed", { cause: new Error(message) })),
    );
    assert.equal((await refusalOf(rest.login())).kind, "retry");
    assert.equal(rest.codeWait(), wait, message);
  }
});

Deno.test("login() gives up a server that never answers after 15 s", async () => {
  let arrived = () => {};
  let release = () => {};
  const heard = new Promise<void>((resolve) => arrived = resolve);
  await withBroker(
    () => {
      arrived();
      return new Promise((resolve) => release = () => resolve(success()));
    },
    async ({ clock, login }) => {
      const refused = refusalOf(login());
      await heard;
      let settled = false;
      refused.then(() => settled = true);
      await clock.advanceAsync(14_999);
      assert.equal(settled, false);
      await clock.advanceAsync(1);
      const refusal = await refused;
      assert.equal(refusal.kind, "retry");
      assert.match(refusal.message, /15 s/);
      assert.equal(refusal.sent, true);
      assert.equal(clock.pending, 0);
      release();
    },
  );
});

Deno.test("login() gives up an answer that stops in its middle after 15 s", async () => {
  let begun = () => {};
  const heard = new Promise<void>((resolve) => begun = resolve);
  await withBroker(
    () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('{"status":true,'));
            begun();
          },
        }),
      ),
    async ({ clock, login }) => {
      const refused = refusalOf(login());
      await heard;
      await clock.advanceAsync(15_000);
      assert.equal((await refused).kind, "retry");
    },
  );
});

/** To the beginning of a window of one-time codes, where the clock is not there already. */
async function nextWindow(clock: FakeClock): Promise<void> {
  const phase = clock.now() % 30_000;
  await clock.advanceAsync(phase === 0 ? 0 : 30_000 - phase);
}

Deno.test("login() gives a slow broker more time after each try that took too long", async () => {
  const releases: (() => void)[] = [];
  const arrivals: (() => void)[] = [];
  const arrival = () => new Promise<void>((resolve) => arrivals.push(resolve));
  await withBroker(
    () => {
      arrivals.shift()?.();
      return new Promise((resolve) => releases.push(() => resolve(success())));
    },
    async ({ clock, login }) => {
      for (const seconds of [15, 30, 60, 60]) {
        const arrived = arrival();
        const refused = refusalOf(login());
        await nextWindow(clock);
        await arrived;
        await clock.advanceAsync(seconds * 1_000);
        assert.match((await refused).message, new RegExp(`within ${seconds} s`));
      }
      const arrived = arrival();
      const session = login();
      await nextWindow(clock);
      await arrived;
      await clock.advanceAsync(12_000);
      releases.at(-1)!();
      assert.equal((await session).feedToken.reveal(), "feed-1");
      for (const release of releases) release();
    },
  );
});

Deno.test("login() uses no one-time code twice", () =>
  withBroker(() => success(), async ({ clock, login }) => {
    await login();
    let done = false;
    const second = login().then(() => done = true);
    await clock.advanceAsync(1_000);
    assert.equal(done, false);
    await clock.advanceAsync(30_000);
    await second;
  }));

Deno.test("login() wants only what is used, and takes a token with white space around it", () =>
  withBroker(
    () =>
      json({
        status: "true",
        data: { jwtToken: " Bearer jwt-1\n", feedToken: "\tfeed-1 ", refreshToken: null },
      }),
    async ({ login }) => {
      const session = await login();
      assert.equal(session.jwt.reveal(), "jwt-1");
      assert.equal(session.feedToken.reveal(), "feed-1");
    },
  ));

Deno.test("login() refuses a token that cannot stand in a header", () =>
  withBroker(() => success({ ...TOKENS, jwtToken: "jwt 1\r\nx: y" }), async ({ login }) => {
    const refusal = await refusalOf(login());
    assert.match(refusal.message, /jwtToken/);
    assert.doesNotMatch(refusal.message, /jwt 1/);
  }));

Deno.test("login() reads Retry-After in seconds", () =>
  withBroker(
    () => new Response("no", { status: 503, headers: { "retry-after": "90" } }),
    async ({ login }) => {
      assert.equal((await refusalOf(login())).retryAfterMs, 90_000);
    },
  ));

Deno.test("login() leaves no timer behind, whether it succeeds or not", async () => {
  for (const answer of [success, () => new Response("no", { status: 500 })]) {
    await withBroker(answer, async ({ clock, login }) => {
      await login().catch(() => {});
      assert.equal(clock.pending, 0);
    });
  }
});

Deno.test("login() at a port where nobody listens is tried again, and the message names the host", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const clock = new FakeClock(1_234_567_890_000);
  const refusal = await refusalOf(clientOf(`http://127.0.0.1:${port}`, clock).login());
  assert.equal(refusal.kind, "retry");
  assert.match(refusal.message, new RegExp(`127\\.0\\.0\\.1:${port}`));
  assert.equal(clock.pending, 0);
});

Deno.test("login() follows no redirection: the PIN goes to no other address", async () => {
  let elsewhere = 0;
  await withBroker((request) => {
    if (new URL(request.url).pathname === "/elsewhere") elsewhere++;
    return new Response(null, { status: 307, headers: { location: "/elsewhere" } });
  }, async ({ login }) => {
    assert.equal((await refusalOf(login())).kind, "retry");
    assert.equal(elsewhere, 0);
  });
});

Deno.test("login() tells how far the broker's clock is ahead, in a success and in a refusal", async () => {
  const clock = new FakeClock(1_234_567_890_000);
  const date = new Date(clock.now() + 90_000).toUTCString();
  const near = (drift: number | undefined) => Math.abs((drift ?? NaN) - 90_000) <= 1_000;
  await withBroker(() => {
    const response = success();
    response.headers.set("date", date);
    return response;
  }, async ({ login }) => {
    const { driftMs } = await login();
    assert.ok(near(driftMs), `${driftMs}`);
  }, clock);
  await withBroker(
    () => json({ status: false, errorcode: "AB1050", message: "Invalid totp" }, { headers: { date } }),
    async ({ login }) => {
      const { driftMs } = await refusalOf(login());
      assert.ok(near(driftMs), `${driftMs}`);
    },
    clock,
  );
});

Deno.test("login() puts no credential into the message of any refusal", async () => {
  const echo = (_request: Request, body: string) => new Response(body, { status: 500 });
  await withBroker(echo, async ({ login }) => {
    const { message } = await refusalOf(login());
    assert.doesNotMatch(message, /4826|005924|key-of-an-app|GEZDGNBV/);
  });
});

Deno.test("login() reads a final refusal as final, whatever digits the PIN has in common with it", async () => {
  const refuse = () =>
    new Response(
      '{"status":false,"message":"Invalid clientcode or password","errorcode":"AB1007","data":null,"at":1795149932000}',
    );
  for (const pin of ["4826", "1007", "1795"]) {
    await withBroker(
      refuse,
      async ({ login }) => {
        const refusal = await refusalOf(login());
        assert.equal(refusal.kind, "final", `with the PIN ${pin}`);
        assert.equal(refusal.code, "AB1007");
      },
      undefined,
      pin,
    );
  }
});

Deno.test("data() asks with the session's token and the parameters, and gives the answer as it came", () =>
  withBroker(
    (request) => request.url.endsWith("/loginByPassword") ? success() : new Response("any", { status: 418 }),
    async ({ calls, login, rest }) => {
      const session = await login();
      const body = { exchange: "NSE", searchscrip: "SBIN" };
      for (const call of [DATA_CALLS.searchScrip, DATA_CALLS.putCallRatio]) {
        const answer = await rest.data(session, call, body);
        assert.deepEqual(answer, { status: 418, type: "text/plain;charset=UTF-8", text: "any" });
        const { path, method, headers } = calls.at(-1)!;
        assert.deepEqual([path, method], [call.path, call.method]);
        assert.equal(headers.get("authorization"), "Bearer jwt-1");
        assert.equal(headers.get("x-privatekey"), "key-of-an-app");
      }
      assert.deepEqual(calls.slice(1).map((call) => call.body), [body, {}]);
    },
  ));

Deno.test("data() gives no answer that repeats a secret of the session", async () => {
  for (const secret of ["jwt-1", "feed-1", "key-of-an-app"]) {
    await withBroker(
      (request) => request.url.endsWith("/loginByPassword") ? success() : json({ echo: `Bearer ${secret}` }),
      async ({ login, rest }) => {
        const outcome = await rest.data(await login(), DATA_CALLS.candles, {}).catch((error) => error);
        assert.ok(outcome instanceof RestRefusal);
        assert.doesNotMatch(outcome.message, /jwt-1|feed-1|key-of/);
      },
    );
  }
});

Deno.test("data() waits ten seconds", async () => {
  const late = Promise.withResolvers<Response>();
  await withBroker(
    (request) => request.url.endsWith("/loginByPassword") ? success() : late.promise,
    async ({ clock, calls, login, rest }) => {
      const session = await login();
      const outcome = rest.data(session, DATA_CALLS.candles, {}).catch((error) => error);
      while (calls.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
      clock.advance(10_000);
      assert.match((await outcome).message, /no answer within 10 s/);
      late.resolve(new Response());
    },
  );
});
