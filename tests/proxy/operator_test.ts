import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import { RecentLines } from "../../lib/log/recent.ts";
import { FakeClock } from "../fakes.ts";
import { Rig } from "./rig.ts";
import type { Message, TestClient } from "./test_client.ts";

async function ask(rig: Rig, client: TestClient, command: Message): Promise<Message> {
  const count = client.answers.length;
  client.send(command);
  await rig.until(() => client.answers.length > count);
  return client.answers[count]!;
}

Deno.test("whoever is on this machine sees all clients, and closes one of them", async () => {
  await using rig = await Rig.start();
  const operator = await rig.connect();
  const bot = await rig.connect("/?encoding=json&interval=250");
  bot.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => bot.ticks.length > 5);
  const { data } = await ask(rig, operator, { command: "clients" });
  equal(data.length, 2);
  const { number, from, bytes, since, ...rest } = data[1];
  deepEqual(rest, {
    protocol: "json",
    encoding: "json",
    interval: 250,
    subscriptions: rest.subscriptions,
    limit: rest.limit,
    lagging_ms: 0,
    waiting: 0,
    conflated: rest.conflated,
    is_this: false,
  });
  // Nine tenths of one socket, and the watch list.
  equal(rest.limit, 891 + 5);
  ok(rest.subscriptions > 0 && bytes > 500 && since <= rig.clock.now());
  match(from, /^127\.0\.0\.1:\d+$/);
  equal(data[0].is_this, true);
  // Not itself, nobody who is not there, and nothing that is no number.
  equal((await ask(rig, operator, { command: "disconnect", number: data[0].number })).code, "bad_command");
  equal((await ask(rig, operator, { command: "disconnect", number: 404 })).code, "unknown_client");
  match((await ask(rig, operator, { command: "disconnect", numbr: 2 })).message, /did you mean "number"/);
  equal((await ask(rig, operator, { command: "disconnect", number })).status, "success");
  await rig.until(() => bot.closed !== undefined);
  deepEqual([bot.closed?.code, bot.closed?.reason], [1008, "Closed by whoever runs the proxy"]);
  equal((await ask(rig, operator, { command: "clients" })).data.length, 1);
});

Deno.test("the overview says what is wrong first, and gives the lines of the log once", async () => {
  const recentLog = new RecentLines();
  recentLog.add("first\n");
  await using rig = await Rig.start({ proxy: { recentLog } });
  const operator = await rig.connect();
  const first = (await ask(rig, operator, { command: "overview" })).data;
  deepEqual(Object.keys(first).slice(0, 2), ["ready", "reasons"]);
  for (
    const name of ["sockets", "budget", "login", "refused", "latency", "recording", "calendar", "markets"]
  ) {
    ok(first[name] !== undefined, name);
  }
  deepEqual(first.log, [{ number: 1, text: "first" }]);
  recentLog.add("second\n");
  const { log } = (await ask(rig, operator, { command: "overview", after: 1 })).data;
  deepEqual(log, [{ number: 2, text: "second" }]);
  await rig.pass(61_000, 500);
  const { latency } = (await ask(rig, operator, { command: "overview", after: 2 })).data;
  equal(latency.length, 1);
});

Deno.test("where tokens are needed, only one with the right may look, from wherever it comes", async () => {
  const clock = new FakeClock();
  const tokens = ["operator-0123456789", "phone-0123456789"];
  const list = readTokens(JSON.stringify([
    { name: "boss", sha256: digestOf(tokens[0]!), operator: true },
    { name: "phone", sha256: digestOf(tokens[1]!) },
  ]));
  await using rig = await Rig.start({ clock, proxy: { access: new AccessList(clock, list) } });
  const boss = await rig.connect(`/?token=${tokens[0]}`);
  const phone = await rig.connect(`/?token=${tokens[1]}`);
  for (const command of ["clients", "overview", "disconnect"]) {
    const { code, message } = await ask(rig, phone, {
      command,
      ...command === "disconnect" ? { number: 1 } : {},
    });
    equal(code, "not_allowed");
    match(message, /phone does not have the right `operator`/);
  }
  const { data } = await ask(rig, boss, { command: "clients" });
  deepEqual(data.map(({ name }: Message) => name), ["boss", "phone"]);
  equal(JSON.stringify(data).includes("0123456789"), false);
});

Deno.test("who comes through another proxy of this machine is not on this machine", async () => {
  await using rig = await Rig.start();
  for (const header of ["x-forwarded-for", "forwarded", "via", "x-real-ip"]) {
    const socket = new WebSocket(`ws://127.0.0.1:${rig.proxy.port}/`, {
      headers: { [header]: "203.0.113.7" },
    });
    const heard: Message[] = [];
    socket.onmessage = ({ data }) => heard.push(JSON.parse(data));
    await rig.until(() => heard.length > 0);
    socket.send(JSON.stringify({ command: "clients" }));
    await rig.until(() => heard.length > 1);
    equal(heard[1]!.code, "not_allowed", header);
    const closed = Promise.withResolvers<unknown>();
    socket.onclose = closed.resolve;
    socket.close();
    await closed.promise;
  }
});
