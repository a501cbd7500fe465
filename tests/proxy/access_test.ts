import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { readTokens, type TokenJson } from "../../lib/access/token_file.ts";
import { DEFAULT_LIMITS } from "../../lib/config/limits.ts";
import { FakeClock } from "../fakes.ts";
import { RawClient } from "./raw_client.ts";
import { Rig } from "./rig.ts";
import { connectClient } from "./test_client.ts";

const TOKEN = "phone-secret-0123456789";
const PHONE = { name: "phone", sha256: digestOf(TOKEN) };

function tokens(...entries: TokenJson[]) {
  return readTokens(JSON.stringify(entries));
}

/** A proxy that wants tokens, with time in the hand of both. */
async function guarded(...entries: TokenJson[]) {
  const clock = new FakeClock();
  const access = new AccessList(clock, tokens(...entries));
  const rig = await Rig.start({ clock, proxy: { access } });
  return { rig, access };
}

/** The status of a handshake that waits for the clock. */
async function handshake(rig: Rig, path: string, headers: Record<string, string> = {}) {
  let answer: Awaited<ReturnType<typeof RawClient.connect>> | undefined;
  RawClient.connect(rig.proxy.port, path, headers).then((each) => answer = each);
  const from = rig.clock.now();
  await rig.until(() => answer !== undefined);
  answer!.client.close();
  return { ...answer!, took: rig.clock.now() - from };
}

Deno.test("a token lets in by header, by address and by first message; what it may do stands in status", async () => {
  const { rig } = await guarded({ ...PHONE, exchanges: ["nse"], max_instruments: 2 });
  await using _ = rig;
  const client = await rig.connect(`/?token=${TOKEN}`);
  equal(client.messages[0]!.type, "info");
  deepEqual(client.messages[0]!.available_exchanges, ["nse"]);
  client.send({ command: "status" });
  await rig.until(() => client.answers.length === 1);
  deepEqual(client.answers[0]!.data.client.access, { name: "phone", exchanges: ["nse"], max_instruments: 2 });

  const program = await handshake(rig, "/", { authorization: `Bearer ${TOKEN}` });
  equal(program.status, 101);

  const page = await connectClient(`ws://127.0.0.1:${rig.proxy.port}/`);
  await rig.until(() => page.messages.length === 1);
  equal(page.messages[0]!.status, "token_required");
  page.send({ command: "authenticate", token: TOKEN, id: 7 });
  await rig.until(() => page.messages.length === 3);
  deepEqual(page.messages[1], { status: "success", message: "Welcome, phone", id: 7 });
  equal(page.messages[2]!.type, "info");
  page.send({ command: "subscribe", exchange: "nse", mode: "ltp", id: 8 });
  await rig.until(() => page.answers.length === 2 && page.ticks.length > 5);
  deepEqual(
    page.answers[1]!.results.map(({ status, code }: { status: string; code?: string }) => code ?? status),
    [
      "accepted",
      "accepted",
      "too_many_instruments",
    ],
  );
  page.send({ command: "authenticate", token: "whatever", id: 9 });
  await rig.until(() => page.answers.length === 3);
  equal(page.answers[2]!.status, "success", "it is in already");
  await page.close();
});

Deno.test("an exchange that the token is not for is refused, alone and beside others", async () => {
  const { rig } = await guarded({ ...PHONE, exchanges: ["mcx"] });
  await using _ = rig;
  const client = await rig.connect(`/?token=${TOKEN}`);
  client.send({ command: "subscribe", exchange: "nse" });
  client.send({ command: "subscribe", symbols: ["NSE:SBIN-EQ", "MCX:574841"], mode: "ltp" });
  client.send({ command: "list_exchanges" });
  await rig.until(() => client.answers.length === 3);
  const [watchlist, named, exchanges] = client.answers;
  deepEqual([watchlist!.status, watchlist!.code], ["error", "not_allowed"]);
  match(watchlist!.message, /the access token of phone is for mcx alone/);
  equal(named!.results[0].code, "not_allowed");
  deepEqual(exchanges!.data, ["mcx"]);
  await rig.pass(500);
  ok(client.ticks.every(({ exchange }) => exchange === "mcx"));
  const { subscriptions } = rig.control.stats();
  ok(subscriptions.flat().every((each) => !each.startsWith("nse:")), String(subscriptions));
});

