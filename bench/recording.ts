/**
 * What recording costs for each tick: all of it, with compression and file, in processor time of the process beyond that
 * of the same loop without it, and the bytes on the disk; how many ticks are exported in a second; and how many a replay
 * as fast as it is read hands to one client, which has a thread of its own. Ticks in mode snapquote, as the simulator
 * makes them.
 *
 *     deno task bench:recording [record|export|replay]
 *
 * Other programs on the machine weigh less on processor time than on ticks in a second: the first are to be compared.
 */
import { DEFAULT_LIMITS } from "../lib/config/limits.ts";
import { createInstrumentCatalog } from "../lib/instruments/catalog.ts";
import { MarketCalendar } from "../lib/market/calendar.ts";
import { ALWAYS_OPEN } from "../lib/market/calendar_file.ts";
import { startProxy } from "../lib/proxy.ts";
import { RecordedDay } from "../lib/recording/reader.ts";
import { ReplayFeed } from "../lib/replay/replay_feed.ts";
import { exportDays } from "../lib/export/export.ts";
import type { Format } from "../lib/export/table.ts";
import { bestCodec } from "../lib/recording/codec.ts";
import { listRecordings } from "../lib/recording/folder.ts";
import { cpuSeconds } from "../lib/metrics/process_stats.ts";
import { systemClock } from "../lib/util/clock.ts";
import { madeTicks, recorderIn, type Sent, SUBSCRIBED } from "./recorded_ticks.ts";
import { median } from "./report.ts";

const ROUNDS = 5;
const TICKS = 100_000;

/** Ticks between two moments in which the disk gets its turn, as a feed's bursts leave it. */
const BURST = 200;

interface Cost {
  /** Processor time for each tick. */
  readonly us: number;
  readonly bytes: number;
  /** The longest that a burst held the event loop. */
  readonly longestMs: number;
}

async function record(sent: readonly Sent[]): Promise<Cost> {
  const idle = await cpuOf(sent, () => {});
  const folder = Deno.makeTempDirSync();
  const recorder = recorderIn(folder, systemClock);
  recorder.start();
  await recorder.flush();
  const took = await cpuOf(
    sent,
    ({ key, packet }) => recorder.tick(packet, Date.now(), key, undefined),
    () => recorder.flush(),
  );
  const us = (took.seconds - idle.seconds) * 1e6 / sent.length;
  const bytes = recorder.status().dayBytes / sent.length;
  await recorder.stop();
  Deno.removeSync(folder, { recursive: true });
  return { us, bytes, longestMs: took.longestMs };
}

async function cpuOf(
  sent: readonly Sent[],
  take: (sent: Sent) => void,
  end: () => Promise<void> = async () => {},
): Promise<{ readonly seconds: number; readonly longestMs: number }> {
  let longestMs = 0;
  const begun = cpuSeconds();
  for (let i = 0; i < sent.length; i += BURST) {
    const from = performance.now();
    for (const each of sent.slice(i, i + BURST)) take(each);
    longestMs = Math.max(longestMs, performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve));
  }
  await end();
  return { seconds: cpuSeconds() - begun, longestMs };
}

/** How fast something was, and processor time for each tick. */
interface Rate {
  readonly perSecond: number;
  readonly us: number;
}

/** Ticks that are exported, with the start of the second thread; processor time of both. */
async function exportRate(folder: string, format: Format): Promise<Rate> {
  const all = await listRecordings(folder);
  const output = Deno.makeTempDirSync();
  const from = performance.now();
  const begun = cpuSeconds();
  let ticks = 0;
  for await (
    const { tables } of exportDays({
      files: all,
      all,
      output,
      format,
      signal: new AbortController().signal,
      progress() {},
    })
  ) for (const { rows, what } of tables) ticks += what === "ticks" ? rows : 0;
  const seconds = (performance.now() - from) / 1000;
  const us = (cpuSeconds() - begun) * 1e6 / ticks;
  Deno.removeSync(output, { recursive: true });
  return { perSecond: ticks / seconds, us };
}

