import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { readConfig } from "../../lib/config/config.ts";
import { openRecordedDay } from "../../lib/commands/recorded_day.ts";
import { RecordedDay } from "../../lib/recording/reader.ts";
import { openRecordedSource } from "../../lib/replay/recorded_source.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { FakeClock } from "../fakes.ts";
import { Rig } from "../proxy/rig.ts";
import { WireTap } from "../sdk/wire_tap.ts";
import { quoteTick } from "../ticks.ts";
import { at, DATE, ReplayStage } from "./stage.ts";

Deno.test("a simulated broker plays a recorded day to a proxy, bit for bit, and has nothing made up beside it", async () => {
  await using stage = new ReplayStage();
  const sent: Uint8Array[] = [];
  await stage.record((recorder, clock) => {
    recorder.subscribed(new Map([["nse:3045", "quote"], ["nse:2885", "quote"]]));
    for (let i = 1; i <= 200; i++) {
      const key = i % 2 === 0 ? "nse:3045" : "nse:2885";
      const packet = encodePacket(quoteTick(key, 100 + i / 100, { exchangeTime: clock.now() })).slice();
      if (i % 2 === 0) sent.push(packet);
      // What was refused came as well.
      recorder.tick(packet, clock.now(), key, i % 10 === 0 ? "price_jump" : undefined);
      clock.advance(100);
    }
  });
  const clock = new FakeClock(at("10:00:00", "2026-11-23"));
  let hasEnded = false;
  const day = await RecordedDay.open(`${stage.folder.path}/${DATE}-live.rec`);
  const recorded = await openRecordedSource({ day, speed: 10, clock, ended: () => hasEnded = true });
  let tap: WireTap | undefined;
  const rig = await Rig.start({
    clock,
    simulator: { recorded },
    streamUrl: (own) => (tap = new WireTap(new URL(own))).url,
  });
  await using _tap = tap!;
  await using _rig = rig;
  const client = await rig.connect();
  client.send({ command: "subscribe", tokens: ["nse:3045"], mode: "quote" });
  await rig.until(() => hasEnded, 600_000);
  await rig.turn(0, 20);
  const frames = tap!.frames.filter((frame) => typeof frame !== "string");
  deepEqual(frames.map(hex), sent.map(hex));
  equal(client.messages[0]!.source, "simulated", "whatever it is, it is no live feed");
  ok(client.ticks.length > 0);
  equal(client.ticks.at(-1)!.symbol, "NAME3045-EQ");
});

Deno.test("the setting takes a day or a file", async () => {
  await using stage = new ReplayStage();
  await stage.record(() => {});
  const file = `${stage.folder.path}/${DATE}-live.rec`;
  const config = readConfig({ SIMULATOR_RECORDING: file, REPLAY_FROM: "09:30" }, "simulate");
  const played = await openRecordedDay("SIMULATOR_RECORDING", config.simulator.recording!, config);
  deepEqual([played.date, played.from], [DATE, at("09:30:00")]);
  played.day[Symbol.dispose]();
});

function hex(bytes: Uint8Array | string): string {
  return Array.from(bytes as Uint8Array, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