Deno.test("without a token nothing is said: no price, no watch list, no state of the login", async () => {
  const { rig } = await guarded(PHONE);
  await using _ = rig;
  const url = `http://127.0.0.1:${rig.proxy.port}`;
  deepEqual(await (await fetch(`${url}/healthz`)).json(), { status: "ok" });
  for (const path of ["/metrics", "/readyz", "/status", "/quotes?symbols=SBIN&wait=0"]) {
    const stranger = await fetch(url + path);
    deepEqual([path, stranger.status], [path, 401]);
    await stranger.body?.cancel();
    const known = await fetch(url + path, { headers: { authorization: `Bearer ${TOKEN}` } });
    ok(known.status !== 401, path);
    await known.body?.cancel();
  }
  const known = await fetch(`${url}/healthz`, { headers: { authorization: `Bearer ${TOKEN}` } });
  ok("login" in await known.json());
  const page = await fetch(url);
  equal(page.status, 200);
  await page.body!.cancel();

  for (const frame of ['{"command":"subscribe","exchange":"nse"}', "x", "", '{"command":"authenticate"}']) {
    const client = await connectClient(`ws://127.0.0.1:${rig.proxy.port}/`);
    client.sendRaw(frame);
    await rig.until(() => client.closed !== undefined);
    equal(client.closed!.code, 1008, frame);
    match(client.closed!.reason, /token is needed/);
    deepEqual(client.messages.map(({ status }) => status), ["token_required"]);
  }
  const silent = await connectClient(`ws://127.0.0.1:${rig.proxy.port}/`);
  await rig.until(() => silent.closed !== undefined);
  equal(silent.closed!.code, 1008);
  equal((await rig.health()).clients, undefined);
});

Deno.test("a wrong token is answered ever later, and slows no one who has the right one", async () => {
  const { rig } = await guarded(PHONE);
  await using _ = rig;
  const waits = [];
  for (let i = 0; i < 6; i++) {
    const { status, head, took } = await handshake(rig, "/?token=wrong-token-0123456789");
    equal(status, 401);
    match(head, /www-authenticate: Bearer/i);
    ok(!head.includes("wrong-token"));
    waits.push(took);
  }
  const expected = [500, 1_000, 2_000, 4_000, 8_000, 8_000];
  for (const [i, wait] of waits.entries()) {
    ok(wait >= expected[i]! && wait < expected[i]! + 1_000, String(waits));
  }
  const right = await handshake(rig, `/?token=${TOKEN}`);
  ok(right.took < 500, `${right.took}`);

  const page = await connectClient(`ws://127.0.0.1:${rig.proxy.port}/`);
  page.send({ command: "authenticate", token: "wrong-token-0123456789" });
  page.send({ command: "authenticate", token: TOKEN });
  await rig.until(() => page.closed !== undefined);
  equal(page.closed!.code, 1008, "one try each connection");
});

Deno.test("whoever's token expires, is taken out or changed has to go, at once; the others stay", async () => {
  const other = { name: "notebook", sha256: digestOf("notebook-secret-0123456789") };
  const { rig, access } = await guarded({ ...PHONE, expires: "2026-11-20T10:01:30+05:30" }, other);
  await using _ = rig;
  const [phone, notebook] = [
    await rig.connect(`/?token=${TOKEN}`),
    await rig.connect("/?token=notebook-secret-0123456789"),
  ];
  for (const client of [phone, notebook]) client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => phone.closed !== undefined, 200_000);
  equal(phone.closed!.code, 1008);
  match(phone.closed!.reason, /expired/);
  ok(rig.clock.now() < Date.parse("2026-11-20T10:02:40+05:30"), "within a minute and a half");
  equal((await handshake(rig, `/?token=${TOKEN}`)).status, 401);
  equal(notebook.closed, undefined);

  access.replace(tokens({ ...other, exchanges: ["mcx"] }));
  rig.proxy.recheckAccess();
  await rig.until(() => notebook.closed !== undefined);
  match(notebook.closed!.reason, /rights have changed/);
  await rig.until(() => rig.control.stats().subscriptions.flat().length === 0);
});

Deno.test("wrong tokens in handshakes take no places", async () => {
  const clock = new FakeClock();
  const access = new AccessList(clock, tokens(PHONE));
  const limits = { ...DEFAULT_LIMITS, clientsPerAddress: 2 };
  await using rig = await Rig.start({ clock, proxy: { access, limits } });
  for (let i = 0; i < 4; i++) equal((await handshake(rig, "/?token=wrong-token-0123456789")).status, 401);
  for (let i = 0; i < 4; i++) equal((await handshake(rig, "/smart-stream?feedToken=wrong-one")).status, 401);
  const client = await rig.connect(`/?token=${TOKEN}`);
  equal(client.messages[0]!.type, "info");
});

Deno.test("a second token before the first is answered is none, though it is the right one", async () => {
  const { rig } = await guarded(PHONE);
  await using _ = rig;
  for (
    const tries of [["wrong-token-0123456789", TOKEN], ["wrong-token-0123456789", "wrong-too-0123456789"]]
  ) {
    const client = await connectClient(`ws://127.0.0.1:${rig.proxy.port}/`);
    await rig.until(() => client.messages.length === 1);
    for (const token of tries) client.send({ command: "authenticate", token });
    await rig.until(() => client.closed !== undefined);
    equal(client.closed!.code, 1008);
    ok(client.messages.every(({ type }) => type !== "info"), "nothing was said to it");
  }
});

Deno.test("a shutdown is said to those who have not brought their token yet, too", async () => {
  const { rig } = await guarded(PHONE);
  const client = await connectClient(`ws://127.0.0.1:${rig.proxy.port}/`);
  await rig.until(() => client.messages.length === 1);
  const from = rig.clock.now();
  await rig.stop();
  await client.gone;
  equal(client.closed!.code, 1001);
  ok(rig.clock.now() - from < 1_500);
});
