/**
 * What a delivered tick costs, here and elsewhere: the program beside its peers in one run.
 *
 *     deno task bench          one scenario
 *     deno task bench full     all of them
 *     deno task bench full 5   with five runs of each instead of three
 *     deno task bench dropin   the drop-in wire: the broker's own packets, one in each frame
 *
 * README.md, beside this, says how to read the table.
 */
import { PINS, type Running } from "./processes.ts";
import { type Finding, type Load, measure } from "./measure.ts";
import { headLines, type Row, table, targets } from "./report.ts";
import {
  compile,
  findPeers,
  MADE,
  type Peer,
  PEERS,
  startFloor,
  startPeer,
  startProxy,
  startSimulator,
} from "./world.ts";

/** What is measured of one server at one rate of ticks: all loads one after the other, on one process. */
interface Series {
  readonly server: "proxy" | Peer;
  /** Ticks per second. */
  readonly rate: number;
  readonly loads: readonly Load[];
  readonly batchMs?: number;
  /** What the clients want when they want all. */
  readonly instruments?: number;
}

const all = (clients: number): Load => ({ clients, wants: "all" });
const tenths = (clients: number): Load => ({ clients, wants: "tenths" });

/** The peers that take part in a comparison. The C one knows no subscriptions; Python's is behind at 3,000 already. */
const peersAt = (rate: number, ...loads: Load[]): Series[] =>
  PEERS.filter((server) => server !== "python" || rate <= 10_000).map((server) => ({
    server,
    rate,
    loads: server === "c" ? loads.filter(({ wants }) => wants === "all") : loads,
  }));

const QUICK: readonly Series[] = [
  { server: "proxy", rate: 10_000, loads: [all(100)] },
  ...peersAt(10_000, all(100)),
];

const COUNTS = [1, 10, 100, 1000];

/** A list of one's own without gzip: what is left is ours. */
const OWN_JSON: Load = { clients: 100, wants: "tenths", path: "/?encoding=json" };

const FULL: readonly Series[] = [
  ...[3_000, 10_000, 30_000].flatMap((rate): Series[] => [
    {
      server: "proxy",
      rate,
      loads: [...COUNTS.map(all), ...COUNTS.map(tenths), ...rate === 10_000 ? [OWN_JSON] : []],
    },
    ...peersAt(rate, ...rate === 10_000 ? [all(100), tenths(100)] : [all(100)]),
  ]),
  { server: "proxy", rate: 3_000, batchMs: 0, loads: [all(10), all(100)] },
  ...[100, 1_000].map((instruments): Series => ({
    server: "proxy",
    rate: 10_000,
    instruments,
    loads: [all(100)],
  })),
];

const PACKETS: readonly Series[] = (["proxy", "node", "bun"] as const).map((server) => ({
  server,
  rate: 3_000,
  loads: [{ clients: 100, wants: "packets" }],
}));

const SCOPES: Readonly<Record<string, readonly Series[]>> = { quick: QUICK, full: FULL, dropin: PACKETS };

const [scope = "quick", runs = "3", ...surplus] = Deno.args;
const chosen = SCOPES[scope];
if (chosen === undefined || !/^[1-9][0-9]?$/.test(runs) || surplus.length > 0) {
  console.error(`deno task bench [${Object.keys(SCOPES).join(" | ")}] [runs]`);
  Deno.exit(2);
}
const full = scope === "full";
const RUNS = Number(runs);
if (Deno.build.os !== "linux" || await compile("load.c", "load") === undefined) {
  console.error(
    "Processor time is read from Linux's /proc, and the load client needs a C compiler named cc.",
  );
  Deno.exit(1);
}

const peers = await findPeers();
const rows = new Map<string, Row>();
let floorFrame: {
  readonly bytes: number;
  readonly perSecond: number;
  readonly rate: number;
  readonly what: string;
} | undefined;

function note(row: Omit<Row, "findings">, finding: Finding): void {
  const id = [row.server, row.rate, row.server === "floor" ? "" : row.what, row.clients].join();
  const known = rows.get(id);
  if (known === undefined) rows.set(id, { ...row, findings: [finding] });
  else known.findings.push(finding);
}

