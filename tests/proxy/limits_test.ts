import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { DEFAULT_LIMITS, type Limits } from "../../lib/config/limits.ts";
import { logLines } from "../log/lines.ts";
import { handshake, RawClient } from "./raw_client.ts";
import { Rig } from "./rig.ts";

function rigWith(limits: Partial<Limits>): Promise<Rig> {
  return Rig.start({ proxy: { limits: { ...DEFAULT_LIMITS, handshakesPerSecond: 1_000, ...limits } } });
}

async function refusal(rig: Rig, headers: Record<string, string> = {}) {
  const { client, status, head } = await RawClient.connect(rig.proxy.port, "/", headers);
  client.close();
  return { status, body: head.split("\r\n\r\n")[1], head };
}

Deno.test("one client too many of an address is refused with 429, and may come when another has gone", async () => {
  await using rig = await rigWith({ clientsPerAddress: 3 });
  const clients = [await rig.connect(), await rig.connect(), await rig.connect()];
  const { status, body, head } = await refusal(rig);
  equal(status, 429);
  match(body!, /3 clients of this address are connected; MAX_CLIENTS_PER_ADDRESS/);
  match(head, /retry-after: 10/i);
  await clients[1]!.close();
  await rig.pass(100);
  await rig.connect();
  equal((await refusal(rig)).status, 429);
});

Deno.test("one client too many in all is refused with 503", async () => {
  await using rig = await rigWith({ clients: 2 });
  await rig.connect();
  await rig.connect();
  const { status, body } = await refusal(rig);
  equal(status, 503);
  match(body!, /2 clients are connected; MAX_CLIENTS allows more/);
});

Deno.test("a storm of handshakes is refused with 429 beyond five seconds' worth, and then by the second", async () => {
  await using rig = await rigWith({ handshakesPerSecond: 4 });
  const storm = async () => {
    const statuses = await Promise.all(Array.from({ length: 40 }, async () => (await refusal(rig)).status));
    return statuses.filter((status) => status === 101).length;
  };
  equal(await storm(), 20);
  equal(await storm(), 0);
  await rig.pass(1_000);
  equal(await storm(), 4);
});

Deno.test("places of connections that break in their handshake come back", async () => {
  await using rig = await rigWith({ clientsPerAddress: 5 });
  const head = new TextEncoder().encode(handshake(rig.proxy.port));
  for (let i = 0; i < 200; i++) {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: rig.proxy.port });
    await conn.write(head);
    conn.close();
    if (i % 4 === 3) await rig.pass(60);
  }
  await rig.pass(1_000);
  for (let i = 0; i < 5; i++) await rig.connect();
  equal((await rig.health()).clients, 5);
});

Deno.test("who says nothing for a minute is closed; one word is enough to stay", async () => {
  await using rig = await rigWith({});
  const [silent, talking] = [await rig.connect(), await rig.connect()];
  talking.send({ command: "ping" });
  const from = rig.clock.now();
  await rig.until(() => silent.closed !== undefined, 90_000);
  equal(silent.closed!.code, 1008);
  match(silent.closed!.reason, /No command came/);
  ok(rig.clock.now() - from >= 59_000);
  await rig.pass(60_000, 1_000);
  equal(talking.closed, undefined);
});

Deno.test("commands beyond the rate are not obeyed and said so; who goes on and on is closed", async () => {
  await using rig = await rigWith({ commandsPerSecond: 2 });
  const client = await rig.connect();
  for (let id = 0; id < 300; id++) client.send({ command: "ping", id });
  await rig.until(() => client.messages.length === 301);
  const refused = client.answers;
  ok(refused.length >= 195 && refused.length <= 200, `${refused.length}`);
  deepEqual([refused[0]!.status, refused[0]!.code], ["error", "rate_limited"]);
  ok(refused.every(({ id }) => typeof id === "number"), "each says which one it was");
  await rig.pass(2_000);
  client.send({ command: "ping", id: "later" });
  await rig.until(() => client.messages.at(-1)!.id === "later");
  equal(client.messages.at(-1)!.type, "pong");
  for (let id = 0; id < 1_100; id++) client.send({ command: "ping", id });
  await rig.until(() => client.closed !== undefined);
  // Who sends on past the close frame may not get to see it.
  const { code, reason } = client.closed!;
  if (code === 1008) match(reason, /Too many commands/);
  equal((await rig.health()).clients, 0);
});

