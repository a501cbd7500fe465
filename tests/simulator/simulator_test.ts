import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { PATHS } from "../../lib/smartapi/endpoints.ts";
import { createPacketDecoder } from "../../lib/smartapi/packet.ts";
import type { InstrumentKey, SnapQuoteTick, Tick } from "../../lib/market/market.ts";
import { manyInstruments } from "../../lib/simulator/instruments.ts";
import { SIMULATED_CREDENTIALS } from "../../lib/simulator/simulator.ts";
import { ask, frames, HEADERS, Stage, streamHeaders } from "./stage.ts";

Deno.test("a login with the right PIN and a real code gives three tokens, without Bearer", async () => {
  await using stage = await Stage.start();
  const tokens = await stage.login();
  deepEqual(Object.keys(tokens), ["jwtToken", "refreshToken", "feedToken"]);
  for (const token of Object.values(tokens)) ok(token.startsWith("eyJhbGciOiJIUzUxMiJ9."));
  equal(new Set(Object.values(tokens)).size, 3);
});

Deno.test("a login is refused with the broker's codes", async () => {
  await using stage = await Stage.start();
  const { clientCode: clientcode, pin: password } = SIMULATED_CREDENTIALS;
  const attempt = async (body: Record<string, string>, headers?: Record<string, string>) => {
    stage.clock.advance(1_100);
    const { json } = await stage.post(
      PATHS.login,
      { clientcode, password, totp: stage.code(), ...body },
      headers,
    );
    return json.errorcode ?? json.errorCode;
  };
  equal(await attempt({ password: "0000" }), "AB1007");
  equal(await attempt({ clientcode: "NOBODY" }), "AB1007");
  equal(await attempt({ totp: "000000" }), "AB1050");
  equal(await attempt({}, { ...HEADERS, "X-PrivateKey": "wrong" }), "AB1034");
  equal(await attempt({}, { "X-PrivateKey": "simkey" }), "AG8004");
});

Deno.test("two logins within a second meet the limiter's plain text", async () => {
  await using stage = await Stage.start();
  await stage.login();
  const { status, type, text } = await stage.post(PATHS.login, {});
  deepEqual([status, type, text], [403, "text/plain", "Access denied because of exceeding access rate"]);
});

Deno.test("profile, renewal and logout want a token, and know a dead one", async () => {
  await using stage = await Stage.start();
  const { jwtToken, refreshToken } = await stage.login();
  const secured = { ...HEADERS, "Authorization": `Bearer ${jwtToken}` };
  equal((await stage.post(PATHS.profile, {})).json.errorCode, "AG8003");
  equal(
    (await stage.post(PATHS.profile, {}, { ...HEADERS, "Authorization": "Bearer x" })).json.errorCode,
    "AG8001",
  );
  equal((await stage.post(PATHS.profile, {}, secured)).json.data.clientcode, "SIM001");
  const renewed = (await stage.post(PATHS.renew, { refreshToken }, secured)).json.data;
  ok(renewed.jwtToken !== jwtToken);
  equal((await stage.post(PATHS.logout, {}, secured)).json.data, "");
  stage.clock.advance(1_100);
  equal((await stage.post(PATHS.profile, {}, secured)).json.errorCode, "AG8001");
  stage.clock.advance(86_400_000);
  const late = { ...HEADERS, "Authorization": `Bearer ${renewed.jwtToken}` };
  equal((await stage.post(PATHS.profile, {}, late)).json.errorCode, "AG8001");
});

Deno.test("a handshake is refused for each wrong credential, in the broker's words", async () => {
  await using stage = await Stage.start();
  const { jwtToken, feedToken } = await stage.login();
  const good = streamHeaders(jwtToken, feedToken);
  const refused = async (headers: Record<string, string>) => (await stage.dial({ ...good, ...headers })).said;
  equal(await refused({ Authorization: "Bearer x" }), "Invalid Header - Invalid Auth token");
  equal(await refused({ "x-client-code": "x" }), "Invalid Header - Invalid Client Code");
  equal(await refused({ "x-api-key": "x" }), "Invalid Header - Invalid API Key");
  equal(await refused({ "x-feed-token": "x" }), "Invalid Header - Invalid Feed Token");
  equal((await stage.dial({ ...good, Authorization: jwtToken })).status, 101);
  const query = `?clientCode=SIM001&feedToken=${feedToken}&apiKey=simkey`;
  equal((await stage.dial({}, query)).status, 101);
  equal((await stage.dial(good, "/other")).status, 404);
  stage.simulator.control.set({ checks: "lenient" });
  equal((await stage.dial({ "x-feed-token": feedToken, "x-api-key": "x" })).status, 101);
});

