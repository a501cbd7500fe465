import {
  deepStrictEqual as deepEqual,
  doesNotMatch,
  match,
  ok,
  strictEqual as equal,
} from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import { PATHS } from "../../lib/smartapi/endpoints.ts";
import { FakeClock } from "../fakes.ts";
import { logLines } from "../log/lines.ts";
import { jsonCall as call } from "./rest_call.ts";
import { RawClient } from "./raw_client.ts";
import { Rig } from "./rig.ts";

const TOKEN = "phone-secret-0123456789";

function guarded(clock: FakeClock, rights: Record<string, unknown> = {}) {
  const entries = readTokens(JSON.stringify([{ name: "phone", sha256: digestOf(TOKEN), ...rights }]));
  return new AccessList(clock, entries);
}

/** Whether a handshake succeeds. */
async function dial(rig: Rig, query: string): Promise<boolean> {
  const socket = new WebSocket(`ws://127.0.0.1:${rig.proxy.port}/smart-stream${query}`);
  let opened: boolean | undefined;
  socket.onopen = () => opened = true;
  socket.onerror = () => opened ??= false;
  const closed = new Promise((resolve) => socket.onclose = resolve);
  await rig.until(() => opened !== undefined);
  socket.close();
  await closed;
  return opened!;
}

function login(rig: Rig, password: string, apiKey = "any") {
  const body = { clientcode: "ANY1", password, totp: "000000" };
  return call(rig, PATHS.login, { headers: { "X-PrivateKey": apiKey }, body });
}

Deno.test("an access token as password or API key logs in; the feed token of the login opens the stream", async () => {
  const clock = new FakeClock();
  await using rig = await Rig.start({
    clock,
    proxy: { access: guarded(clock, { exchanges: ["nse", "mcx"] }) },
  });
  for (const [password, apiKey] of [[TOKEN, "any"], ["1234", TOKEN]] as const) {
    const { status, message, errorcode, data } = await login(rig, password, apiKey);
    deepEqual([status, message, errorcode], [true, "SUCCESS", ""]);
    deepEqual(Object.keys(data).toSorted(), ["feedToken", "jwtToken", "refreshToken"]);
    ok(await dial(rig, `?clientCode=x&feedToken=${data.feedToken}&apiKey=y`));
    ok(await dial(rig, `?feedToken=${data.jwtToken}`));
    ok(!await dial(rig, `?feedToken=${data.refreshToken}`));
    const headers = { authorization: `Bearer ${data.jwtToken}` };
    const profile = (await call(rig, PATHS.profile, { headers })).data;
    deepEqual(profile, {
      clientcode: "ANY1",
      name: "SmartAPI proxy",
      email: "",
      mobileno: "",
      exchanges: ["nse_cm", "mcx_fo"],
      products: [],
      lastlogintime: "",
      brokerid: "",
    });
  }
  const { data: { state } } = await call(rig, PATHS.login, { body: { password: TOKEN, state: "mine" } });
  equal(state, "mine");
});

Deno.test("addresses are read as SDKs put them together: doubled slashes, one at the end, any query", async () => {
  const clock = new FakeClock();
  await using rig = await Rig.start({ clock, proxy: { access: guarded(clock) } });
  const { data } = await login(rig, TOKEN);
  const headers = { authorization: `bearer Bearer ${data.jwtToken}` };
  const query = `?${encodeURIComponent(JSON.stringify({ refreshToken: data.refreshToken }))}`;
  for (
    const path of [`${PATHS.profile}${query}`, `/${PATHS.profile}/`, PATHS.profile.replaceAll("/", "//")]
  ) {
    equal((await call(rig, path, { headers })).data.clientcode, "ANY1", path);
  }
  ok(await dial(rig, `/?feedToken=${data.feedToken}`));
});

