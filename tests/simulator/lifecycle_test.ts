import { deepStrictEqual as deepEqual, ok, rejects, strictEqual as equal } from "node:assert/strict";
import { connect } from "node:net";
// @ts-types="npm:@types/ws@8.18.2"
import type { WebSocket } from "ws";
import { systemClock } from "../../lib/util/clock.ts";
import { istMidnight } from "../../lib/market/ist.ts";
import { manyInstruments } from "../../lib/simulator/instruments.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { ask, frames, Stage, streamHeaders } from "./stage.ts";

const closed = (socket: WebSocket) =>
  new Promise<[number, string]>((resolve) =>
    socket.on("close", (code, reason) => resolve([code, reason.toString()]))
  );

function toMidnight(stage: Stage): void {
  stage.control.set({ idleSeconds: 0 });
  const now = stage.clock.now();
  stage.clock.advance(istMidnight(now) + 86_400_000 - now);
}

Deno.test("midnight in India cuts all sockets, and the tokens of the day are refused", async () => {
  await using stage = await Stage.start();
  const { jwtToken, feedToken } = await stage.login();
  const { socket } = await stage.dial(streamHeaders(jwtToken, feedToken));
  const gone = closed(socket!);
  toMidnight(stage);
  equal((await gone)[0], 1006);
  const again = await stage.dial(streamHeaders(jwtToken, feedToken));
  deepEqual([again.status, again.said], [401, "Invalid Header - Invalid Auth token"]);
  const today = await stage.login();
  equal((await stage.dial(streamHeaders(today.jwtToken, today.feedToken))).status, 101);
});

Deno.test("or midnight leaves the sockets open and mute, while new ones tick", async () => {
  await using stage = await Stage.start({ rate: 100 }, "2026-11-20T23:59:00+05:30");
  stage.control.set({ midnight: "mute" });
  const old = await stage.open();
  old.send(ask("ltp", "nse:3045"));
  await frames(stage, old, 3);
  toMidnight(stage);
  const young = await stage.open();
  young.send(ask("ltp", "nse:3045"));
  await frames(stage, young, 3);
  let ticks = 0;
  old.on("message", (_, binary) => ticks += binary ? 1 : 0);
  await frames(stage, young, 20);
  equal(ticks, 0);
  equal(stage.control.stats().sockets, 2);
});

Deno.test("sockets can be cut, or closed with a code and a reason, and leave no ghost", async () => {
  await using stage = await Stage.start();
  for (let i = 0; i < 4; i++) {
    const gone = closed(await stage.open());
    stage.control.dropSockets();
    deepEqual(await gone, [1006, ""]);
  }
  for (const code of [1000, 1001, 1011]) {
    const gone = closed(await stage.open());
    stage.control.dropSockets(code, "maintenance");
    deepEqual(await gone, [code, "maintenance"]);
  }
  deepEqual(stage.control.stats().handshakes, { 101: 7 });
});

Deno.test("sockets can be cut over and over", async () => {
  await using stage = await Stage.start();
  stage.control.set({ flapMs: 5_000 });
  for (let i = 0; i < 3; i++) {
    const gone = closed(await stage.open());
    stage.clock.advance(5_000);
    equal((await gone)[0], 1006);
  }
  stage.control.set({ flapMs: 0 });
  await stage.open();
  stage.clock.advance(20_000);
  equal(stage.control.stats().sockets, 1);
});

Deno.test("over the limit the oldest socket can be closed instead", async () => {
  await using stage = await Stage.start();
  stage.control.set({ overLimit: "close_oldest" });
  const { jwtToken, feedToken } = await stage.login();
  const headers = streamHeaders(jwtToken, feedToken);
  const first = await stage.dial(headers);
  const gone = closed(first.socket!);
  for (let i = 0; i < 3; i++) equal((await stage.dial(headers)).status, 101);
  equal((await gone)[0], 1000);
});

