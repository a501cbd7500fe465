import { deepStrictEqual as deepEqual, ok, rejects, strictEqual as equal } from "node:assert/strict";
import { TOTP } from "otpauth";
import { istMidnight } from "../../lib/market/ist.ts";
import { PATHS } from "../../lib/smartapi/endpoints.ts";
import { SIMULATED_CREDENTIALS } from "../../lib/simulator/simulator.ts";
import { HEADERS, Stage, streamHeaders } from "./stage.ts";

const { clientCode: clientcode, pin: password } = SIMULATED_CREDENTIALS;

async function codeAfter(stage: Stage, steps: number): Promise<string | undefined> {
  const totp = stage.code();
  stage.clock.advance(steps * 30_000);
  const { json } = await stage.post(PATHS.login, { clientcode, password, totp });
  return json.errorcode || "ok";
}

Deno.test("a one-time code is good for its own window of 30 s and the next one", async () => {
  await using stage = await Stage.start();
  deepEqual([await codeAfter(stage, 1), await codeAfter(stage, 2)], ["ok", "AB1050"]);
  // A client's clock may be ahead as well.
  const { secret, timestamp } = { secret: SIMULATED_CREDENTIALS.totpSecret, timestamp: stage.clock.now() };
  stage.clock.advance(1_100);
  for (const [ahead, outcome] of [[30_000, ""], [90_000, "AB1050"]] as const) {
    const totp = new TOTP({ secret }).generate({ timestamp: timestamp + ahead });
    equal((await stage.post(PATHS.login, { clientcode, password, totp })).json.errorcode, outcome);
    stage.clock.advance(1_100);
  }
});

Deno.test("tokens say that they end at midnight in India, and the state comes back", async () => {
  await using stage = await Stage.start();
  const body = { clientcode, password, totp: stage.code(), state: "mine" };
  const { data } = (await stage.post(PATHS.login, body)).json;
  equal(data.state, "mine");
  const claims = JSON.parse(atob(data.jwtToken.split(".")[1]));
  equal(claims.exp * 1000, istMidnight(stage.clock.now()) + 86_400_000);
});

/** What each fault of a login looks like: status, type, and the beginning of the body. */
const ANSWERS = {
  AB1007: [
    200,
    "application/json",
    '{"status":false,"message":"Invalid Clientcode or Pin","errorcode":"AB1007"',
  ],
  AB1006: [200, "application/json", '{"status":false,"message":"Client is blocked for trading"'],
  AG8001: [
    200,
    "application/json",
    '{"success":false,"message":"Invalid Token","errorCode":"AG8001","data":""}',
  ],
  throttled: [403, "text/plain", "Access denied because of exceeding access rate"],
  html_200: [200, "text/html", "<html>"],
  html_403: [403, "text/html", "<html>"],
  html_500: [500, "text/html", "<html>"],
  html_502: [502, "text/html", "<html>"],
  data_null: [200, "application/json", '{"status":true,"message":"SUCCESS","errorcode":"","data":null}'],
} as const;

for (const [answer, [status, type, begin]] of Object.entries(ANSWERS)) {
  Deno.test(`a login answered with ${answer}, as often as was asked for`, async () => {
    await using stage = await Stage.start();
    stage.control.set({ login: { answer: answer as keyof typeof ANSWERS, times: 2 } });
    for (let i = 0; i < 2; i++) {
      const got = await stage.post(PATHS.login, {});
      deepEqual([got.status, got.type, got.text.slice(0, begin.length)], [status, type, begin]);
    }
    equal(stage.control.faults.login, null);
    ok((await stage.login()).jwtToken);
    deepEqual(stage.control.stats().logins.map(({ outcome }) => outcome), [answer, answer, "ok"]);
  });
}

Deno.test("a login can be cut off, or never be answered", async () => {
  await using stage = await Stage.start();
  stage.control.set({ login: { answer: "reset", times: 1 } });
  await rejects(stage.post(PATHS.login, {}));
  stage.control.set({ login: { answer: "hang", times: 1 } });
  const abort = new AbortController();
  const answer = fetch(stage.simulator.restUrl + PATHS.login, {
    method: "POST",
    body: "{}",
    signal: abort.signal,
  });
  await stage.until(() => stage.control.stats().logins.length === 2);
  abort.abort();
  await rejects(answer, { name: "AbortError" });
});