Deno.test("each body that asks for new tokens gets some; those of before stay good, also after a logout", async () => {
  const clock = new FakeClock();
  await using rig = await Rig.start({ clock, proxy: { access: guarded(clock) } });
  const { data: old } = await login(rig, TOKEN);
  const headers = { authorization: `Bearer ${old.jwtToken}` };
  clock.advance(1_000);
  for (
    const body of [
      { refreshToken: old.refreshToken },
      { jwtToken: old.jwtToken, refreshToken: old.refreshToken },
      { refreshToken: old.refreshToken, checksum: "0".repeat(64) },
      { refreshToken: "unknown" },
    ]
  ) {
    const { status, data } = await call(rig, PATHS.renew, { headers, body });
    equal(status, true);
    ok(await dial(rig, `?feedToken=${data.feedToken}`));
    const profile = await call(rig, PATHS.profile, { headers: { authorization: data.jwtToken } });
    equal(profile.data.clientcode, "ANY1");
  }
  deepEqual(await call(rig, PATHS.logout, { headers, body: { clientcode: "ANY1" } }), {
    status: true,
    message: "SUCCESS",
    errorcode: "",
    data: "",
  });
  ok(await dial(rig, `?feedToken=${old.feedToken}`));
  equal((await call(rig, PATHS.profile, { headers })).status, true);
  const refused = await call(rig, PATHS.renew, { body: { refreshToken: "unknown" } });
  deepEqual([refused.status, refused.errorcode, refused.data], [false, "AB8050", null]);
});

Deno.test("tokens are good at a proxy that was started anew, days later, and end with their access token", async () => {
  const clock = new FakeClock();
  const access = guarded(clock);
  const rig = await Rig.start({ clock, proxy: { access } });
  const { data } = await login(rig, TOKEN);
  await rig.stop();
  clock.advance(3 * 86_400_000);
  await using again = await Rig.start({ clock, proxy: { access } });
  ok(await dial(again, `?feedToken=${data.feedToken}`));
  const socket = new WebSocket(`ws://127.0.0.1:${again.proxy.port}/smart-stream?feedToken=${data.feedToken}`);
  let closed: number | undefined;
  socket.onclose = ({ code }) => closed = code;
  await again.until(() => socket.readyState === WebSocket.OPEN);
  access.replace([]);
  again.proxy.recheckAccess();
  await again.until(() => closed !== undefined);
  equal(closed, 1008);
  ok(!await dial(again, `?feedToken=${data.feedToken}`));
  const headers = { authorization: `Bearer ${data.jwtToken}` };
  const refused = await call(again, PATHS.profile, { headers });
  deepEqual([refused.success, refused.status, refused.errorCode], [false, false, "AG8001"]);
  equal((await call(again, PATHS.profile)).errorCode, "AG8003");
  equal((await call(again, PATHS.logout, { headers, body: {} })).errorCode, "AG8001");
});

Deno.test("wrong passwords are answered more slowly each time, and a right one at once", async () => {
  const clock = new FakeClock();
  await using rig = await Rig.start({ clock, proxy: { access: guarded(clock) } });
  const took = async (password: string) => {
    const begin = clock.now();
    const { status, errorcode, message, data } = await login(rig, password);
    if (!status) deepEqual([errorcode, data], ["AB1007", null]);
    if (!status) match(message, /proxy.*access token/);
    return clock.now() - begin;
  };
  const times = [await took("wrong"), await took("wrong"), await took("wrong")];
  ok(times[0]! >= 500 && times[1]! >= 1_000 && times[2]! >= 2_000, String(times));
  ok(await took(TOKEN) < 500);
});

Deno.test("without access tokens anyone is let in, with any tokens or none", async () => {
  await using rig = await Rig.start();
  const { data } = await login(rig, "1234");
  ok(await dial(rig, `?feedToken=${data.feedToken}`));
  const headers = { authorization: `Bearer ${data.jwtToken}` };
  equal((await call(rig, PATHS.profile, { headers })).data.clientcode, "ANY1");
  equal((await call(rig, PATHS.profile)).data.clientcode, "");
  equal((await call(rig, PATHS.renew, { body: { refreshToken: "x" } })).status, true);
  equal((await call(rig, PATHS.logout, { body: {} })).status, true);
});

Deno.test("bodies that no SDK sends are refused in the broker's shape", async () => {
  const clock = new FakeClock();
  await using rig = await Rig.start({ clock, proxy: { access: guarded(clock) } });
  for (const body of ["", "{", "[]", "null", '{"password":[]}', '{"password":{"a":1}}', "x".repeat(70_000)]) {
    equal((await call(rig, PATHS.login, { body })).status, false, body.slice(0, 20));
  }
  equal((await call(rig, PATHS.login)).status, false);
  const numbers = await call(rig, PATHS.login, { body: { clientcode: 17, password: TOKEN, totp: 123456 } });
  const headers = { authorization: numbers.data.jwtToken };
  equal((await call(rig, PATHS.profile, { headers })).data.clientcode, "17");
});

