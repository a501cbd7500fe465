/** What the simulator sent, what the recording holds, what a replay delivers and what Parquet says are one and the same. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { isDoubtReason } from "../../lib/feed/guard.ts";
import { PACKET_FAULTS } from "../../lib/simulator/faults.ts";
import { packetsOf } from "../../lib/smartapi/packet.ts";
import { FakeClock } from "../fakes.ts";
import { exportAll, readParquet, recordedRows, ticksOf } from "../export/recorded.ts";
import { catalogOf } from "../instruments/catalog_of.ts";
import { Rig } from "../proxy/rig.ts";
import { readAll, recorderIn } from "../recording/files.ts";
import { WireTap } from "../sdk/wire_tap.ts";
import { SIMULATED_INSTRUMENTS } from "../simulator/simulated.ts";
import { at, DATE, type Message, ReplayStage, until } from "./stage.ts";
import { hex } from "../ticks.ts";

/** Of these a frame does not stand on the wire as it is received, or it is none of market data. */
const NO_PACKET = ["fragmented", "huge", "endless_text", "unknown_json"];

/** As the machine's own, it tells whole milliseconds. */
class WholeClock extends FakeClock {
  override now(): number {
    return Math.floor(super.now());
  }
}

const MINUTES_MS = 5 * 60_000;

Deno.test("five minutes with faults and cuts are replayed and exported as they were sent, bit for bit", async () => {
  const { instruments } = await catalogOf(SIMULATED_INSTRUMENTS);
  await using stage = new ReplayStage(instruments);
  const folder = stage.folder.path;
  const clock = new WholeClock(at("10:00:00"));
  const sent = await runWithFaults(folder, clock);
  const path = `${folder}/${DATE}-simulated.rec`;
  const { records, damages, tornBytes } = await readAll(path);
  deepEqual([damages, tornBytes], [0, 0]);
  const held = records.flatMap((each) => each.kind === "event" ? [] : [hex(each.packet)]);
  ok(held.length > 3_000, `${held.length}`);
  deepEqual(held, sent);
  // What was believed, and what was passed on with a mark; a price that is doubted shows itself in no packet.
  const shown = records.flatMap((each) =>
    each.kind === "tick" || (each.kind === "refused" && each.reason === "crossed_book")
      ? [hex(each.packet)]
      : []
  );
  deepEqual(await replayedPackets(stage), shown);
  const delivered = records.flatMap((each) =>
    each.kind === "tick" || (each.kind === "refused" && isDoubtReason(each.reason)) ? [each.at] : []
  );
  deepEqual(await replayedTimes(stage), delivered);
  await exportAll(folder, `${folder}/out`);
  for (const exchange of ["nse", "mcx"]) {
    const rows = (await recordedRows(path, exchange)).map((row) => ({ ...row, source: "simulated" }));
    ok(rows.length > 100);
    const exported = await readParquet(ticksOf(`${folder}/out`, exchange, "parquet"));
    equal(exported.length, rows.length);
    // One at a time: to show how thousands differ takes minutes.
    rows.forEach((row, i) => deepEqual(exported[i], row));
  }
});

/** The packets that the simulator sent while everything that can go wrong went wrong. */
async function runWithFaults(folder: string, clock: FakeClock): Promise<string[]> {
  let tap: WireTap | undefined;
  const rig = await Rig.start({
    clock,
    simulator: { rate: 20 },
    proxy: { recorder: recorderIn(folder, { clock }) },
    streamUrl: (own) => (tap = new WireTap(new URL(own))).url,
  });
  await using _tap = tap!;
  const client = await rig.connect();
  client.send({ command: "subscribe", exchange: "nse", mode: "snapquote" });
  client.send({ command: "subscribe", exchange: "mcx", tokens: ["574841"], mode: "quote" });
  await rig.until(() => client.ticks.length > 10);
  const faults = PACKET_FAULTS.filter((fault) => !NO_PACKET.includes(fault));
  const end = clock.now() + MINUTES_MS;
  for (let round = 0; clock.now() < end; round++) {
    await rig.pass(MINUTES_MS / (2 * faults.length), 1_000);
    rig.control.inject(faults[round % faults.length]!);
    await rig.turn(20);
    if (round % 5 !== 4) continue;
    await arrived(client);
    rig.control.dropSockets();
    const ups = client.news.filter(({ status }) => status === "upstream_up").length;
    await rig.until(() => client.news.filter(({ status }) => status === "upstream_up").length > ups);
  }
  rig.control.set({ mute: true });
  await arrived(client);
  await rig.stop();
  return tap!.frames.flatMap((frame) => typeof frame === "string" ? [] : packetsOf(frame).map(hex));

  /** What is on the wire comes before what is asked for now. */
  async function arrived({ answers, send }: typeof client): Promise<void> {
    await rig.turn(0, 50);
    const before = answers.length;
    send({ command: "status" });
    await rig.until(() => answers.length > before);
  }
}

async function replayedPackets(stage: ReplayStage): Promise<string[]> {
  const client = stage.join(`date=${DATE}&speed=0&encoding=binary`);
  subscribeAll(client);
  const { frames } = client.socket;
  await until(() => isText(frames.at(-1)) && JSON.parse(frames.at(-1)!).type === "end");
  return frames.flatMap((frame) =>
    isText(frame) ? [] : packetsOfPayload(frame as unknown as Uint8Array).map(hex)
  );
}

async function replayedTimes(stage: ReplayStage): Promise<number[]> {
  const client = stage.join(`date=${DATE}&speed=0&encoding=json`);
  subscribeAll(client);
  client.send({ command: "configure", fields: ["received_at"] });
  await until(() => client.of("end").length > 0);
  equal(client.messages.filter(({ status }) => status === "error").length, 0);
  return client.ticks.map(({ received_at }) => received_at);
}

/** All that was recorded, in the order in which it was subscribed then. */
function subscribeAll(client: { send(command: Message): void }): void {
  const tokens = SIMULATED_INSTRUMENTS.map(({ exchange, token }) => `${exchange}:${token}`);
  client.send({ command: "subscribe", tokens, mode: "snapquote" });
}

function isText(frame: unknown): boolean {
  return typeof frame === "string";
}

/** Packets of a binary message: each after its length in 16 bits, little-endian. */
function packetsOfPayload(bytes: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let from = 0; from < bytes.length;) {
    const length = bytes[from]! + bytes[from + 1]! * 256;
    packets.push(bytes.subarray(from + 2, from + 2 + length));
    from += 2 + length;
  }
  return packets;
}
