import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { Rig, type RigOptions } from "./rig.ts";
import type { TestClient } from "./test_client.ts";

async function streaming(options?: RigOptions): Promise<{ rig: Rig; client: TestClient }> {
  const rig = await Rig.start(options);
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => client.ticks.length > 10);
  return { rig, client };
}

const statuses = (client: TestClient) => client.news.map(({ status }) => status);

/** Waits for ticks that come after now. */
async function ticksAgain(rig: Rig, client: TestClient, limitMs?: number): Promise<void> {
  const count = client.ticks.length;
  await rig.until(() => client.ticks.length > count + 5, limitMs);
}

for (const code of [undefined, 1000, 1001, 1011]) {
  Deno.test(`a socket that is ended with ${code ?? "no word"} is dialled again, and the gap is told`, async () => {
    const { rig, client } = await streaming();
    await using _ = rig;
    const lost = rig.clock.now();
    rig.control.dropSockets(code);
    await rig.until(() => statuses(client).includes("upstream_up"));
    await ticksAgain(rig, client);
    deepEqual(statuses(client), ["upstream_down", "stale", "upstream_up", "fresh"]);
    const [down, , up] = client.news;
    deepEqual(down!.instruments, ["nse:99926000", "nse:3045", "nse:2885"]);
    deepEqual(new Set(up!.instruments), new Set(down!.instruments));
    equal(up!.from, down!.since);
    ok(up!.from <= lost && lost - up!.from <= 300, "the gap begins with the last sign of life");
    ok(up!.to > up!.from);
    equal(client.closed, undefined);
    equal(rig.control.stats().maxSockets, 1);
    equal(rig.control.stats().logins.length, 1);
  });
}

Deno.test("a frozen socket is noticed after 25 s without a frame and replaced", async () => {
  const { rig, client } = await streaming();
  await using _ = rig;
  rig.control.set({ freeze: true, idleSeconds: 0 });
  await rig.pass(24_000, 100);
  deepEqual(statuses(client), []);
  await rig.pass(2_500, 100);
  rig.control.set({ freeze: false });
  await rig.until(() => statuses(client).includes("upstream_up"), 20_000);
  equal(client.news[0]!.reason, "silent");
  await ticksAgain(rig, client);
  equal(rig.control.stats().maxSockets, 1);
});

Deno.test("a mute socket, whose pongs go on, is replaced after 75 s in session hours", async () => {
  const { rig, client } = await streaming();
  await using _ = rig;
  rig.control.set({ mute: true });
  await rig.pass(70_000, 200);
  deepEqual(statuses(client), []);
  await rig.until(() => statuses(client).includes("upstream_silent"), 20_000);
  equal(client.news[0]!.reason, "mute");
  rig.control.set({ mute: false });
  await ticksAgain(rig, client);
  equal(rig.control.stats().maxSockets, 1);
  equal(rig.control.stats().logins.length, 1);
});

Deno.test("one 401 at the handshake costs one new login", async () => {
  const { rig, client } = await streaming();
  await using _ = rig;
  rig.control.set({ refuseHandshake: { status: 401, times: 1 } });
  rig.control.dropSockets();
  await ticksAgain(rig, client);
  deepEqual(rig.control.stats().logins.map(({ outcome }) => outcome), ["ok", "ok"]);
  deepEqual(rig.control.stats().handshakes, { 101: 2, 401: 1 });
});

Deno.test("401 for ever costs one new login at once, and then a few an hour, ever rarer", async () => {
  const { rig } = await streaming();
  await using _ = rig;
  rig.control.set({ refuseHandshake: { status: 401, times: 1_000 } });
  rig.control.dropSockets();
  await rig.pass(280_000, 400);
  await rig.pass(3_320_000, 5_000);
  const { handshakes, logins } = rig.control.stats();
  ok(handshakes[401]! <= 7, `${handshakes[401]} handshakes in an hour`);
  ok(logins.length <= 7, `${logins.length} logins in an hour`);
  // The first refusal is answered by the new login; each later one by a longer wait.
  const waits = logins.slice(2).map(({ at }, i) => at - logins[i + 1]!.at);
  ok(waits.every((wait, i) => wait >= 30_000 && wait > (waits[i - 1] ?? 0)), String(waits));
});

Deno.test("429 for ten minutes is met with at most fifteen tries, half a minute and more apart", async () => {
  const { rig, client } = await streaming();
  await using _ = rig;
  rig.control.set({ refuseHandshake: { status: 429, times: 1_000 } });
  rig.control.dropSockets();
  await rig.pass(600_000, 800);
  const tries = rig.control.stats().handshakes[429];
  ok(tries! >= 3 && tries! <= 15, `${tries} tries`);
  equal(rig.control.stats().logins.length, 1);
  rig.control.set({ refuseHandshake: null });
  await ticksAgain(rig, client, 400_000);
});