Deno.test("a feed token alone opens the stream, as some SDKs send it", async () => {
  await using stage = await Stage.start();
  const { feedToken } = await stage.login();
  const alone = { "x-client-code": "SIM001", "x-feed-token": feedToken, "x-client-lib": "JAVA" };
  equal((await stage.dial(alone)).status, 101);
  equal((await stage.dial({ "x-feed-token": feedToken })).status, 101);
  equal((await stage.dial({}, `?feedToken=${feedToken}`)).status, 101);
  equal((await stage.dial({ "x-client-code": "SIM001" })).said, "Invalid Header - Invalid Feed Token");
});

Deno.test("a fourth socket is refused with 429, and one that broke off counts for a while", async () => {
  await using stage = await Stage.start();
  const { jwtToken, feedToken } = await stage.login();
  const headers = streamHeaders(jwtToken, feedToken);
  const first = await stage.dial(headers);
  await stage.dial(headers);
  const third = await stage.dial(headers);
  const fourth = await stage.dial(headers);
  deepEqual([fourth.status, fourth.said], [429, "Invalid Request. Connection Limit Exceeded."]);
  // A clean close frees its place at once, a broken one later.
  const gone = new Promise((resolve) => first.socket!.on("close", resolve));
  first.socket!.close(1000);
  await gone;
  equal((await stage.dial(headers)).status, 101);
  third.socket!.terminate();
  while (stage.simulator.control.stats().sockets > 2) await new Promise((resolve) => setTimeout(resolve, 1));
  equal((await stage.dial(headers)).status, 429);
  stage.clock.advance(31_000);
  equal((await stage.dial(headers)).status, 101);
});

Deno.test("requests are obeyed in silence or answered with E1001 and E1002", async () => {
  await using stage = await Stage.start({ instruments: manyInstruments(1_001) });
  const socket = await stage.open();
  const bad = [
    "no json",
    "{}",
    '{"action":2,"params":{"mode":1,"tokenList":[]}}',
    '{"action":1,"params":{"mode":4,"tokenList":[{"exchangeType":1,"tokens":["1"]}]}}',
    '{"action":1,"params":{"mode":1,"tokenList":[{"exchangeType":6,"tokens":["1"]}]}}',
    '{"action":1,"params":{"mode":1,"tokenList":[{"exchangeType":1,"tokens":"1"}]}}',
    '{"action":1,"params":{"mode":1,"tokenList":[{"exchangeType":1,"tokens":[1]}]}}',
  ];
  for (const text of bad) socket.send(text);
  const errors = (await frames(stage, socket, bad.length)).map((frame) =>
    JSON.parse(frame as string).errorCode
  );
  deepEqual(errors, bad.map(() => "E1001"));
  const keys = manyInstruments(1_001).map(({ token }): InstrumentKey => `nse:${token}`);
  socket.send(ask("ltp", ...keys));
  const [quota] = await frames(stage, socket, 1);
  deepEqual(JSON.parse(quota as string), {
    correlationID: "0000000001",
    errorCode: "E1002",
    errorMessage: "Invalid Request. Subscription Limit Exceeded.",
  });
  equal(stage.simulator.control.stats().subscriptions[0]!.length, 0);
  stage.simulator.control.set({ quota: "partial" });
  socket.send(ask("ltp", ...keys));
  await frames(stage, socket, 100);
  equal(stage.simulator.control.stats().subscriptions[0]!.length, 1_000);
});

Deno.test("a text ping is answered with a text pong", async () => {
  await using stage = await Stage.start();
  const socket = await stage.open();
  socket.send("ping");
  deepEqual(await frames(stage, socket, 1), ["pong"]);
  equal(stage.simulator.control.stats().pings, 1);
});

Deno.test("a client that says nothing for a minute is cut off", async () => {
  await using stage = await Stage.start();
  const socket = await stage.open();
  const gone = new Promise((resolve) => socket.on("close", resolve));
  stage.clock.advance(60_000);
  equal(await gone, 1006);
});

