import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import type { RecordedEvent } from "../../lib/recording/recorded_event.ts";
import { PACKET_FAULTS } from "../../lib/simulator/faults.ts";
import { packetsOf } from "../../lib/smartapi/packet.ts";
import { FakeClock } from "../fakes.ts";
import { Rig } from "../proxy/rig.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { WireTap } from "../sdk/wire_tap.ts";
import { readAll, recorderIn } from "./files.ts";
import { hex } from "../ticks.ts";
import { builtInCalendar } from "../hours.ts";

/** Of these a frame does not stand on the wire as it is received, or it is none of market data. */
const NO_PACKET = ["fragmented", "huge", "endless_text", "unknown_json"];

/** Real time that lets everything that was sent arrive. */
const ARRIVED_MS = 50;

Deno.test("what the simulator sent through faults and cuts is what the recording holds, bit for bit", async () => {
  using folder = new TemporaryFolder();
  const clock = new FakeClock();
  let tap: WireTap | undefined;
  const recorder = recorderIn(folder.path, { clock });
  const rig = await Rig.start({
    clock,
    proxy: { recorder },
    streamUrl: (own) => (tap = new WireTap(new URL(own))).url,
  });
  await using _tap = tap!;
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse", mode: "snapquote" });
  client.send({ command: "subscribe", exchange: "mcx", tokens: ["574841"], mode: "quote" });
  await rig.until(() => client.ticks.length > 100);
  for (const fault of PACKET_FAULTS) {
    if (!NO_PACKET.includes(fault)) rig.control.inject(fault, 2);
    await rig.pass(100);
  }
  await rig.turn(0, ARRIVED_MS);
  rig.control.dropSockets();
  await rig.until(() => client.news.some(({ status }) => status === "upstream_up"));
  const count = client.ticks.length;
  await rig.until(() => client.ticks.length > count + 100);
  rig.control.set({ mute: true });
  await rig.turn(0, ARRIVED_MS);
  await rig.stop();
  const { records, damages, tornBytes } = await readAll(`${folder.path}/2026-11-20-simulated.rec`);
  deepEqual([damages, tornBytes], [0, 0]);
  const packets = records.flatMap((each) => each.kind === "event" ? [] : [hex(each.packet)]);
  const sent = tap!.frames.flatMap((frame) => typeof frame === "string" ? [] : packetsOf(frame).map(hex));
  ok(packets.length > 200, `${packets.length}`);
  deepEqual(packets, sent);
  deepEqual(
    [...new Set(records.flatMap((each) => each.kind === "refused" ? [each.reason] : []))].sort(),
    [
      "crossed_book",
      "not_asked",
      // A price below zero may be one on mcx, but not outside its day's range; twice a price is a jump before anything.
      "outside_day_range",
      "price_jump",
      "time_backwards",
      "unknown_mode",
      "wrong_length",
    ],
  );
  const events = records.flatMap((each) => each.kind === "event" ? [each.event] : []);
  const kinds = new Set(events.map(({ kind }) => kind));
  for (const kind of ["start", "login", "phase", "subscribed", "down", "up", "stop"] as const) {
    ok(kinds.has(kind), kind);
  }
  const names = events.flatMap((event) => event.kind === "subscribed" ? event.instruments : []);
  ok(
    names.some(({ key, symbol, mode }) => key === "nse:3045" && symbol === "SBIN-EQ" && mode === "snapquote"),
  );
});

Deno.test("the exchange's phases stand between the ticks", async () => {
  using folder = new TemporaryFolder();
  const clock = new FakeClock(Date.parse("2026-11-20T15:14:50+05:30"));
  const recorder = recorderIn(folder.path, { clock });
  await using rig = await Rig.start({
    clock,
    proxy: { recorder, calendar: builtInCalendar() },
  });
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => client.ticks.length > 10);
  await rig.pass(20_000, 100);
  await rig.stop();
  const { records } = await readAll(`${folder.path}/2026-11-20-simulated.rec`);
  const phases = records.flatMap((each) =>
    each.kind === "event" && each.event.kind === "phase" && each.event.exchange === "nse"
      ? [each.event.phase]
      : []
  );
  deepEqual(phases, ["open", "closing_auction"]);
});

Deno.test("/healthz and /metrics say how it stands; a disk that fails costs the feed nothing", async () => {
  using folder = new TemporaryFolder();
  const clock = new FakeClock();
  // A file in the folder's place.
  const path = `${folder.path}/recordings`;
  Deno.writeTextFileSync(path, "");
  await using rig = await Rig.start({ clock, proxy: { recorder: recorderIn(path, { clock }) } });
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse" });
  await rig.until(() => client.ticks.length > 50);
  await rig.pass(1_100);
  // deno-lint-ignore no-explicit-any
  const failing: any = (await rig.health()).recording;
  equal(failing.state, "failing");
  match(failing.reason, /cannot be written/);
  ok(failing.lost > 0);
  equal(await series(rig, "recording_up"), 0);
  equal(await series(rig, "recording_lost_total"), failing.lost);
  Deno.removeSync(path);
  await rig.pass(32_000, 100);
  // deno-lint-ignore no-explicit-any
  const well: any = (await rig.health()).recording;
  deepEqual([well.state, well.reason, well.date], ["recording", undefined, "2026-11-20"]);
  ok(well.records > 0 && well.day_bytes > 0 && well.total_bytes >= well.day_bytes);
  equal(await series(rig, "recording_up"), 1);
  ok(await series(rig, "recording_bytes") > 0);
  deepEqual(client.news, []);
  equal(client.closed, undefined);
  await rig.stop();
  const { records } = await readAll(`${path}/2026-11-20-simulated.rec`);
  const lost = records.flatMap((each): RecordedEvent[] => each.kind === "event" ? [each.event] : [])
    .filter(({ kind }) => kind === "lost");
  equal(lost.length, 1);
});

async function series(rig: Rig, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${rig.proxy.port}/metrics`)).text();
  const line = text.split("\n").find((each) => each.startsWith(`smartapi_proxy_${name} `));
  return Number(line?.split(" ")[1]);
}

Deno.test("where nothing is recorded, /healthz says so and /metrics has no numbers of it", async () => {
  await using rig = await Rig.start();
  deepEqual((await rig.health()).recording, { state: "off" });
  ok(Number.isNaN(await series(rig, "recording_up")));
});
