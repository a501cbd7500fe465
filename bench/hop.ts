/**
 * What the hop from a hub to an edge adds, of the very same ticks: a program that reads at both notes for each tick how much
 * later it came from the edge. A stall of the machine holds both up; what two readers of the hub differ by is the reader's own and
 * stands beside it. On a loaded machine the hop is what three more programs waited for a core; its median says most there.
 *
 *     deno task bench:hop [CLIENTS] [RATE] [SECONDS]     20 clients, 500 ticks/s, 10 s by default
 *
 * CLIENTS with lists of their own are at one process, and as many at the edge, for the processor time of a tick.
 */
import { createPacketDecoder, PacketRefusal } from "../lib/smartapi/packet.ts";
import { subscriptionRequest } from "../lib/smartapi/request.ts";
import { NatsServer } from "../tests/nats/nats_server.ts";
import { measure } from "./measure.ts";
import { CORES, cpuOf, type Running, withServers } from "./processes.ts";
import { compile, startProxy, startSimulator, tokens } from "./world.ts";

/** What one socket of the account carries, so that one process and the hub have one each. */
const INSTRUMENTS = 900;

const [clientsText = "20", rateText = "500", secondsText = "10", ...surplus] = Deno.args;
const [CLIENTS, RATE, SECONDS] = [clientsText, rateText, secondsText].map(Number) as [number, number, number];
if (!(CLIENTS >= 1) || !(RATE >= 2) || !(SECONDS >= 1) || SECONDS > 60 || surplus.length > 0) {
  console.error("deno task bench:hop [CLIENTS] [RATE] [SECONDS]");
  Deno.exit(2);
}
if (Deno.build.os !== "linux" || await compile("load.c", "load") === undefined) {
  console.error(
    "Processor time is read from Linux's /proc, and the load client needs a C compiler named cc.",
  );
  Deno.exit(1);
}

/** Reads everything at one server, as the broker's packets: no window for batches is on their way. */
class Probe {
  /** When each tick came, ms, by its instrument and number. */
  readonly cameAt = new Map<string, number>();
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    const decode = createPacketDecoder();
    socket.onmessage = ({ data }) => {
      const now = performance.now();
      if (typeof data === "string") return;
      const tick = decode(new Uint8Array(data), 0);
      if (tick instanceof PacketRefusal || tick.mode === "depth20") return;
      this.cameAt.set(`${tick.key} ${tick.sequence}`, now);
    };
  }

  static async at({ port }: Running): Promise<Probe> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/smart-stream?feedToken=any`);
    socket.binaryType = "arraybuffer";
    await new Promise((resolve) => socket.onopen = resolve);
    const probe = new Probe(socket);
    const keys = tokens(INSTRUMENTS).map((token) => `nse:${token}` as const);
    socket.send(subscriptionRequest("subscribe", "hop", "ltp", keys));
    return probe;
  }

  close(): void {
    this.#socket.close();
  }

  /** How much later each tick came here than at another one, ms, from a moment on; the least first. */
  behind(other: Probe, from: number): Float64Array {
    const later: number[] = [];
    for (const [tick, at] of this.cameAt) {
      const there = other.cameAt.get(tick);
      if (there !== undefined && there >= from) later.push(at - there);
    }
    return Float64Array.from(later).sort();
  }
}

/** Until ticks may come. */
async function up({ port }: Running): Promise<void> {
  for (;;) {
    const { upstream } = await (await fetch(`http://127.0.0.1:${port}/healthz`)).json();
    if (upstream.state === "up") return;
    await pause(100);
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function commands(): string {
  const lines = Array.from({ length: CLIENTS }, () => {
    const tenth = tokens(INSTRUMENTS).filter(() => Math.random() < 0.1);
    return JSON.stringify({ command: "subscribe", exchange: "nse", tokens: tenth });
  });
  return `${lines.join("\n")}\n`;
}

const simulator = await startSimulator(RATE);
const servers: Running[] = [simulator];
await using nats = await NatsServer.start();
await withServers(servers, async () => {
  const given = { pinned: false, instruments: 1 } as const;
  // No batch waits for its end at either, since that would hide the hop among waits of up to 10 ms.
  const atOnce = { BATCH_MS: "0" };
  const env = { ...atOnce, SMARTAPI_MAX_SOCKETS: "1", NATS_EDGE_INSTRUMENTS: "3000" };
  const one = await startProxy(simulator, { ...given, env: { ...atOnce, SMARTAPI_MAX_SOCKETS: "1" } });
  servers.push(one);
  // The simulator takes a login a second, as the broker does.
  await pause(1_500);
  const hub = await startProxy(simulator, { ...given, env: { ...env, NATS_URL: nats.url } });
  servers.push(hub);
  const edge = await startProxy(simulator, {
    ...given,
    command: "edge",
    env: { ...atOnce, NATS_URL: nats.url, NATS_EDGE: "edge1" },
  });
  servers.push(edge);
  const probes = await Promise.all([hub, hub, edge].map((server) => Probe.at(server)));
  const [atHub, again, atEdge] = probes as [Probe, Probe, Probe];
  await Promise.all([one, hub, edge].map(up));
  // All are subscribed and their last values have come.
  await pause(4_000);
  const read = performance.now();
  await pause(SECONDS * 1000);
  for (const probe of probes) probe.close();
  const others = [hub.pid, nats.pid];
  const before = others.map(cpuOf);
  const from = performance.now();
  const load = {
    clients: CLIENTS,
    wants: { commands: commands() },
    settleMs: 2_000,
    runMs: SECONDS * 1000,
    signal: AbortSignal.timeout(SECONDS * 1000 + 40_000),
  };
  const [alone, behind] = await Promise.all([
    measure(one, { ...load, name: "-one" }, simulator),
    measure(edge, { ...load, name: "-edge" }, simulator),
  ]);
  const seconds = (performance.now() - from) / 1000;
  const shared = others.reduce((sum, pid, i) => sum + cpuOf(pid) - before[i]!, 0) / seconds;

  const rows: (readonly [string, Float64Array])[] = [
    ["edge after hub: the hop", atEdge.behind(atHub, read)],
    ["hub after hub: the reader", again.behind(atHub, read)],
  ];
  console.log(
    `${CLIENTS} clients at each, ${RATE} ticks/s, ${SECONDS} s, ${CORES} cores, load ${
      Deno.loadavg()[0]!.toFixed(1)
    }\n`,
  );
  console.log("| ms | ticks | p1 | p50 | p90 | p99 | max |\n| --- | --- | --- | --- | --- | --- | --- |");
  for (const [name, sorted] of rows) {
    const cells = [0.01, 0.5, 0.9, 0.99, 1].map((part) =>
      (sorted[Math.floor(part * (sorted.length - 1))] ?? NaN).toFixed(2)
    );
    console.log(`| ${[name, sorted.length, ...cells].join(" | ")} |`);
  }
  const hubAndEdge = (shared + behind.perTick * behind.delivered) / behind.delivered;
  console.log(
    `\nµs of processor time for each delivered tick: one process ${alone.perTick.toFixed(1)} (${
      Math.round(alone.delivered)
    }/s), hub, server and edge ${hubAndEdge.toFixed(1)} (${Math.round(behind.delivered)}/s), the edge's own ${
      behind.perTick.toFixed(1)
    }; lost clients ${alone.lost + behind.lost}`,
  );
});
Deno.exit();
