/**
 * What the broker's instrument list costs: to read, to hold, to search, and to read again while it is held. Each
 * checkout has processes of its own, in turns; the list is one of 160,000 made-up rows that look like the broker's.
 *
 *     deno run -A bench/instruments.ts [checkout]...
 */
import process from "node:process";
import { largeList } from "../tests/instruments/odd_list.ts";
import { MADE } from "./world.ts";

const ROWS = 160_000;
const RUNS = 3;

/** Each is asked so often; the first times are of code that is not compiled yet. */
const ASKED = 400;

/** What people type, from a letter to a contract. */
const QUERIES = [
  "n",
  "re",
  "sbin",
  "nifty",
  "nifty 50",
  "bank nifty",
  "nifty 26 jan 25000 pe",
  "sensex 31 dec 81500 pe",
  "crudeoil fut",
  "24800 ce",
  "ind ltd",
  "dec fut",
  "usdinr",
  "zzzz",
  "reliance",
  "q 1 ce",
];

/** Of one process. MB, ms of CPU, or µs. */
interface Figures {
  /** CPU for reading the list, that of the collector's threads with it. */
  readonly loadCpuMs: number;
  readonly heldMb: number;
  /** The most that was resident while it was read, over what was before it. */
  readonly peakMb: number;
  /** The longest piece of it, by the CPU of the process. */
  readonly pieceMs: number;
  readonly searchP50Us: number;
  readonly searchP99Us: number;
  /** The most that was resident while it was read once more, and what stays then. */
  readonly reloadPeakMb: number;
  readonly reloadHeldMb: number;
}

async function measure(folder: string, file: string): Promise<Figures> {
  const load = <Module>(path: string): Promise<Module> =>
    import(new URL(`lib/${path}`, new URL(`${folder}/`, `file://${Deno.cwd()}/`)).href);
  const { fileChunks, readMaster } = await load<typeof import("../lib/instruments/master_file.ts")>(
    "instruments/master_file.ts",
  );
  const { istDay } = await load<typeof import("../lib/market/day.ts")>("market/day.ts");
  const { setImmediate } = await import("node:timers");
  const before = settledMb();
  let pieceMs = 0;
  let isReading = true;
  let last = 0;
  const look = () => {
    const now = cpuMs();
    pieceMs = Math.max(pieceMs, now - last);
    last = now;
    if (isReading) setImmediate(look);
  };
  const from = last = cpuMs();
  setImmediate(look);
  let { table } = await readMaster(fileChunks(file));
  const loadCpuMs = cpuMs() - from;
  isReading = false;
  const longest = pieceMs;
  const peakMb = statusMb("VmHWM") - before;
  const heldMb = settledMb() - before;
  const today = istDay(Date.parse("2026-11-27T10:00:00+05:30"));
  const took: number[] = [];
  for (let i = 0; i < ASKED; i++) {
    for (const query of QUERIES) {
      const began = cpuMs();
      table.search(query, { limit: 20, today });
      if (i >= ASKED / 4) took.push((cpuMs() - began) * 1_000);
    }
  }
  took.sort((a, b) => a - b);
  // Writing "5" sets the mark of the highest back.
  await Deno.writeTextFile("/proc/self/clear_refs", "5");
  ({ table } = await readMaster(fileChunks(file)));
  const reloadPeakMb = statusMb("VmHWM") - before;
  const reloadHeldMb = settledMb() - before;
  if (table.rows === 0) throw new Error("no rows");
  return {
    loadCpuMs,
    heldMb,
    peakMb,
    pieceMs: longest,
    searchP50Us: took[Math.floor(took.length / 2)]!,
    searchP99Us: took[Math.floor(took.length * 0.99)]!,
    reloadPeakMb,
    reloadHeldMb,
  };
}

/** Resident memory when the collector has been. */
function settledMb(): number {
  for (let i = 0; i < 5; i++) (globalThis as unknown as { gc(): void }).gc();
  return statusMb("VmRSS");
}

function statusMb(name: string): number {
  const kb = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(Deno.readTextFileSync("/proc/self/status"))![1];
  return Number(kb) / 1_024;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function inProcess(folder: string, file: string): Promise<Figures> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-check",
      "--v8-flags=--expose-gc",
      import.meta.filename!,
      "--measure",
      folder,
      file,
    ],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

if (Deno.args[0] === "--measure") {
  console.log(JSON.stringify(await measure(Deno.args[1]!, Deno.args[2]!)));
} else {
  const folders = Deno.args.length > 0 ? Deno.args : ["."];
  await Deno.mkdir(MADE, { recursive: true });
  const file = `${MADE}instruments.json`;
  await Deno.writeTextFile(file, JSON.stringify([...largeList(ROWS)]));
  const runs = folders.map(() => [] as Figures[]);
  for (let run = 0; run < RUNS; run++) {
    for (const [i, folder] of folders.entries()) runs[i]!.push(await inProcess(folder, file));
  }
  console.log(
    "| checkout | load, ms of CPU | held, MB | peak, MB | longest piece, ms | search p50, µs | p99, µs | reload: peak, MB | held, MB |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
  );
  folders.forEach((folder, i) => {
    const of = (name: keyof Figures) => medianOf(runs[i]!.map((each) => each[name]));
    const cells = [
      of("loadCpuMs").toFixed(0),
      of("heldMb").toFixed(0),
      of("peakMb").toFixed(0),
      of("pieceMs").toFixed(1),
      of("searchP50Us").toFixed(0),
      of("searchP99Us").toFixed(0),
      of("reloadPeakMb").toFixed(0),
      of("reloadHeldMb").toFixed(0),
    ];
    console.log(`| ${folder} | ${cells.join(" | ")} |`);
  });
}