Deno.test("pings of either kind keep a socket from being cut off; silence does not", async () => {
  await using stage = await Stage.start();
  const socket = await stage.open();
  const gone = closed(socket);
  for (let i = 0; i < 6; i++) {
    const { pings } = stage.control.stats();
    if (i % 2 === 0) socket.ping();
    else socket.send("ping");
    await stage.until(() => stage.control.stats().pings > pings);
    stage.clock.advance(50_000);
  }
  equal(stage.control.stats().sockets, 1);
  stage.control.set({ idleSeconds: 0 });
  stage.clock.advance(600_000);
  equal(stage.control.stats().sockets, 1);
  stage.control.set({ idleSeconds: 30 });
  stage.clock.advance(30_000);
  equal((await gone)[0], 1006);
});

/** A client of a few bytes, which shows what a library would hide. */
async function rawClient(stage: Stage) {
  const { jwtToken, feedToken } = await stage.login();
  const { port } = new URL(stage.simulator.streamUrl);
  const wire = connect(Number(port), "127.0.0.1");
  const heard = { bytes: 0, text: "", closed: false };
  wire.on("data", (data: Uint8Array) => {
    heard.bytes += data.length;
    if (heard.text.length < 100_000) heard.text += String.fromCharCode(...data.subarray(0, 10_000));
  });
  wire.on("error", () => {});
  wire.on("close", () => heard.closed = true);
  const lines = Object.entries(streamHeaders(jwtToken, feedToken)).map(([name, value]) =>
    `${name}: ${value}`
  );
  wire.write([
    "GET /smart-stream HTTP/1.1",
    "Host: x",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol: chat",
    "Sec-WebSocket-Extensions: permessage-deflate",
    ...lines,
    "",
    "",
  ].join("\r\n"));
  const send = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    const length = bytes.length < 126 ? [0x80 | bytes.length] : [0xfe, bytes.length >> 8, bytes.length & 255];
    wire.write(Uint8Array.from([0x81, ...length, 0, 0, 0, 0, ...bytes]));
  };
  return { wire, heard, send };
}

Deno.test("a handshake agrees to no compression and no sub-protocol", async () => {
  await using stage = await Stage.start();
  const { wire, heard } = await rawClient(stage);
  await stage.until(() => heard.text.includes("\r\n\r\n"));
  ok(heard.text.startsWith("HTTP/1.1 101"));
  ok(!/sec-websocket-(protocol|extensions)/i.test(heard.text), heard.text);
  wire.destroy();
  await stage.until(() => stage.control.stats().sockets === 0);
});

Deno.test("nothing follows a close frame", async () => {
  await using stage = await Stage.start({ rate: 1_000 });
  const { wire, heard, send } = await rawClient(stage);
  send(ask("ltp", "nse:3045"));
  await stage.until(() => stage.control.stats().requests.length === 1);
  stage.clock.advance(100);
  const { packets } = stage.control.stats();
  ok(packets > 50);
  stage.control.dropSockets(1001);
  await stage.until(() => heard.text.endsWith("\x88\x02\x03\xe9"));
  stage.clock.advance(1_000);
  stage.control.inject("duplicate");
  equal(stage.control.stats().packets, packets);
  wire.destroy();
  await stage.until(() => stage.control.stats().sockets === 0);
  ok(heard.text.endsWith("\x88\x02\x03\xe9"));
});

