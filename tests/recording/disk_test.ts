import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { BlockWriter, SYNC_EVERY_MS } from "../../lib/recording/block_writer.ts";
import { DayFile } from "../../lib/recording/day_file.ts";
import { listRecordings, type RecordingFile, surplus } from "../../lib/recording/folder.ts";
import type { Recorder } from "../../lib/recording/recorder.ts";
import { encodePacket } from "../../lib/smartapi/packet_encoder.ts";
import { FakeClock, seededRandom } from "../fakes.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { ltpTick, TEN_O_CLOCK } from "../ticks.ts";
import { blockOf, fileOfBlocks, readAll, recorderIn as newRecorder } from "./files.ts";

const RETRY_MS = 30_000;

const CHILD = new URL("./child.ts", import.meta.url).pathname;

function recorderIn(folder: string, bounds = { bytes: 1e9, days: 30 }, clock = new FakeClock()) {
  return { clock, recorder: newRecorder(folder, { source: "live", bounds, clock }) };
}

function tick(recorder: Recorder, clock: FakeClock, price: number): void {
  recorder.tick(encodePacket(ltpTick("nse:1", price)), clock.now(), "nse:1", undefined);
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

function file(date: string, bytes: number): RecordingFile {
  return { path: `/${date}-live.rec`, date, source: "live", bytes };
}

Deno.test("the disk is asked to keep what it has once a second, and for the last block as well", async () => {
  using folder = new TemporaryFolder();
  const clock = new FakeClock();
  let syncs = 0;
  const writer = new BlockWriter({
    folder: folder.path,
    source: "live",
    bounds: { bytes: 1e9, days: 30 },
    clock,
    recovered: () => {},
    async open(...of) {
      const day = await DayFile.open(...of);
      const sync = day.sync.bind(day);
      day.sync = () => (syncs++, sync());
      return day;
    },
  });
  const write = async () => {
    writer.add("2026-11-20", blockOf(0, 10));
    await writer.idle();
  };
  await write();
  equal(syncs, 1);
  for (let i = 0; i < 20; i++) {
    clock.advance(SYNC_EVERY_MS / 50);
    await write();
  }
  equal(syncs, 1, "those that come close together are kept together");
  clock.advance(SYNC_EVERY_MS);
  await writer.idle();
  equal(syncs, 2, "nothing comes any more, and the last block is kept all the same");
  clock.advance(10 * SYNC_EVERY_MS);
  await writer.idle();
  equal(syncs, 2);
  await write();
  await write();
  await writer.close();
  equal(syncs, 4, "what is closed is kept");
  equal(clock.pending, 0);
});

Deno.test("the oldest days go first, and today's never", () => {
  const files = [
    file("2026-11-17", 10),
    file("2026-11-18", 10),
    file("2026-11-19", 10),
    file("2026-11-20", 10),
  ];
  const gone = (bytes: number, days: number, room = 0) =>
    surplus(files, "2026-11-20", { bytes, days }, room).map(({ date }) => date.slice(8));
  deepEqual(gone(40, 4), []);
  deepEqual(gone(40, 2), ["17", "18"]);
  deepEqual(gone(40, 1), ["17", "18", "19"]);
  deepEqual(gone(39, 4), ["17"]);
  deepEqual(gone(40, 4, 11), ["17", "18"]);
  deepEqual(gone(1, 4), ["17", "18", "19"]);
});

Deno.test("days that are too old, and what is too much, leave the disk; other files stay", async () => {
  using folder = new TemporaryFolder();
  const old = fileOfBlocks([blockOf(0, 100)]);
  for (const day of ["10-01", "11-17", "11-18", "11-19"]) {
    Deno.writeFileSync(`${folder.path}/2026-${day}-live.rec`, old);
  }
  Deno.writeTextFileSync(`${folder.path}/notes.txt`, "mine");
  Deno.writeTextFileSync(`${folder.path}/2026-01-01-live.rec.unreadable`, "mine");
  const bytes = 2.5 * old.length;
  const { clock, recorder } = recorderIn(folder.path, { bytes, days: 30 });
  recorder.start();
  tick(recorder, clock, 1);
  await recorder.flush();
  const kept = [
    "2026-01-01-live.rec.unreadable",
    "2026-11-18-live.rec",
    "2026-11-19-live.rec",
    "2026-11-20-live.rec",
  ];
  deepEqual(names(folder.path), [...kept, "notes.txt"]);
  const files = await listRecordings(folder.path);
  equal(recorder.status().totalBytes, files.reduce((sum, each) => sum + each.bytes, 0));
  ok(recorder.status().totalBytes <= bytes);
  await recorder.stop();
});

Deno.test("one day that reaches the bound alone stops its recording, and the next day records again", async () => {
  using folder = new TemporaryFolder();
  const { clock, recorder } = recorderIn(folder.path, { bytes: 20_000, days: 30 });
  const random = seededRandom(3);
  recorder.start();
  for (let i = 0; i < 400; i++) {
    for (let j = 0; j < 20; j++) tick(recorder, clock, random() * 1e6);
    await recorder.flush();
    clock.advance(10);
  }
  const { state, reason, totalBytes, lost } = recorder.status();
  equal(state, "failing");
  match(reason!, /RECORD_MAX_GB/);
  ok(totalBytes <= 20_000 && totalBytes > 15_000, `${totalBytes}`);
  ok(lost > 0);
  clock.advance(86_400_000);
  tick(recorder, clock, 1);
  await recorder.flush();
  equal(recorder.status().state, "recording");
  deepEqual(names(folder.path), ["2026-11-21-live.rec"]);
  await recorder.stop();
});

Deno.test("a disk that fails costs the recording what came meanwhile, said with its times, and nobody else anything", async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/recordings`;
  // A file in the folder's place.
  Deno.writeTextFileSync(path, "");
  const { clock, recorder } = recorderIn(path);
  recorder.start();
  tick(recorder, clock, 1);
  await recorder.flush();
  equal(recorder.status().state, "failing");
  clock.advance(5);
  tick(recorder, clock, 2);
  await recorder.flush();
  deepEqual([recorder.status().lost, recorder.status().waitingBytes], [3, 0]);
  Deno.removeSync(path);
  clock.advance(RETRY_MS - 6);
  tick(recorder, clock, 3);
  await recorder.flush();
  equal(recorder.status().lost, 4, "it is not tried at each block");
  clock.advance(1);
  tick(recorder, clock, 4);
  await recorder.flush();
  equal(recorder.status().state, "recording");
  equal(recorder.status().reason, undefined);
  await recorder.stop();
  const { records } = await readAll(`${path}/2026-11-20-live.rec`);
  equal(records.filter(({ kind }) => kind === "tick").length, 1);
  const [lost] = records.flatMap((each) =>
    each.kind === "event" && each.event.kind === "lost" ? [each.event] : []
  );
  ok(lost !== undefined);
  deepEqual([lost.from, lost.to, lost.records], [TEN_O_CLOCK, TEN_O_CLOCK + RETRY_MS - 1, 4]);
});

Deno.test("a disk that becomes full in the middle of a block is mended, and goes on when there is room", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  using folder = new TemporaryFolder();
  const path = `${folder.path}/2026-11-20-live.rec`;
  const { clock, recorder } = recorderIn(folder.path);
  recorder.start();
  tick(recorder, clock, 1);
  await recorder.stop();
  const before = Deno.statSync(path).size;
  // What a write leaves that was cut short by a full disk.
  Deno.writeFileSync(path, blockOf(0, 9).bytes.subarray(0, -1), { append: true });
  const again = recorderIn(folder.path, undefined, clock).recorder;
  again.start();
  tick(again, clock, 2);
  await again.stop();
  const { records, damages, tornBytes } = await readAll(path);
  deepEqual([damages, tornBytes], [0, 0]);
  equal(records.filter(({ kind }) => kind === "tick").length, 2);
  ok(Deno.statSync(path).size > before);
});

Deno.test("a real disk that takes no more: the process goes on, and the file has whole blocks", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  using folder = new TemporaryFolder();
  // A limit of 100 blocks of 512 bytes stands for the disk's end: the write that meets it is cut short.
  const script =
    `trap '' XFSZ; ulimit -f 100; exec "${Deno.execPath()}" run --quiet --allow-all "$1" "$2" full`;
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", CHILD, folder.path],
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  }).output();
  const out = new TextDecoder().decode(stdout);
  ok(success, out + new TextDecoder().decode(stderr));
  const { state, lost, records, dayBytes } = JSON.parse(out.trim().split("\n").at(-1)!);
  deepEqual([state, dayBytes], ["failing", 0]);
  ok(lost > 0 && records > 0, out);
  const path = (await listRecordings(folder.path))[0]!.path;
  ok(Deno.statSync(path).size > 40_000, "up to the limit, or nearly");
  const read = await readAll(path);
  deepEqual([read.records.length, read.damages], [records, 0]);
});

Deno.test("a disk that is too slow is owed so much, and no more", async () => {
  using folder = new TemporaryFolder();
  const { clock, recorder } = recorderIn(folder.path);
  recorder.start();
  // Nothing is awaited: to the recorder the disk does not answer meanwhile. Bytes that do not compress.
  const packet = encodePacket(ltpTick("nse:1", 1)).slice();
  const noise = new Uint8Array(60_000);
  for (let i = 0; i < 700; i++) {
    crypto.getRandomValues(noise);
    recorder.refused("wrong_length", noise, undefined);
  }
  recorder.tick(packet, clock.now(), "nse:1", undefined);
  const { waitingBytes, lost } = recorder.status();
  ok(waitingBytes <= 32 * 1024 * 1024, `${waitingBytes}`);
  ok(lost > 0 && lost < 300, `${lost}`);
  await recorder.flush();
  equal(recorder.status().waitingBytes, 0);
  await recorder.stop();
  const { records } = await readAll(`${folder.path}/2026-11-20-live.rec`);
  const events = records.flatMap((each) => each.kind === "event" ? [each.event] : []);
  const [said] = events.flatMap((each) => each.kind === "lost" ? [each] : []);
  equal(said?.records, recorder.status().lost);
  // The start, the packets and the tick; not what is said afterwards.
  const came = records.length - events.filter(({ kind }) => kind === "lost" || kind === "stop").length;
  equal(came + said.records, 702);
});

Deno.test(
  "a second process that records into the same folder is refused, and takes over when the first one ends",
  {
    // Older runtimes have no lock that does not wait; that of Windows keeps readers out as well.
    ignore: typeof Deno.FsFile.prototype.tryLock !== "function" || Deno.build.os === "windows",
  },
  async () => {
    using folder = new TemporaryFolder();
    const clock = new FakeClock();
    const first = newRecorder(folder.path, { clock });
    first.start();
    await first.flush();
    const second = newRecorder(folder.path, { clock });
    second.start();
    await second.flush();
    deepEqual(first.status().state, "recording");
    match(second.status().reason!, /another process records into the same folder/);
    await first.stop();
    clock.advance(31_000);
    second.event({ kind: "up", from: 0, to: 1, keys: [] });
    await second.flush();
    deepEqual(second.status().state, "recording");
    await second.stop();
    const { damages, tornBytes } = await readAll(first.status().folder + "/2026-11-20-simulated.rec");
    deepEqual([damages, tornBytes], [0, 0]);
  },
);