for (const status of [403, 500, 502] as const) {
  Deno.test(`a handshake answered with ${status} is tried again, ever more slowly`, async () => {
    const { rig, client } = await streaming();
    await using _ = rig;
    rig.control.set({ refuseHandshake: { status, times: 6 } });
    rig.control.dropSockets();
    await ticksAgain(rig, client, 200_000);
    equal(rig.control.stats().handshakes[status], 6);
    equal(rig.control.stats().logins.length, 1);
  });
}

for (const handshake of ["hang", "garbage"] as const) {
  Deno.test(`a handshake that meets ${handshake} is given up and tried again`, async () => {
    const { rig, client } = await streaming();
    await using _ = rig;
    rig.control.set({ handshake });
    rig.control.dropSockets();
    await rig.pass(30_000, 100);
    rig.control.set({ handshake: "normal" });
    await ticksAgain(rig, client, 120_000);
    equal(rig.control.stats().maxSockets, 1);
  });
}

for (const answer of ["throttled", "html_200", "html_502", "data_null", "reset", "AB2001", "hang"] as const) {
  Deno.test(`a login answered with ${answer} is tried again until it succeeds`, async () => {
    await using rig = await Rig.start();
    rig.control.set({ login: { answer, times: 2 } });
    // The first login may have been under way already.
    const client = await rig.connect();
    client.send({ command: "subscribe", exchange: "nse" });
    await rig.until(() => client.ticks.length > 5, 900_000);
    const at = rig.control.stats().logins.map((login) => login.at);
    ok(at.every((time, i) => i === 0 || time - at[i - 1]! >= 1_000), "a second between two logins");
  });
}

Deno.test("a final refusal is tried once, told to everyone, and shown in health", async () => {
  const rig = await Rig.start({ simulator: { credentials: { ...wrongPin() } } });
  await using _ = rig;
  const client = await rig.connect();
  await rig.pass(600_000, 1_000);
  deepEqual(rig.control.stats().logins.map(({ outcome }) => outcome), ["AB1007"]);
  const late = await rig.connect();
  const upstream = late.messages[0]!.upstream;
  equal(upstream.state, "refused");
  ok(upstream.reason.includes("AB1007"), upstream.reason);
  ok(upstream.reason.includes("Invalid Clientcode or Pin"), "the server's own words");
  deepEqual((await rig.health()).upstream, upstream);
  ok(client.messages[0]!.upstream.state === "refused" || statuses(client).includes("upstream_refused"));
});

function wrongPin() {
  return { clientCode: "SIM001", pin: "9999", apiKey: "simkey", totpSecret: "JBSWY3DPEHPK3PXP" };
}

Deno.test("a wrong one-time code is tried again in the next window, and then rarely", async () => {
  const credentials = { ...wrongPin(), pin: "1234", totpSecret: "KRSXG5CTMVRXEZLU" };
  await using rig = await Rig.start({ simulator: { credentials } });
  await rig.pass(600_000, 1_000);
  const { logins } = rig.control.stats();
  deepEqual(logins.map(({ outcome }) => outcome), ["AB1050", "AB1050", "AB1050"]);
  ok(Math.floor(logins[1]!.at / 30_000) === Math.floor(logins[0]!.at / 30_000) + 1, "the next window");
});

Deno.test("what was unsubscribed does not come back with a new socket", async () => {
  const { rig, client } = await streaming();
  await using _ = rig;
  client.send({ command: "subscribe", exchange: "mcx" });
  client.send({ command: "unsubscribe", exchange: "nse" });
  await rig.until(() => client.ticks.some(({ exchange }) => exchange === "mcx"));
  await rig.pass(31_000, 200);
  for (let i = 0; i < 3; i++) {
    rig.control.dropSockets();
    // What was on its way may still arrive, so ticks alone do not tell of a new socket.
    await rig.until(() => rig.control.stats().handshakes[101] === 2 + i && rig.control.stats().sockets === 1);
    await ticksAgain(rig, client);
  }
  deepEqual(rig.control.stats().subscriptions, [["mcx:574841 ltp", "mcx:999999 ltp"]]);
  equal(rig.control.stats().maxSockets, 1);
});

Deno.test("a thousand reconnects never hold two sockets, and leave nothing behind", async () => {
  const { rig, client } = await streaming({ proxy: { policy: { backoffBase: 20, backoffCap: 20 } } });
  await using _ = rig;
  rig.control.set({ ghostSeconds: 0 });
  const timers = rig.clock.pending;
  for (let i = 0; i < 1_000; i++) {
    const before = rig.control.stats().handshakes[101];
    rig.control.dropSockets(i % 2 === 0 ? undefined : 1001);
    await rig.until(() => rig.control.stats().handshakes[101]! > before!);
  }
  await ticksAgain(rig, client);
  equal(rig.control.stats().maxSockets, 1);
  equal(rig.control.stats().logins.length, 1);
  ok(rig.clock.pending <= timers + 3, `${rig.clock.pending} timers, ${timers} at the beginning`);
});