Deno.test("a client that does not read costs packets, not memory", async () => {
  await using stage = await Stage.start({ rate: 30_000, instruments: manyInstruments(100) });
  const { wire, heard, send } = await rawClient(stage);
  await stage.until(() => heard.text.includes("\r\n\r\n"));
  wire.pause();
  const tokens = manyInstruments(100).map(({ token }) => `nse:${token}` as const);
  send(ask("snapquote", ...tokens.slice(0, 100)));
  await stage.until(() => stage.control.stats().requests.length === 1);
  for (let i = 0; stage.control.stats().dropped < 10_000; i++) {
    ok(i < 400, "nothing is dropped");
    stage.clock.advance(20);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  // What the kernel takes and 4 MB of ours.
  ok(stage.control.stats().packets * 383 < 24 * 1024 * 1024, `${stage.control.stats().packets} packets`);
  stage.control.inject("huge", 50);
  equal(stage.control.stats().sockets, 1);
  wire.destroy();
});

Deno.test("a handshake can be delayed, met with garbage, or never answered", async () => {
  await using stage = await Stage.start();
  stage.control.set({ handshakeDelayMs: 3_000 });
  const { wire, heard } = await rawClient(stage);
  const timers = stage.clock.pending;
  await stage.until(() => stage.clock.pending === timers + 1);
  equal(heard.bytes, 0);
  stage.clock.advance(3_000);
  await stage.until(() => heard.text.startsWith("HTTP/1.1 101"));
  wire.destroy();
  await stage.until(() => stage.control.stats().sockets === 0);
  stage.control.set({ handshakeDelayMs: 0, handshake: "garbage" });
  const garbage = await rawClient(stage);
  await stage.until(() => garbage.heard.text.startsWith("SSH-2.0"));
  garbage.wire.destroy();
  stage.control.set({ handshake: "hang" });
  const hung = await rawClient(stage);
  equal(hung.heard.bytes, 0);
  await stage.simulator.stop();
  await stage.until(() => hung.heard.closed);
  equal(hung.heard.bytes, 0);
});

Deno.test("a stop in the middle of everything leaves no timer and frees the port", async () => {
  const stage = await Stage.start({ rate: 1_000 });
  await using _ = stage;
  const socket = await stage.open();
  socket.send(ask("snapquote", "nse:3045"));
  await frames(stage, socket, 5);
  stage.control.set({ flapMs: 7_000, handshakeDelayMs: 9_000 });
  const before = stage.clock.pending;
  const { wire } = await rawClient(stage);
  await stage.until(() => stage.clock.pending > before);
  const gone = closed(socket);
  await stage.simulator.stop();
  await gone;
  wire.destroy();
  equal(stage.clock.pending, 0);
  const port = Number(new URL(stage.simulator.restUrl).port);
  const next = await startSimulator({ clock: systemClock, random: Math.random, port });
  await next.stop();
});

Deno.test("a port that is taken is named in the refusal", async () => {
  await using stage = await Stage.start();
  const port = Number(new URL(stage.simulator.restUrl).port);
  await rejects(
    startSimulator({ clock: systemClock, random: Math.random, port }),
    new RegExp(`The simulator cannot listen on 127\\.0\\.0\\.1:${port}: `),
  );
});

Deno.test("what was counted stays as it was when it was asked for", async () => {
  await using stage = await Stage.start();
  const before = stage.control.stats();
  await stage.open();
  deepEqual([before.handshakes, before.logins, before.sockets], [{}, [], 0]);
  deepEqual(Object.keys(before).sort(), [
    "dropped",
    "handshakes",
    "logins",
    "maxSockets",
    "packets",
    "pings",
    "requests",
    "restCalls",
    "sockets",
    "subscriptions",
  ]);
});

Deno.test("the control address sends, cuts and closes, and names what is wrong with a command", async () => {
  await using stage = await Stage.start();
  const socket = await stage.open();
  const control = async (body: string) => {
    const response = await fetch(stage.simulator.controlUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    return { status: response.status, error: (await response.json()).error as string | undefined };
  };
  const sent = frames(stage, socket, 2);
  equal((await control('{"action":"send","text":"hello"}')).status, 200);
  equal((await control('{"action":"send_bytes","hex":"01fF"}')).status, 200);
  deepEqual(await sent, ["hello", Uint8Array.of(1, 255)]);
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["no json", /JSON/],
    ["[]", /Send an object/],
    ['{"mute":1}', /boolean[^]*mute/],
    ['{"sesion":"open"}', /sesion/],
    ['{"action":"nonsense"}', /drop_sockets/],
    ['{"action":"drop_sockets","code":1006}', /must be 1000[^]*code/],
    ['{"action":"send_bytes","hex":"abc"}', /hex/],
    ['{"action":"inject","fault":"no such"}', /truncated_47/],
  ];
  for (const [body, complaint] of wrong) {
    const { status, error } = await control(body);
    equal(status, 400, body);
    ok(complaint.test(error!), error!);
  }
  equal(stage.control.stats().sockets, 1);
  const gone = closed(socket);
  equal((await control('{"action":"drop_sockets","code":1001,"reason":"going away"}')).status, 200);
  deepEqual(await gone, [1001, "going away"]);
});