Deno.test("nothing passes that could change something: any method, any path but those of market data and account", async () => {
  await using rig = await Rig.start();
  await rig.until(() => rig.simulator.control.stats().sockets > 0);
  const before = rig.simulator.control.stats().restCalls;
  const secure = "/rest/secure/angelbroking";
  for (
    const path of [
      `${secure}/order/v1/placeOrder`,
      `/${secure}/order/v1/modifyOrder/`,
      `${secure.toUpperCase()}/order/v1/cancelOrder`,
      `${secure}/order/v1/details/0123456789`,
      `${secure}/gtt/v1/createRule`,
      "/gtt-service/rest/secure/angelbroking/gtt/v1/modifyRule",
      "/order-service/rest/secure/angelbroking/order/v1/placeOrder",
      "/another-service/rest/anything",
      `${secure}/a/call/of/tomorrow`,
      `${PATHS.login}/more`,
      `${secure}/historical/v1/getCandleData/../../../order/v1/placeOrder`,
      `${secure}/historical/v1/getCandleData%2F..%2F..%2Forder/v1/placeOrder`,
      `${secure}/order/v1/%70laceOrder`,
      `/%72est/secure/angelbroking/order/v1/placeOrder`,
      "/rest%2Fsecure%2Fangelbroking%2Forder%2Fv1%2FplaceOrder",
      `/rest/%E0%A4%A`,
      `//apiconnect.angelone.in${secure}/order/v1/placeOrder`,
      `${secure}/market/v1/quote;/order/v1/placeOrder`,
      `${secure}/market/v1/quote%00`,
      "/rest",
    ]
  ) {
    for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH"]) {
      const body = method === "GET" ? undefined : { symboltoken: "3045" };
      const { status, errorcode, message, data } = await call(rig, path, { method, body });
      deepEqual([status, errorcode, data], [false, "AB2000", null], `${method} ${path}`);
      match(message, /proxy/);
    }
  }
  deepEqual(rig.simulator.control.stats().restCalls, before);
});

Deno.test("pages that may connect can make the calls and read the answers; others cannot", async () => {
  const page = "https://charts.example.com";
  await using rig = await Rig.start({ proxy: { allowedOrigins: [page] } });
  const ask = (method: string, origin: string) =>
    fetch(`http://127.0.0.1:${rig.proxy.port}${PATHS.login}`, {
      method,
      headers: { origin, "access-control-request-headers": "content-type,x-privatekey" },
      ...method === "POST" ? { body: "{}" } : {},
    });
  const preflight = await ask("OPTIONS", page);
  equal(preflight.status, 204);
  equal(preflight.headers.get("access-control-allow-origin"), page);
  match(preflight.headers.get("access-control-allow-headers")!, /Content-Type.*X-PrivateKey/);
  match(preflight.headers.get("access-control-allow-methods")!, /POST/);
  const answer = await ask("POST", page);
  deepEqual([answer.status, answer.headers.get("access-control-allow-origin")], [200, page]);
  equal((await answer.json()).status, true);
  const refused = await ask("POST", "https://evil.example");
  equal(refused.status, 403);
  await refused.body?.cancel();
});

Deno.test("the stream of order updates is refused as the SDK can bear it", async () => {
  await using rig = await Rig.start();
  const { status, client } = await RawClient.connect(rig.proxy.port, "/smart-order-update");
  equal(status, 403);
  client.close();
});

Deno.test("no value of a login, and no query, is in the log", async () => {
  await using log = await logLines();
  const clock = new FakeClock();
  await using rig = await Rig.start({ clock, proxy: { access: guarded(clock) } });
  const { data } = await login(rig, TOKEN, "apikey-apikey");
  await login(rig, "mistyped-secret");
  await dial(rig, `?clientCode=SEEN1&feedToken=${data.feedToken}`);
  await dial(rig, `?clientCode=SEEN1&feedToken=mistyped-feed`);
  await call(rig, `${PATHS.profile}?SEEN2=${data.refreshToken}`, {
    headers: { authorization: "mistyped-jwt" },
  });
  await call(rig, "/rest/secure/angelbroking/order/v1/placeOrder?SEEN3", { body: { quantity: "SEEN4" } });
  const text = log.lines.join("\n");
  ok(text.includes("with the token of phone"), text);
  for (const secret of [TOKEN, "apikey-apikey", "mistyped", "SEEN", ...Object.values(data) as string[]]) {
    ok(!text.includes(secret), `${secret} in ${text}`);
  }
  doesNotMatch(text, /eyJ/);
});