/** Measures on a server, and ends it whatever happens. */
async function withServer<Result>(
  server: Running,
  use: (server: Running) => Promise<Result>,
): Promise<Result> {
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

function measureSeries({ server: name, rate, loads, batchMs, instruments }: Series): Promise<void> {
  return startSimulator(rate).then((simulator) =>
    withServer(simulator, async () => {
      const runtime = name === "proxy" ? undefined : peers[name]!;
      const server = runtime === undefined
        ? await startProxy(simulator, { batchMs, instruments })
        : await startPeer(
          runtime,
          simulator,
          ...loads.some(({ wants }) => wants === "packets") ? ["packets"] : [],
        );
      await withServer(server, async () => {
        for (const load of loads) {
          const finding = await measure(server, load, simulator);
          const what = [
            load.wants,
            ...instruments === undefined ? [] : [`${instruments} instruments`],
            ...batchMs === undefined ? [] : [`BATCH_MS=${batchMs}`],
            ...load.path?.split("encoding=").slice(1) ?? [],
          ].join(", ");
          note({ server: name, rate, what, clients: load.clients }, finding);
          if (name !== "proxy" || load.clients !== 100) continue;
          if (load.wants === "packets" || rate === 10_000 && load.wants === "all") {
            floorFrame ??= {
              bytes: Math.round(finding.bytesPerFrame),
              perSecond: Math.round(finding.framesPerSecond / load.clients),
              rate,
              what,
            };
          }
        }
      });
    })
  );
}

for (let run = 1; run <= RUNS; run++) {
  for (const series of chosen) {
    if (series.server !== "proxy" && peers[series.server] === undefined) continue;
    console.error(`run ${run} of ${RUNS}: ${series.server} at ${series.rate} ticks/s`);
    try {
      await measureSeries(series);
    } catch (error) {
      console.error(`  left out: ${error instanceof Error ? error.message : error}`);
    }
    // What there is, in case the rest is not waited for.
    await Deno.writeTextFile(`${MADE}rows.json`, JSON.stringify([...rows.values()]));
  }
  if (floorFrame === undefined || peers.c === undefined) continue;
  const { bytes, perSecond, ...floorOf } = floorFrame;
  await withServer(await startFloor(bytes, perSecond), async (server) => {
    for (const clients of full ? COUNTS : [100]) {
      note(
        { server: "floor", rate: 0, what: `${bytes} B, ${perSecond}/s`, clients, floorOf },
        await measure(server, all(clients)),
      );
    }
  });
}

/** Resident memory of a client that says nothing, and how long it takes from the command to listening. */
async function idle(): Promise<{ kb: number[]; startMs: number[] }> {
  const kb: number[] = [];
  const startMs: number[] = [];
  for (let run = 0; run < RUNS + 2; run++) {
    await withServer(await startSimulator(20), async (simulator) => {
      await withServer(await startProxy(simulator), async (proxy) => {
        startMs.push(proxy.startMs);
        if (run >= RUNS) return;
        kb.push(
          (await measure(proxy, { clients: 1000, wants: "nothing", settleMs: 2_000, runMs: 500 }))
            .kbPerClient,
        );
      });
    });
  }
  return { kb, startMs };
}

/** The decoder beside the official SDK's; run with the SDK's own lock file, see decode.ts. */
async function decode(): Promise<string> {
  const here = new URL("./", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-config",
      `--lock=${here}../tests/sdk/deno.lock`,
      "--frozen",
      "-A",
      `${here}decode.ts`,
    ],
  }).output();
  return new TextDecoder().decode(stdout.length > 0 ? stdout : stderr).trim();
}

const still = full ? await idle() : undefined;
const results = [...rows.values()];
const lines = [...headLines(peers, PINS), "", ...table(results, peers)];
if (still !== undefined) lines.push("", ...targets(results, still), "", await decode());
console.log(lines.join("\n"));
