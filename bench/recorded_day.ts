/**
 * A whole trading day at 2,000 ticks a second in mode snapquote: recorded as fast as it goes, and exported by the
 * program itself in a process of its own. Prints seconds, processor time and the most memory that it had.
 *
 *     deno task bench:recorded-day [part of the day, 1 by default] [parquet | csv | jsonl]
 *
 * The whole day wants some 15 GB of the disk for a while. Linux alone tells the memory.
 */
import { boundsOfDay } from "../lib/market/day_range.ts";
import { bestCodec } from "../lib/recording/codec.ts";
import { cpuOf } from "./processes.ts";
import { madeTicks, recorderIn, SUBSCRIBED } from "./recorded_ticks.ts";

const DATE = "2026-11-20";
const TICKS_PER_SECOND = 2_000;
/** From 09:15 to 15:30. */
const SESSION_SECONDS = 22_500;
const BEGINS_MS = (9 * 60 + 15) * 60_000;

/** Packets that were made before, told again and again: to make each anew would take longer than to record it. */
const ROUND = 200_000;

const MAIN = new URL("../main.ts", import.meta.url).pathname;

interface Used {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly mostBytes: number;
}

const [part = "1", format = "parquet"] = Deno.args;
const seconds = Math.round(SESSION_SECONDS * Number(part));
const folder = await Deno.makeTempDir({ prefix: "recorded-day-" });
try {
  console.log(`Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores, ${bestCodec()}\n`);
  const bytes = await record(`${folder}/recordings`);
  const used = await exportIt();
  const ticks = seconds * TICKS_PER_SECOND;
  console.log(
    `| ticks | recorded GB | export to | seconds | processor time, s | µs/tick | most memory, MB |`,
  );
  console.log(`| --- | --- | --- | --- | --- | --- | --- |`);
  const cells = [
    ticks,
    (bytes / 1e9).toFixed(2),
    format,
    used.seconds.toFixed(0),
    used.cpuSeconds.toFixed(0),
    (used.cpuSeconds * 1e6 / ticks).toFixed(1),
    (used.mostBytes / 1e6).toFixed(0),
  ];
  console.log(`| ${cells.join(" | ")} |`);
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** @returns Bytes of the file. */
async function record(into: string): Promise<number> {
  const from = boundsOfDay(DATE).from + BEGINS_MS;
  let now = from;
  const recorder = recorderIn(into, { now: () => now, elapsed: () => now - from, after: () => () => {} });
  recorder.start();
  recorder.subscribed(SUBSCRIBED);
  const sent = madeTicks(ROUND, from, 1_000 / TICKS_PER_SECOND);
  for (let second = 0; second < seconds; second++) {
    for (let i = 0; i < TICKS_PER_SECOND; i++) {
      const { key, packet } = sent[(second * TICKS_PER_SECOND + i) % ROUND]!;
      now = from + second * 1_000 + Math.floor(1_000 * i / TICKS_PER_SECOND);
      recorder.tick(packet, now, key, undefined);
    }
    await recorder.flush();
  }
  const { dayBytes } = recorder.status();
  await recorder.stop();
  return dayBytes;
}

async function exportIt(): Promise<Used> {
  const begun = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      MAIN,
      "export",
      "--date",
      DATE,
      "--source",
      "simulated",
      "--format",
      format,
      "--output",
      `${folder}/out`,
    ],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", HOME: Deno.env.get("HOME") ?? "", DATA_FOLDER: folder },
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  let cpu = 0;
  let mostBytes = 0;
  const look = setInterval(() => {
    try {
      cpu = cpuOf(child.pid);
      const [, kB] = /VmHWM:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${child.pid}/status`)) ?? [];
      mostBytes = Math.max(mostBytes, 1024 * Number(kB ?? 0));
    } catch {
      // It has ended.
    }
  }, 50);
  const { success } = await child.status;
  clearInterval(look);
  if (!success) throw new Error("the export failed");
  return { seconds: (performance.now() - begun) / 1000, cpuSeconds: cpu / 1e6, mostBytes };
}
