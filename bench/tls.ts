/**
 * What TLS costs: 100 clients at 10,000 ticks/s over `ws` and over `wss`, in turns within one run. How long it is between
 * two messages of a client, and processor time of the server for each message.
 *
 *     deno task bench:tls [RUNS]
 *
 * `openssl` makes the certificate. The clients are one Deno process on the second core; what it costs is not in the figures,
 * but that it reads many messages one after the other is in the times.
 */
import { cpuOf, pinning, type Running } from "./processes.ts";
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
const [key, cert] = [`${MADE}tls.key`, `${MADE}tls.crt`];
await Deno.mkdir(MADE, { recursive: true });
await certificate();
const found: Record<"ws" | "wss", Found[]> = { ws: [], wss: [] };
const simulator = await startSimulator(RATE);
try {
  for (let run = 0; run < RUNS; run++) {
    for (const scheme of ["ws", "wss"] as const) {
      const env: Record<string, string> = scheme === "wss" ? { TLS_CERT: cert, TLS_KEY: key } : {};
      const proxy = await startProxy(simulator, { env });
      try {
        found[scheme].push(await measure(scheme, proxy));
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
for (const [scheme, rows] of Object.entries(found)) {
  const of = (field: keyof Found) => median(rows.map((row) => row[field])) ?? NaN;
  const cells = [
    scheme,
    Math.round(of("frames") * 1_000 / RUN_MS),
    of("p50").toFixed(1),
    of("p99").toFixed(1),
    of("worst").toFixed(1),
    of("perFrame").toFixed(1),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}

async function measure(scheme: "ws" | "wss", { pid, port }: Running): Promise<Found> {
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
  let before = NaN;
  let text = "";
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (Number.isNaN(before) && text.includes("begins\n")) before = cpuOf(pid);
  }
  const used = cpuOf(pid) - before;
  const result: Omit<Found, "perFrame"> = JSON.parse(text.trim().split("\n").at(-1)!);
  return { ...result, perFrame: used / result.frames };
}

async function certificate(): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30".split(" "),
      ..."-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1".split(" "),
      "-keyout",
      key,
      "-out",
      cert,
    ],
  }).output();
  if (!success) throw new Error(`openssl: ${new TextDecoder().decode(stderr)}`);
}
