/**
 * What TLS costs: 100 clients at 10,000 ticks/s over `ws`, over `wss`, and over `wss` with nginx before the program, in
 * turns within one run. How long it is between two messages of a client, and processor time for each message, nginx's
 * included.
 *
 *     deno task bench:tls [RUNS]
 *
 * The clients are one Deno process on the second core, and so is nginx. What the clients cost is not in the figures, but
 * that they are one program that reads many messages one after the other is in the times.
 */
import { NGINX, startNginx } from "../tests/server/nginx.ts";
import { cpuOf, pinning } from "./processes.ts";
import { median } from "./report.ts";
import { MADE, OTHERS, startProxy, startSimulator } from "./world.ts";

const CLIENTS = 100;
const RATE = 10_000;
const SETTLE_MS = 3_000;
const RUN_MS = 5_000;

interface Found {
  readonly frames: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  /** Processor time of the server for each message, µs. */
  readonly perFrame: number;
}

const RUNS = Number(Deno.args[0] ?? "3");
const [CERT, KEY] = ["crt", "key"].map((kind) =>
  new URL(`../tests/fixtures/tls/one.${kind}`, import.meta.url).pathname
) as [string, string];

const WAYS = ["ws", "wss", "wss, nginx before it"] as const;

await Deno.mkdir(MADE, { recursive: true });
const found = new Map<string, Found[]>();
const simulator = await startSimulator(RATE);
try {
  for (let run = 0; run < RUNS; run++) {
    for (const way of WAYS) {
      if (way === WAYS[2] && NGINX === undefined) continue;
      const env: Record<string, string> = way === "wss" ? { TLS_CERT: CERT, TLS_KEY: KEY } : {};
      const proxy = await startProxy(simulator, { env });
      try {
        const row = way === WAYS[2]
          ? await behindNginx(proxy.port, (port, nginx) => measure("wss", port, [proxy.pid, nginx]))
          : await measure(way, proxy.port, [proxy.pid]);
        found.set(way, [...found.get(way) ?? [], row]);
      } finally {
        await proxy.stop();
      }
    }
  }
} finally {
  await simulator.stop();
}
console.log(`Deno ${Deno.version.deno}; ${CLIENTS} clients, ${RATE} ticks/s, medians of ${RUNS}\n`);
console.log("| | messages/s | p50 between two, ms | p99 ms | worst ms | µs/message |");
console.log("| --- | --- | --- | --- | --- | --- |");
for (const [way, rows] of found) {
  const of = (field: keyof Found) => median(rows.map((row) => row[field])) ?? NaN;
  const cells = [
    way,
    Math.round(of("frames") * 1_000 / RUN_MS),
    of("p50").toFixed(1),
    of("p99").toFixed(1),
    of("worst").toFixed(1),
    of("perFrame").toFixed(1),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

/** @param pids Whose processor time counts. */
async function measure(scheme: "ws" | "wss", port: number, pids: readonly number[]): Promise<Found> {
  const [command, ...args] = [
    ...pinning(OTHERS),
    Deno.execPath(),
    "run",
    "--allow-net",
    "--unsafely-ignore-certificate-errors=127.0.0.1",
    new URL("tls_client.ts", import.meta.url).pathname,
    `${scheme}://127.0.0.1:${port}/`,
    ...[CLIENTS, SETTLE_MS, RUN_MS].map(String),
  ];
  const child = new Deno.Command(command!, { args, stdout: "piped", stderr: "null" }).spawn();
  const used = () => pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
  let before = NaN;
  let text = "";
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (Number.isNaN(before) && text.includes("begins\n")) before = used();
  }
  const took = used() - before;
  const result: Omit<Found, "perFrame"> = JSON.parse(text.trim().split("\n").at(-1)!);
  return { ...result, perFrame: took / result.frames };
}

/** Runs nginx by the recipe of the documentation, with room for all clients of one address. */
async function behindNginx<Result>(
  upstream: number,
  use: (port: number, pid: number) => Promise<Result>,
): Promise<Result> {
  await using nginx = await startNginx({
    upstream,
    changes: [
      // One process, whose time is asked for.
      ["worker_processes 1;", "master_process off;"],
      ["rate=20r/s", "rate=1000r/s"],
      ["limit_conn connections 50", `limit_conn connections ${2 * CLIENTS}`],
    ],
    launcher: pinning(OTHERS),
  });
  while (!await isOpen(nginx.port)) await new Promise((resolve) => setTimeout(resolve, 50));
  return await use(nginx.port, nginx.pid);
}

async function isOpen(port: number): Promise<boolean> {
  try {
    using _ = await Deno.connect({ hostname: "127.0.0.1", port });
    return true;
  } catch {
    return false;
  }
}