Deno.test("what it sends is a market: figures that hold together, tick after tick", async () => {
  await using stage = await Stage.start({ rate: 2_000 });
  const socket = await stage.open();
  const keys: InstrumentKey[] = [
    "nse:99926000",
    "nse:3045",
    "bse:3045",
    "bfo:866186",
    "mcx:999999",
    "cds:1284",
  ];
  socket.send(ask("snapquote", ...keys));
  const decode = createPacketDecoder();
  const last = new Map<string, SnapQuoteTick>();
  for (const frame of await frames(stage, socket, 3_000)) {
    const tick = decode(frame as Uint8Array, 0) as Tick;
    ok("key" in tick && tick.mode === "snapquote", JSON.stringify(tick));
    const { key, lastPrice = NaN, high, low, open, bids, asks } = tick;
    ok(high! >= lastPrice && low! <= lastPrice && high! >= open! && low! <= open!);
    if (key === "nse:99926000") {
      deepEqual([tick.volume, tick.openInterest, bids, asks, tick.sequence], [
        undefined,
        undefined,
        [],
        [],
        0,
      ]);
    } else {
      ok(lastPrice <= tick.upperCircuit! && lastPrice >= tick.lowerCircuit!);
      ok(bids.length === 0 || asks.length === 0 || bids[0]!.price < asks[0]!.price);
      ok(bids.every(({ price }, i) => i === 0 || price < bids[i - 1]!.price));
      const before = last.get(key);
      if (before !== undefined) {
        ok(tick.volume! >= before.volume! && tick.sequence > before.sequence);
        ok(tick.exchangeTime >= before.exchangeTime && tick.exchangeTime % 1000 === 0);
      }
      last.set(key, tick);
    }
  }
  equal(last.get("bfo:866186")!.totalBuyQuantity, 0);
  equal(last.get("bfo:866186")!.bids.length, 0);
  equal(last.get("bse:3045")!.bids.length, 2);
  ok(last.get("mcx:999999")!.lastPrice! * 100 > 2 ** 31);
  ok(last.get("cds:1284")!.lastPrice! < 100);
});

Deno.test("a closed market sends one last value and then nothing", async () => {
  await using stage = await Stage.start({ rate: 500 });
  stage.simulator.control.set({ session: "closed" });
  const socket = await stage.open();
  socket.send(ask("ltp", "nse:3045", "nse:2885"));
  equal((await frames(stage, socket, 2)).length, 2);
  const { packets } = stage.simulator.control.stats();
  for (let i = 0; i < 20; i++) {
    stage.clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  equal(stage.simulator.control.stats().packets, packets);
});

Deno.test("the control address shows and changes what the simulator does, and says what it does not know", async () => {
  await using stage = await Stage.start();
  const control = async (body: unknown, type = "application/json") => {
    const response = await fetch(stage.simulator.controlUrl, {
      method: "POST",
      headers: { "content-type": type },
      body: JSON.stringify(body),
    });
    return { status: response.status, json: await response.json() };
  };
  equal((await control({ mute: true })).json.faults.mute, true);
  equal(stage.simulator.control.faults.mute, true);
  equal((await control({ action: "reset" })).json.faults.mute, false);
  const wrong = await control({ mute: "yes" });
  equal(wrong.status, 400);
  ok(wrong.json.error.length > 10);
  equal((await control({ mute: true }, "text/plain")).status, 415);
  const seen = await (await fetch(stage.simulator.controlUrl)).json();
  ok(seen.known.packet_faults.includes("huge"));
  const other = await fetch(`${stage.simulator.restUrl}/nothing`);
  await other.body?.cancel();
  equal(other.status, 404);
});

Deno.test("its moments tell by a tick's sequence number when it was sent", async () => {
  await using stage = await Stage.start({ instruments: manyInstruments(3), rate: 1_000 });
  const socket = await stage.open();
  const keys = ["nse:100001", "nse:100002", "nse:100003"] as const;
  socket.send(ask("ltp", ...keys));
  const decode = createPacketDecoder();
  const heard = await frames(stage, socket, 200);
  const moments = stage.control.moments();
  deepEqual(await (await fetch(`${stage.simulator.controlUrl}/moments`)).json(), moments);
  const clock = stage.clock.now();
  let before = 0;
  for (const frame of heard.slice(keys.length)) {
    const { sequence, exchangeTime } = decode(frame as Uint8Array, 0) as Tick;
    const { at } = moments.find(({ sequences }) => sequences.nse! >= sequence)!;
    ok(
      at >= before && at <= clock && Math.floor(at / 1000) * 1000 === exchangeTime,
      `${at}, ${exchangeTime}`,
    );
    before = at;
  }
});