Deno.test("profiles are limited to three a second and a thousand an hour, unless the limits are off", async () => {
  await using stage = await Stage.start();
  const { jwtToken } = await stage.login();
  const secured = { ...HEADERS, Authorization: `Bearer ${jwtToken}` };
  const profile = async () => (await stage.post(PATHS.profile, {}, secured)).status;
  deepEqual([await profile(), await profile(), await profile(), await profile()], [200, 200, 200, 403]);
  for (let i = 3; i < 1_000; i++) {
    stage.clock.advance(i === 3 ? 1_100 : 400);
    if (await profile() !== 200) throw new Error(`refused at the call ${i + 1}`);
  }
  stage.clock.advance(1_100);
  equal(await profile(), 403);
  stage.control.set({ rateLimits: false });
  equal(await profile(), 200);
  stage.control.set({ rateLimits: true });
  stage.clock.advance(3_600_000);
  equal(await profile(), 200);
});

Deno.test("a renewal wants a good refresh token, and can end the feed token before it", async () => {
  await using stage = await Stage.start();
  const old = await stage.login();
  const renew = async (jwt: string, refreshToken: string) => {
    stage.clock.advance(1_100);
    const secured = { ...HEADERS, Authorization: `Bearer ${jwt}` };
    return (await stage.post(PATHS.renew, { refreshToken }, secured)).json;
  };
  equal((await renew(old.jwtToken, "x")).errorcode, "AB8050");
  await renew(old.jwtToken, old.refreshToken);
  equal((await stage.dial(streamHeaders(old.jwtToken, old.feedToken))).status, 101);
  stage.control.set({ renewal: "ends_feed_token" });
  const { data } = await renew(old.jwtToken, old.refreshToken);
  equal(
    (await stage.dial(streamHeaders(old.jwtToken, old.feedToken))).said,
    "Invalid Header - Invalid Feed Token",
  );
  equal((await stage.dial(streamHeaders(old.jwtToken, data.feedToken))).status, 101);
  stage.clock.advance(86_400_000);
  const today = await stage.login();
  equal((await renew(today.jwtToken, old.refreshToken)).errorcode, "AB8051");
});

Deno.test("a secured call wants the headers, and calls a dead token by the code it was told to", async () => {
  await using stage = await Stage.start();
  const { jwtToken } = await stage.login();
  const secured = { ...HEADERS, Authorization: `Bearer ${jwtToken}` };
  const code = async (headers: Record<string, string>) => {
    stage.clock.advance(1_100);
    return (await stage.post(PATHS.profile, {}, headers)).json.errorCode;
  };
  equal(await code({ Authorization: `Bearer ${jwtToken}` }), "AG8004");
  stage.clock.advance(86_400_000);
  equal(await code(secured), "AG8001");
  stage.control.set({ expiredCode: "AG8002" });
  equal(await code(secured), "AG8002");
});

Deno.test("a request that makes no sense is answered, and one that is too long is refused", async () => {
  await using stage = await Stage.start();
  const status = async (path: string, body?: string) => {
    const response = await fetch(stage.simulator.restUrl + path, { method: "POST", body });
    await response.body?.cancel();
    return response.status;
  };
  equal(await status("//"), 404);
  equal(await status(PATHS.login, "a".repeat(70_000)), 413);
});

Deno.test("addresses are read as SDKs make them: any query, doubled slashes, one at the end", async () => {
  await using stage = await Stage.start();
  const { jwtToken, refreshToken } = await stage.login();
  const secured = { ...HEADERS, Authorization: `Bearer ${jwtToken}` };
  const query = `?${encodeURIComponent(JSON.stringify({ refreshToken }))}`;
  for (const path of [`${PATHS.profile}${query}`, `/${PATHS.profile}`, `${PATHS.profile}//?a=b/`]) {
    stage.clock.advance(1_100);
    const { data } = (await stage.post(path, {}, secured)).json;
    equal(data.clientcode, "SIM001", path);
    ok(Array.isArray(data.exchanges) && Array.isArray(data.products));
  }
});
