/**
 * What one client can do to another within its limits: storms of commands, requests and connections against a client
 * that pings every 10 ms and wants ticks, on the real process with a list of 150,000 instruments that records what comes.
 *
 *     deno task bench:hostile [part of a storm's name]
 *
 * The proxy has the first core, everyone else the second, where simulator and victim come before the storm. Beside the victim's delay stands for how long the proxy's own
 * event loop was held at most, and the most CPU that its thread used in one turn: simulator, storm and the machine's other
 * programs delay the victim as well, and their share is none of the proxy's. The aim is that no turn uses more than
 * 50 ms.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { DEFAULT_LIMITS } from "../lib/config/limits.ts";
import { writeMaster } from "./hostile_master.ts";
import { pause, STORMS } from "./hostile_storms.ts";
import type { VictimReport } from "./hostile_victim.ts";
import { LOOP_LINE } from "./loop_lag.ts";
import { CORES, pin, prefer } from "./processes.ts";
import { ALL_INSTRUMENTS, MADE, OTHERS, startProxy, startSimulator, tokens } from "./world.ts";

const AIM_MS = 50;
const STORM_MS = 12_000;

/** Of the proxy's event loop, ms: the longest turn, and the most CPU that one turn used. */
interface Turns {
  readonly held: number;
  readonly cpu: number;
}

interface Report extends VictimReport {
  readonly loop: Turns;
}

const [part = "", ...surplus] = Deno.args;
const storms = Object.entries(STORMS).filter(([name]) => name.includes(part));
if (storms.length === 0 || surplus.length > 0) {
  console.error(`deno task bench:hostile [PART OF A STORM'S NAME]\n${Object.keys(STORMS).join("\n")}`);
  Deno.exit(2);
}
Deno.mkdirSync(MADE, { recursive: true });
const master = `${MADE}hostile_master.json`;
writeMaster(master);
await pin(Deno.pid, OTHERS);
const simulator = await startSimulator(3_000);
prefer(simulator.pid);
let longest: Turns = { held: 0, cpu: 0 };
const listRead = Promise.withResolvers<void>();
const proxy = await startProxy(simulator, {
  instruments: 100,
  env: {
    INSTRUMENTS_FILE: master,
    WATCH_LOOP: "1",
    RECORD: "on",
    MAX_HANDSHAKES_PER_SECOND: String(DEFAULT_LIMITS.handshakesPerSecond),
  },
  denoArgs: [`--preload=${new URL("loop_lag.ts", import.meta.url).pathname}`],
  unconfined: true,
  wrote(text) {
    if (/ \d+ instruments \(file/.test(text)) listRead.resolve();
    for (const [, held, cpu] of text.matchAll(LOOP_LINE)) {
      longest = { held: Math.max(longest.held, Number(held)), cpu: Math.max(longest.cpu, Number(cpu)) };
    }
  },
});
const { port } = proxy;
const victim = spawn(Deno.execPath(), [
  "run",
  "--allow-net",
  new URL("hostile_victim.ts", import.meta.url).pathname,
], { stdio: ["pipe", "pipe", "inherit"] });
const preferred = prefer(victim.pid!);
const answers = createInterface({ input: victim.stdout })[Symbol.asyncIterator]();

/** Tells the victim what to do, and waits for its answer. */
async function tell(request: unknown): Promise<string> {
  victim.stdin.write(`${JSON.stringify(request)}\n`);
  const { value } = await answers.next();
  return value ?? "";
}

// What no storm gives up: otherwise there would be no ticks of it for a while.
const wanted = tokens(ALL_INSTRUMENTS).slice(-100);
await Promise.all([
  tell({ url: `ws://127.0.0.1:${port}/?encoding=json`, tokens: wanted }),
  listRead.promise,
]);
await pause(3_000);

/** Of the time since the last report. */
async function report(): Promise<Report> {
  const { pongs, ticks }: VictimReport = JSON.parse(await tell("report"));
  const loop = longest;
  longest = { held: 0, cpu: 0 };
  return { pongs, ticks, loop };
}

function row(name: string, { pongs, ticks, loop }: Report): string {
  const mark = loop.cpu > AIM_MS ? " **missed**" : "";
  const cells = [
    name,
    pongs.worst.toFixed(1),
    pongs.p99.toFixed(1),
    ticks.worst.toFixed(1),
    ticks.p99.toFixed(1),
    loop.held,
    `${loop.cpu}${mark}`,
  ];
  return `| ${cells.join(" | ")} |`;
}

await report();
await pause(3_000);
const before = await report();
console.log(
  `Deno ${Deno.version.deno}, ${CORES} cores; a client that pings every 10 ms, 3,000 ticks/s${
    preferred ? "" : "; without root's rights, so that the storm takes the victim's time as well"
  }\n`,
);
const columns = [
  "storm",
  "pong worst ms",
  "p99 ms",
  "tick worst ms",
  "p99 ms",
  "loop held ms",
  "CPU of a turn ms",
];
console.log(`| ${columns.join(" | ")} |`);
console.log(`| ${columns.map(() => "---").join(" | ")} |`);
console.log(row("none", before));
let missed = 0;
for (const [name, storm] of storms) {
  const end = await storm({ port, begin: report });
  await pause(STORM_MS);
  const measured = await report();
  if (measured.loop.cpu > AIM_MS) missed++;
  console.log(row(name, measured));
  end();
  await pause(2_000);
  await report();
}
console.log(`\naim: ${AIM_MS} ms; missed by ${missed} of ${storms.length}`);
victim.stdin.end();
await proxy.stop();
await simulator.stop();
