/** The findings as text: Markdown, to be pasted. */
import type { Finding } from "./measure.ts";
import { CORES } from "./processes.ts";
import { PEERS } from "./world.ts";

/** One line of the table: what was measured, and what each run found. */
export interface Row {
  readonly server: string;
  /** Ticks per second asked of the simulator. */
  readonly rate: number;
  readonly what: string;
  readonly clients: number;
  /** Of a floor: whose frames it sends. */
  readonly floorOf?: { readonly rate: number; readonly what: string };
  readonly findings: Finding[];
}

type Versions = Readonly<Record<string, { readonly version: string } | undefined>>;

const NAMES: Readonly<Record<string, string>> = {
  proxy: "this program",
  python: "(a) Python, as the original",
  node: "(b) Node ws, frame per tick",
  bun: "(c) Bun publish, frame per tick",
  c: "(d) C, frame per tick",
  floor: "(d) C, frames as large and often as ours",
};

export function headLines(versions: Versions, pinned: boolean): string[] {
  const peers = PEERS.map((peer) => versions[peer]?.version ?? `no ${NAMES[peer]} here`);
  return [
    `Deno ${Deno.version.deno}, V8 ${Deno.version.v8}; ${peers.join("; ")}.`,
    `Linux ${Deno.osRelease().match(/^\d+\.\d+/)?.[0]}, ${CORES} cores; ` +
    `${pinned ? "the server on one, simulator and load client on another" : "not held to any"}.`,
    "Median (least–most) of the runs. µs are processor time of the server's process alone.",
  ];
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const of = ({ findings }: Row, field: keyof Finding) => median(findings.map((finding) => finding[field]));

function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toPrecision(value >= 10 ? 3 : 2);
}

function spread(row: Row, field: keyof Finding): string {
  const values = row.findings.map((finding) => finding[field]);
  if (!Number.isFinite(values[0])) return "–";
  return `${short(median(values))} (${short(Math.min(...values))}–${short(Math.max(...values))})`;
}

const HEAD = [
  "ratio",
  "server",
  "ticks/s in",
  "clients",
  "each wants",
  "µs/tick",
  "µs/frame",
  "delivered/s",
  "core %",
  "B/tick",
  "ticks/frame",
  "p50 ms",
  "p99 ms",
  "conflated %",
];

/** All rows; the ratio is a peer's cost per delivered tick over ours at the same ticks and clients. */
export function table(rows: readonly Row[], versions: Versions): string[] {
  const lines = rows.map((row): string[] => {
    const made = row.server === "floor";
    return [
      ratioOf(row, rows),
      NAMES[row.server]!,
      made ? "–" : spread(row, "in"),
      String(row.clients),
      row.what,
      made ? "–" : spread(row, "perTick"),
      spread(row, "perFrame"),
      made ? "–" : short(of(row, "delivered")),
      short(100 * of(row, "cpu")),
      made ? "–" : short(of(row, "bytesPerTick")),
      made ? "–" : short(of(row, "ticksPerFrame")),
      spread(row, "p50"),
      spread(row, "p99"),
      made ? "–" : short(100 * of(row, "conflated")),
    ];
  });
  const missing = PEERS.filter((peer) => versions[peer] === undefined)
    .map((peer) => ["–", `${NAMES[peer]}: not on this machine`, ...HEAD.slice(2).map(() => "")]);
  const lost = rows.filter((row) => of(row, "lost") > 0)
    .map((row) => `${NAMES[row.server]}, ${row.clients} clients: ${of(row, "lost")} of them were lost.`);
  return [...markdown([HEAD, ...lines, ...missing]), ...lost];
}

function ratioOf(row: Row, rows: readonly Row[]): string {
  if (row.server === "proxy") return "1";
  if (row.server === "floor") {
    const ours = rows.find((each) =>
      each.server === "proxy" && each.rate === row.floorOf?.rate && each.what === row.floorOf.what &&
      each.clients === row.clients
    );
    return ours === undefined ? "–" : `${short(of(row, "perFrame") / of(ours, "perFrame"))} by frame`;
  }
  const ours = rows.find((each) =>
    each.server === "proxy" && each.rate === row.rate && each.what === row.what &&
    each.clients === row.clients
  );
  if (ours === undefined || !Number.isFinite(of(ours, "perTick"))) return "–";
  return `**${short(of(row, "perTick") / of(ours, "perTick"))}**`;
}

function markdown([head, ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head!), line(head!.map(() => "---")), ...rows.map(line)];
}