async function recordedFolder(sent: readonly Sent[]): Promise<string> {
  const folder = Deno.makeTempDirSync();
  const recorder = recorderIn(folder, systemClock);
  recorder.start();
  recorder.subscribed(SUBSCRIBED);
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < sent.length; i++) {
      const { key, packet } = sent[i]!;
      recorder.tick(packet, Date.now(), key, undefined);
      // The disk may owe no more than so much.
      if (i % 20_000 === 0) await recorder.flush();
    }
  }
  await recorder.stop();
  return folder;
}

/** Processor time of the first thread, seconds: here the proxy's, the client has another. Linux alone tells it. */
function ownSeconds(): number {
  try {
    const fields = Deno.readTextFileSync(`/proc/self/task/${Deno.pid}/stat`).split(") ")[1]!.split(" ");
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return NaN;
  }
}

/** Ticks that reach a client at speed 0, and processor time of the proxy's thread. */
async function replayRate(folder: string): Promise<Rate> {
  const [file] = await listRecordings(folder);
  const calendar = new MarketCalendar(ALWAYS_OPEN);
  const { instruments } = createInstrumentCatalog({ clock: systemClock, random: Math.random, builtIn: [] });
  const day = await RecordedDay.open(file!.path);
  const upstream = await ReplayFeed.open({
    day,
    date: file!.date,
    speed: 1,
    clock: systemClock,
    instruments,
  });
  const proxy = startProxy({
    host: "127.0.0.1",
    port: 0,
    limits: DEFAULT_LIMITS,
    allowedOrigins: [],
    upstream,
    batchMs: 10,
    watchlist: new Map(),
    instruments,
    calendar,
    source: "replay",
    version: "bench",
    staticFolder: "static",
    clock: systemClock,
    recordings: folder,
  });
  const begun = ownSeconds();
  const worker = new Worker(new URL("./replay_client.ts", import.meta.url), { type: "module" });
  const { promise, resolve } = Promise.withResolvers<{ ticks: number; seconds: number }>();
  worker.onmessage = ({ data }) => resolve(data);
  worker.postMessage(
    `ws://127.0.0.1:${proxy.port}/replay?date=${file!.date}&speed=0&encoding=binary`,
  );
  const { ticks, seconds } = await promise;
  const us = (ownSeconds() - begun) * 1e6 / ticks;
  worker.terminate();
  await proxy.stop();
  return { perSecond: ticks / seconds, us };
}

function row(name: string, rates: readonly Rate[]): string {
  const perSecond = Math.round(median(rates.map((rate) => rate.perSecond))!);
  return `| ${name} | ${median(rates.map(({ us }) => us))!.toFixed(1)} | ${perSecond} |`;
}

const [part] = Deno.args;
const sent = madeTicks(TICKS, Date.now(), 1);
console.log(`Deno ${Deno.version.deno}, ${bestCodec()}, ticks of 379 bytes\n`);
if (part === undefined || part === "record") {
  await record(sent);
  const costs: Cost[] = [];
  for (let i = 0; i < ROUNDS; i++) costs.push(await record(sent));
  const of = (name: keyof Cost) => median(costs.map((cost) => cost[name]))!;
  console.log("| | µs/tick | B/tick | longest burst of 200, ms |\n| --- | --- | --- | --- |");
  console.log(
    `| record | ${of("us").toFixed(2)} | ${of("bytes").toFixed(0)} | ${of("longestMs").toFixed(1)} |`,
  );
}

const folder = await recordedFolder(sent);
if (part === undefined || part === "export") {
  console.log("\n| export | µs/tick | ticks/s |\n| --- | --- | --- |");
  for (const format of ["parquet", "csv", "jsonl"] as const) {
    const rates: Rate[] = [];
    for (let i = 0; i < 3; i++) rates.push(await exportRate(folder, format));
    console.log(row(format, rates));
  }
}
if (part === undefined || part === "replay") {
  const rates: Rate[] = [];
  for (let i = 0; i < 3; i++) rates.push(await replayRate(folder));
  console.log("\n| replay | µs/tick | ticks/s |\n| --- | --- | --- |");
  console.log(row("speed 0, binary", rates));
}
Deno.removeSync(folder, { recursive: true });
