import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
// @ts-types="npm:@types/ws@8.18.2"
import type { WebSocket } from "ws";
import { createPacketDecoder, PacketRefusal } from "../../lib/smartapi/packet.ts";
import type { Tick } from "../../lib/market/market.ts";
import type { PacketFault } from "../../lib/simulator/faults.ts";
import { ask, frames, Stage, streamHeaders } from "./stage.ts";

/** A socket that has subscribed, with the market standing still, so that what comes is what was injected. */
async function still(): Promise<{ stage: Stage; socket: WebSocket }> {
  const stage = await Stage.start({ rate: 2 });
  const socket = await stage.open();
  socket.send(ask("snapquote", "nse:99926000", "nse:3045"));
  await frames(stage, socket, 2);
  stage.control.set({ session: "closed", idleSeconds: 0 });
  return { stage, socket };
}

/** What a fault sends: the length of each frame, and why our decoder refuses the first, where it does. */
const SENT: Readonly<
  Record<Exclude<PacketFault, "unknown_json" | "endless_text">, readonly [number[], string?]>
> = {
  truncated_47: [[47], "wrong_length"],
  truncated_50: [[50], "wrong_length"],
  truncated_122: [[122], "wrong_length"],
  truncated_378: [[378], "wrong_length"],
  unknown_mode_0: [[51], "unknown_mode"],
  unknown_mode_9: [[51], "unknown_mode"],
  token_without_nul: [[51]],
  negative_price: [[51], "no_price"],
  time_backwards: [[51]],
  outside_circuits: [[379]],
  crossed_book: [[379]],
  not_asked: [[51]],
  duplicate: [[51, 51]],
  two_in_one: [[102]],
  // A client's library puts the fragments together.
  fragmented: [[51]],
  huge: [[10 * 1024 * 1024], "unknown_mode"],
};

for (const [fault, [lengths, reason]] of Object.entries(SENT)) {
  Deno.test(`${fault} is sent as what it says`, async () => {
    const { stage, socket } = await still();
    await using _ = stage;
    stage.control.inject(fault as PacketFault);
    const sent = await frames(stage, socket, lengths.length) as Uint8Array[];
    deepEqual(sent.map(({ length }) => length), lengths);
    const tick = createPacketDecoder()(sent[0]!, 0);
    equal(tick instanceof PacketRefusal ? tick.reason : undefined, reason);
    if (fault === "duplicate") deepEqual(sent[0], sent[1]);
    if (fault === "token_without_nul") equal((tick as Tick).token, "7".repeat(25));
    if (fault === "time_backwards") ok((tick as Tick).exchangeTime < stage.clock.now() - 599_000);
  });
}

Deno.test("text that no client knows is sent as text", async () => {
  const { stage, socket } = await still();
  await using _ = stage;
  stage.control.inject("unknown_json");
  deepEqual(await frames(stage, socket, 1), ['{"hello":"world","mode":1}']);
  stage.control.inject("endless_text");
  equal((await frames(stage, socket, 1))[0]!.length, 10 * 1024 * 1024);
});

Deno.test("a mute socket answers pings and sends no tick; a silent one the other way round; a frozen one neither", async () => {
  await using stage = await Stage.start({ rate: 200 });
  const socket = await stage.open();
  socket.send(ask("ltp", "nse:3045"));
  await frames(stage, socket, 3);
  /** An injected text passes every fault, after all that was sent before it. */
  const allArrived = async () => {
    const arrived = new Promise<void>((resolve) =>
      socket.on("message", function marker(data) {
        if (!String(data).includes("hello")) return;
        socket.off("message", marker);
        resolve();
      })
    );
    stage.control.inject("unknown_json");
    await arrived;
  };
  const kinds = async (milliseconds: number) => {
    const received = new Set<string>();
    const note = (data: unknown, binary: boolean) => {
      if (binary) received.add("tick");
      else if (String(data) === "pong") received.add("pong");
    };
    const pong = () => received.add("PONG");
    // What was on its way before the fault is not the fault's.
    await allArrived();
    let { pings } = stage.control.stats();
    socket.on("message", note).on("pong", pong);
    for (let passed = 0; passed < milliseconds; passed += 50) {
      socket.send("ping");
      socket.ping();
      stage.clock.advance(50);
      pings += 2;
      await stage.until(() => stage.control.stats().pings === pings);
    }
    await allArrived();
    socket.off("message", note).off("pong", pong);
    return [...received].sort();
  };
  deepEqual(await kinds(500), ["PONG", "pong", "tick"]);
  stage.control.set({ mute: true });
  deepEqual(await kinds(500), ["PONG", "pong"]);
  stage.control.set({ mute: false, silentPong: true });
  deepEqual(await kinds(500), ["tick"]);
  stage.control.set({ freeze: true });
  deepEqual(await kinds(500), []);
  equal(stage.control.stats().sockets, 1);
  stage.control.reset();
  deepEqual(await kinds(500), ["PONG", "pong", "tick"]);
});

