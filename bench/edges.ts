/**
 * What edges cost and bring: one process, and a hub with 1, 2 and 4 edges, for the same clients, each with a list of its own.
 *
 *     deno task bench:edges [CLIENTS] [RATE]     1000 clients, 10000 ticks/s by default
 *
 * One process has a core of its own, as in the other benchmarks. Hub, edges and NATS server share all cores with the simulator
 * and the clients, so that their µs per tick can be compared and, on two cores, their latency only while there is time
 * left; a larger machine shows what more edges bring.
 */
import { NatsServer } from "../tests/nats/nats_server.ts";
import { type Finding, measure } from "./measure.ts";
import { CORES, cpuOf, type Running, withServers } from "./processes.ts";
import { compile, startProxy, startSimulator } from "./world.ts";

const [clientsText = "1000", rateText = "10000", ...surplus] = Deno.args;
/** A load client that has not come to its end by then has none; four rows end within five minutes. */
const MEASURE_MS = 40_000;

const CLIENTS = Number(clientsText);
const RATE = Number(rateText);
if (!(CLIENTS >= 4) || !(RATE >= 2) || surplus.length > 0) {
  console.error("deno task bench:edges [CLIENTS] [RATE]");
  Deno.exit(2);
}
if (Deno.build.os !== "linux" || await compile("load.c", "load") === undefined) {
  console.error(
    "Processor time is read from Linux's /proc, and the load client needs a C compiler named cc.",
  );
  Deno.exit(1);
}

/** What stands in a row: of all servers together. */
interface Row {
  /** Ticks per second that all clients together read. */
  readonly delivered: number;
  /** µs of processor time for each of them: of hub, edges and NATS server. */
  readonly perTick: number;
  /** ms from the simulator's write to the client's read; of several edges the worst one's. */
  readonly p50: number;
  readonly p99: number;
  readonly conflated: number;
  readonly lost: number;
}

/** Measures at all edges at one time. The processor time is that of every server over the same span. */
async function atAll(
  edges: readonly Running[],
  others: readonly number[],
  simulator: Running,
): Promise<Row> {
  const load = {
    clients: Math.floor(CLIENTS / edges.length),
    wants: "tenths",
    settleMs: 3_000,
    signal: AbortSignal.timeout(MEASURE_MS),
  } as const;
  const pids = [...others, ...edges.map(({ pid }) => pid)];
  const before = pids.map(cpuOf);
  const begun = performance.now();
  const findings = await Promise.all(
    edges.map((edge, i) => measure(edge, { ...load, name: `-${i}` }, simulator)),
  );
  const seconds = (performance.now() - begun) / 1000;
  // The clients of all edges join and settle at one time, so that the servers' time is spread as the ticks are.
  const used = pids.slice(0, others.length).reduce((sum, pid, i) => sum + cpuOf(pid) - before[i]!, 0) /
    seconds;
  const sum = (of: (finding: Finding) => number) =>
    findings.reduce((total, finding) => total + of(finding), 0);
  const delivered = sum((finding) => finding.delivered);
  return {
    delivered,
    perTick: (used + sum((finding) => finding.perTick * finding.delivered)) / delivered,
    p50: Math.max(...findings.map(({ p50 }) => p50)),
    p99: Math.max(...findings.map(({ p99 }) => p99)),
    conflated: sum(({ conflated }) => conflated) / findings.length,
    lost: sum(({ lost }) => lost),
  };
}

async function oneProcess(simulator: Running): Promise<Row> {
  const proxy = await startProxy(simulator);
  return await withServers([proxy], () => atAll([proxy], [], simulator));
}

async function hubAndEdges(simulator: Running, count: number): Promise<Row> {
  await using server = await NatsServer.start();
  const nats = { NATS_URL: server.url, NATS_EDGE_INSTRUMENTS: "3000" };
  const servers: Running[] = [];
  return await withServers(servers, async () => {
    const hub = await startProxy(simulator, { pinned: false, env: nats, instruments: 1 });
    servers.push(hub);
    const edges: Running[] = [];
    for (let i = 0; i < count; i++) {
      const env = { ...nats, NATS_EDGE: `edge${i + 1}` };
      const edge = await startProxy(simulator, { command: "edge", pinned: false, env, instruments: 1 });
      edges.push(edge);
      servers.push(edge);
    }
    return await atAll(edges, [hub.pid, server.pid], simulator);
  });
}

/** One row, or why there is none: a machine that is too small for four edges still has the other rows. */
async function rowOf(count: number): Promise<string> {
  const name = count === 0 ? "one process" : `hub, ${count} edge${count > 1 ? "s" : ""}`;
  try {
    const simulator = await startSimulator(RATE);
    const row = await withServers(
      [simulator],
      () => count === 0 ? oneProcess(simulator) : hubAndEdges(simulator, count),
    );
    return [
      name,
      Math.round(row.delivered).toLocaleString("en"),
      row.perTick.toFixed(2),
      row.p50.toFixed(1),
      row.p99.toFixed(1),
      `${(100 * row.conflated).toFixed(1)} %`,
      String(row.lost),
    ].join(" | ");
  } catch (error) {
    return `${name} | not measured: ${(error as Error).message.split("\n")[0]} | | | | | `;
  }
}

console.log(`${CLIENTS} clients with lists of their own, ${RATE} ticks/s, ${CORES} cores\n`);
console.log("| servers | delivered/s | µs/tick | p50 ms | p99 ms | conflated | lost clients |");
console.log("| --- | --- | --- | --- | --- | --- | --- |");
for (const count of [0, 1, 2, 4]) console.log(`| ${await rowOf(count)} |`);