Deno.test("instruments beyond a client's limit are refused; what it has may change its mode", async () => {
  await using rig = await rigWith({ subscriptions: 2 });
  const client = await rig.connect();
  const answerTo = async (command: object) => {
    const count = client.answers.length;
    client.send(command);
    await rig.until(() => client.answers.length > count);
    return client.answers[count]!;
  };
  const codes = async (command: object) =>
    (await answerTo(command)).results.map(({ status, code }: { status: string; code?: string }) =>
      code ?? status
    );
  const tokens = ["2885", "3045", "99926000"];
  deepEqual(await codes({ command: "subscribe", exchange: "nse", tokens }), [
    "accepted",
    "accepted",
    "too_many_instruments",
  ]);
  deepEqual(await codes({ command: "subscribe", exchange: "nse", tokens: ["2885", "3045"], mode: "quote" }), [
    "accepted",
    "accepted",
  ]);
  await answerTo({ command: "unsubscribe", exchange: "nse", tokens: ["2885"] });
  deepEqual(await codes({ command: "subscribe", exchange: "nse", tokens: ["99926000"] }), ["accepted"]);
});

Deno.test("who asks and never reads the answers is closed, and holds a bounded amount of ours", async () => {
  await using rig = await rigWith({ commandsPerSecond: 1_000_000 });
  const { client: deaf } = await RawClient.connect(rig.proxy.port);
  const good = await rig.connect();
  good.send({ command: "subscribe", exchange: "nse" });
  const left = () => rig.health().then(({ clients }) => clients as number);
  // Each answer echoes a long name, so that few commands make many bytes.
  const command = {
    command: "subscribe",
    symbols: Array.from({ length: 300 }, (_, i) => `nobody ${i} ${"x".repeat(80)}`),
  };
  for (let i = 0; i < 400 && await left() === 2; i++) {
    await deaf.send(command);
    await rig.pass(40);
  }
  equal(await left(), 1);
  const count = good.ticks.length;
  await rig.until(() => good.ticks.length > count + 20);
  deaf.close();
});

Deno.test("a handshake that cannot be one is refused with a sentence, which stands in the log once an hour", async () => {
  await using log = await logLines();
  await using rig = await rigWith({});
  const refusals: readonly (readonly [string, Record<string, string>, number])[] = [
    ["/?encoding=xml", {}, 400],
    ["/?interval=-1", {}, 400],
    ["/?encodng=json", {}, 400],
    ["/ws?encoding=json&a%0a%1b=1", {}, 400],
    ["/nowhere", {}, 404],
    ["/smart-order-update", {}, 403],
    ["/", { "sec-websocket-version": "8" }, 426],
    ["/", { "sec-websocket-key": "short" }, 400],
  ];
  for (const [path, headers, expected] of refusals) {
    log.lines.length = 0;
    for (let i = 0; i < 3; i++) {
      const { client, status, head } = await RawClient.connect(rig.proxy.port, path, headers);
      client.close();
      equal(status, expected, path);
      const lines = log.lines.filter((line) => line.includes("server refused 127.0.0.1"));
      equal(lines.length, 1, `${path}: ${lines}`);
      ok(!/\p{Cc}/u.test(lines[0]!.trim()), JSON.stringify(lines[0]));
      ok(lines[0]!.includes(head.split("\r\n\r\n")[1]!.trim()), lines[0]!);
    }
    await rig.clock.advanceAsync(3_600_000);
  }
});

Deno.test("names that others can claim are refused by the address that is listened on, however HOST spells it", async () => {
  for (const host of ["localhost", "LOCALHOST", "::ffff:127.0.0.1"]) {
    await using rig = await Rig.start({ proxy: { host } });
    for (const name of ["evil.local", "evil.lan", "evil"]) {
      equal((await refusal(rig, { host: name, origin: `http://${name}` })).status, 403, `${host} ${name}`);
    }
    equal((await refusal(rig, { host: `127.0.0.1:${rig.proxy.port}` })).status, 101, host);
  }
});

Deno.test("a page of a foreign origin, and a foreign name, are refused with 403 that says what would allow them", async () => {
  await using rig = await rigWith({});
  const foreign = await refusal(rig, { origin: "https://evil.example" });
  equal(foreign.status, 403);
  match(foreign.body!, /ALLOWED_ORIGINS=https:\/\/evil\.example/);
  const rebound = await refusal(rig, { host: "evil.example:8765", origin: "http://evil.example:8765" });
  equal(rebound.status, 403);
  for (const path of ["/", "/healthz", "/client.js"]) {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: rig.proxy.port });
    await conn.write(
      new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`),
    );
    match(await new Response(conn.readable).text(), /^HTTP\/1\.1 403 /);
  }
  equal((await refusal(rig, { origin: `http://127.0.0.1:${rig.proxy.port}` })).status, 101);
  const fromDisk = await refusal(rig, { origin: "null" });
  equal(fromDisk.status, 403);
  match(fromDisk.body!, /ALLOWED_ORIGINS=null/);
});