for (const status of [401, 403, 429, 500, 502] as const) {
  Deno.test(`handshakes are refused with ${status} as often as was asked for`, async () => {
    await using stage = await Stage.start();
    const { jwtToken, feedToken } = await stage.login();
    stage.control.set({ refuseHandshake: { status, times: 2 } });
    const dial = async () => (await stage.dial(streamHeaders(jwtToken, feedToken))).status;
    deepEqual([await dial(), await dial(), await dial()], [status, status, 101]);
    deepEqual(stage.control.stats().handshakes, { [status]: 2, 101: 1 });
  });
}

Deno.test("a request over the quota is met with silence, if that is how the broker is", async () => {
  await using stage = await Stage.start();
  stage.control.set({ quota: "silent", session: "closed" });
  const socket = await stage.open();
  socket.send(ask("ltp", ...Array.from({ length: 1_001 }, (_, i) => `nse:${i + 1}` as const)));
  socket.send("ping");
  deepEqual(await frames(stage, socket, 1), ["pong"]);
  deepEqual(stage.control.stats().subscriptions, [[]]);
});

Deno.test("a duplicate is not counted, and an unsubscription frees its place", async () => {
  await using stage = await Stage.start();
  stage.control.set({ session: "closed" });
  const socket = await stage.open();
  socket.send(ask("ltp", ...Array.from({ length: 1_000 }, (_, i) => `nse:${i + 1}` as const)));
  socket.send(ask("ltp", "nse:1", "nse:2"));
  socket.send("ping");
  deepEqual(await frames(stage, socket, 1), ["pong"]);
  socket.send(ask("quote", "nse:1"));
  equal(JSON.parse((await frames(stage, socket, 1))[0] as string).errorCode, "E1002");
  socket.send(ask("ltp", "nse:1").replace('"action":1', '"action":0'));
  socket.send(ask("quote", "nse:1"));
  socket.send("ping");
  deepEqual(await frames(stage, socket, 1), ["pong"]);
  equal(stage.control.stats().subscriptions[0]!.length, 1_000);
});

Deno.test("an instrument in two modes gives two packets, and one unsubscribed before its first packet none", async () => {
  await using stage = await Stage.start();
  stage.control.set({ session: "closed" });
  const socket = await stage.open();
  socket.send(ask("ltp", "nse:2885"));
  socket.send(ask("ltp", "nse:2885").replace('"action":1', '"action":0'));
  socket.send(ask("ltp", "nse:3045"));
  socket.send(ask("quote", "nse:3045"));
  await stage.until(() => stage.control.stats().requests.length === 4);
  const sent = await frames(stage, socket, 2) as Uint8Array[];
  deepEqual(sent.map(({ length }) => length), [51, 123]);
  equal(stage.control.stats().packets, 2);
});

Deno.test("the withdrawn mode 4 is an error, unless it is asked for", async () => {
  await using stage = await Stage.start();
  stage.control.set({ session: "closed" });
  const socket = await stage.open();
  const request = (exchangeType: number, ...tokens: string[]) =>
    JSON.stringify({ action: 1, params: { mode: 4, tokenList: [{ exchangeType, tokens }] } });
  const code = async () => JSON.parse((await frames(stage, socket, 1))[0] as string).errorCode;
  socket.send(request(1, "3045"));
  equal(await code(), "E1001");
  stage.control.set({ legacyDepth: true });
  socket.send(request(1, "3045"));
  equal((await frames(stage, socket, 1))[0]!.length, 443);
  socket.send(request(3, "500325"));
  equal(await code(), "E1001");
  socket.send(request(1, ...Array.from({ length: 50 }, (_, i) => String(i + 1))));
  equal(await code(), "E1002");
  deepEqual(stage.control.stats().subscriptions, [["nse:3045 depth20"]]);
});

Deno.test("a mode in quotes is an error", async () => {
  await using stage = await Stage.start();
  const socket = await stage.open();
  socket.send(ask("ltp", "nse:3045").replace('"mode":1', '"mode":"1"'));
  equal(JSON.parse((await frames(stage, socket, 1))[0] as string).errorCode, "E1001");
});