/** A ratio to what delivered nothing says nothing. */
function over(cost: number, ours: number): number {
  return Number.isFinite(cost) && Number.isFinite(ours) ? cost / ours : NaN;
}

/** How much dearer it gets on the way up, at the most: below 1 where it only gets cheaper. */
function rise(costs: readonly number[]): number {
  return Math.max(...costs.flatMap((cost, i) => costs.slice(i + 1).map((later) => later / cost)));
}

/** What peers should cost over ours: at what rate, what they deliver, what we do, and the aim. */
const OVER_OURS = [
  ["python", 3_000, "all", "all", 20],
  ["python", 10_000, "all", "all", 20],
  ["node", 3_000, "all", "all", 5],
  ["node", 10_000, "all", "all", 5],
  ["node", 30_000, "all", "all", 5],
  ["node", 10_000, "tenths", "tenths", 5],
  ["bun", 3_000, "all", "all", 1],
  ["bun", 10_000, "all", "all", 2],
  ["bun", 30_000, "all", "all", 4],
  ["bun", 10_000, "tenths", "tenths, json", 0.8],
  ["bun", 10_000, "tenths", "tenths", 0.8],
] as const;

/** What was aimed at, what was found. */
export function targets(rows: readonly Row[], still: { kb: number[]; startMs: number[] }): string[] {
  const find = (server: string, rate: number, what: string, clients: number) =>
    rows.find((row) =>
      row.server === server && row.rate === rate && row.what === what && row.clients === clients
    );
  const value = (row: Row | undefined, field: keyof Finding) => row === undefined ? NaN : of(row, field);
  const perTick = (server: string, rate: number, what: string, clients: number) =>
    value(find(server, rate, what, clients), "perTick");
  const lines: [string, string, number, boolean][] = [];
  const atMost = (what: string, limit: number, found: number, unit = "") =>
    lines.push([what, `≤ ${limit}${unit}`, found, found <= limit]);
  const atLeast = (what: string, limit: number, found: number) =>
    lines.push([what, `≥ ${limit}`, found, found >= limit]);

  for (const [peer, rate, what, ours, least] of OVER_OURS) {
    const found = over(perTick(peer, rate, what, 100), perTick("proxy", rate, ours, 100));
    atLeast(`${NAMES[peer]}, over ours: µs/tick, ${rate} ticks/s, 100 clients, ${ours}`, least, found);
  }
  atMost("µs/tick, 10000 ticks/s, one client, all", 6, perTick("proxy", 10_000, "all", 1));
  for (const [clients, most] of [[10, 5], [100, 1.8], [1000, 1.2]] as const) {
    const ours = value(find("proxy", 10_000, "all", clients), "perFrame");
    const floor = value(rows.find((row) => row.server === "floor" && row.clients === clients), "perFrame");
    atMost(`ours over (d): µs/frame of the same size, 10000 ticks/s, ${clients} clients`, most, ours / floor);
  }
  atMost("p99, 10000 ticks/s, 100 clients, all", 25, value(find("proxy", 10_000, "all", 100), "p99"), " ms");
  atMost(
    "p99, 3000 ticks/s, 10 clients, BATCH_MS=0",
    5,
    value(find("proxy", 3_000, "all, BATCH_MS=0", 10), "p99"),
    " ms",
  );
  atMost(
    "bytes per LTP tick, 10000 ticks/s, all",
    25,
    value(find("proxy", 10_000, "all", 100), "bytesPerTick"),
    " B",
  );
  for (const rate of [3_000, 10_000, 30_000]) {
    const costs = [10, 100, 1000].map((clients) => perTick("proxy", rate, "all", clients));
    atMost(`µs/tick rises from 10 to 1000 clients, ${rate} ticks/s, all`, 1.3, rise(costs));
  }
  const costs = ["all, 100 instruments", "all, 1000 instruments"].map((what) =>
    perTick("proxy", 10_000, what, 100)
  );
  atMost(
    "µs/tick rises from 100 to 2970 instruments, 10000 ticks/s, 100 clients, all",
    1.3,
    rise([...costs, perTick("proxy", 10_000, "all", 100)]),
  );
  atMost("resident memory per idle client, 1000 clients", 32, median(still.kb), " kB");
  atMost("from the command to listening", 300, median(still.startMs), " ms");
  return markdown([
    ["target", "aim", "found", ""],
    ...lines.map((
      [what, aim, found, met],
    ) => [what, aim, short(found), Number.isNaN(found) ? "not measured" : met ? "met" : "**missed**"]),
  ]);
}
