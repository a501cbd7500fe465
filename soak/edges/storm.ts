/**
 * Edges, hub and NATS server killed and stopped at random, while clients write down what they are told:
 *
 *     deno task storm [SECONDS] [SEED]
 *
 * Ends with 0 where no client saw an older price after a newer one, a gap that was not told or told late, or a stale price
 * called live, and where no edge had more instruments than its budget.
 */
import { systemClock } from "../../lib/util/clock.ts";
import type { InstrumentKey } from "../../lib/market/market.ts";
import { SIMULATED_CREDENTIALS } from "../../lib/simulator/account.ts";
import { manyInstruments } from "../../lib/simulator/instruments.ts";
import { MASTER_PATH } from "../../lib/simulator/master.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { seededRandom } from "../../tests/fakes.ts";
import { NatsServer } from "../../tests/nats/nats_server.ts";
import { Findings } from "../findings.ts";
import { MadeTicks } from "./made_ticks.ts";
import { freePort } from "../../tests/free_port.ts";
import { hubEnv, StormProgram } from "./programs.ts";
import { StormClient } from "./storm_client.ts";

const [secondsText = "120", seedText = String(Date.now() % 100_000)] = Deno.args;
const seconds = Number(secondsText);
const seed = Number(seedText);
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error("deno task storm [SECONDS] [SEED]");
  Deno.exit(2);
}

/** Instruments that one edge may have; the clients of each want more. */
const PER_EDGE = 20;
const SHARES = 40;
const PER_CLIENT = 15;
const EDGES = 2;
const CLIENTS_PER_EDGE = 3;
const RATE = 200;

/** The last fault, and all is to be well again; a hub that was started anew may have to wait for the next one-time code. */
const CALM_MS = 45_000;

const begun = Date.now();
const tell = (what: string) =>
  console.log(`${((Date.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${what}`);
const findings = new Findings((what) => tell(`FOUND: ${what}`));
const random = seededRandom(seed);
const between = (least: number, most: number) => least + random() * (most - least);
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

tell(`seed ${seed}`);
const made = new MadeTicks();
const simulator = await startSimulator({
  clock: systemClock,
  random: seededRandom(seed + 1),
  rate: RATE,
  instruments: manyInstruments(SHARES),
  made: (tick) => made.note(tick),
});
const folder = await Deno.makeTempDir({ prefix: "storm-" });
const server = await NatsServer.start();
const wrote = (name: string) => (text: string) => {
  if (/"level":"(error|fatal)"/.test(text)) findings.add(`an error in the log of ${name}`, text.trim());
};
const common = { NATS_URL: server.url, DATA_FOLDER: folder };
const hub = new StormProgram(
  "hub",
  ["serve"],
  { ...hubEnv(simulator, SIMULATED_CREDENTIALS), ...common, NATS_EDGE_INSTRUMENTS: String(PER_EDGE) },
  folder,
  wrote("hub"),
);
await hub.start();
const edges = Array.from({ length: EDGES }, (_, i) => {
  const name = `edge${i + 1}`;
  const env = {
    ...common,
    PORT: String(freePort()),
    NATS_EDGE: name,
    INSTRUMENTS_URL: simulator.restUrl + MASTER_PATH,
    WATCHLIST: "nse:100001",
  };
  return new StormProgram(name, ["edge"], env, folder, wrote(name));
});
await Promise.all(edges.map((edge) => edge.start()));
const keys = manyInstruments(SHARES).map(({ exchange, token }): InstrumentKey => `${exchange}:${token}`);
const clients = edges.flatMap((edge) =>
  Array.from({ length: CLIENTS_PER_EDGE }, (_, i) =>
    new StormClient({
      name: `${edge.name} client ${i + 1}`,
      url: `ws://127.0.0.1:${edge.port}/?encoding=json`,
      keys: [...keys].sort(() => random() - 0.5).slice(0, PER_CLIENT),
      made,
      findings,
      stoodStill: (from, to) => edge.stoodStill(from, to),
    }))
);

const watching = setInterval(async () => {
  for (const subscriptions of simulator.control.stats().subscriptions) {
    if (subscriptions.length > 1_000) findings.add("more subscriptions than a socket may have");
  }
  try {
    const health =
      await (await fetch(`http://127.0.0.1:${hub.port}/healthz`, { signal: AbortSignal.timeout(500) }))
        .json();
    for (const [edge, count] of Object.entries<number>(health.edges ?? {})) {
      if (count > PER_EDGE) findings.add("an edge beyond its budget", `${edge} has ${count}`);
    }
  } catch {
    // The hub is away, or stands still.
  }
}, 500);

type Fault = readonly [name: string, happen: () => Promise<void>];

const dies = (program: StormProgram, awayMs: number): Fault => [
  `${program.name} is killed, and away for ${Math.round(awayMs)} ms`,
  async () => {
    await program.kill();
    await pause(awayMs);
    await program.start();
  },
];
const stands = (what: { freeze(): void; thaw(): void }, name: string, ms: number): Fault => [
  `${name} stands still for ${Math.round(ms)} ms`,
  async () => {
    what.freeze();
    await pause(ms);
    what.thaw();
  },
];
const serverDies = (awayMs: number): Fault => [
  `the server is killed, and away for ${Math.round(awayMs)} ms`,
  async () => {
    await server.kill();
    await pause(awayMs);
    await server.restart();
  },
];

function nextFault(): Fault {
  const edge = edges[Math.floor(random() * EDGES)]!;
  const ms = between(200, 6_000);
  const faults = [
    () => dies(edge, ms / 2),
    () => stands(edge, edge.name, ms),
    () => dies(hub, ms),
    () => stands(hub, "the hub", ms),
    () => serverDies(ms),
    () => stands(server, "the server", ms),
  ];
  return faults[Math.floor(random() * faults.length)]!();
}

await pause(5_000);
const end = Date.now() + seconds * 1000;
while (Date.now() < end) {
  const [name, happen] = nextFault();
  tell(name);
  await happen();
  await pause(between(1_000, 8_000));
}
tell("calm");
const calmUntil = Date.now() + CALM_MS;
const isWell = () =>
  clients.every(({ freshness }) => freshness.includes("live") && !freshness.includes("stale"));
while (!isWell() && Date.now() < calmUntil) await pause(250);
if (!isWell()) {
  findings.add(
    "not all prices are live again",
    JSON.stringify(clients.map(({ freshness }) => freshness)),
  );
}
for (const client of clients) client.stop();
clearInterval(watching);
await Promise.all([...edges, hub].map((program) => program.stop()));
await server[Symbol.asyncDispose]();
await simulator.stop();
await Deno.remove(folder, { recursive: true });
const sum = (count: "ticks" | "missed" | "connections" | "asked") =>
  clients.reduce((total, { counts }) => total + counts[count], 0);
tell(
  `${sum("connections")} connections, ${sum("ticks")} ticks, ${sum("missed")} missed in told gaps, ` +
    `${sum("asked")} answers about freshness`,
);
for (const [what, count] of findings.found) console.log(`${what}: ${count} times`);
console.log(findings.found.length === 0 ? "nothing was found" : `seed ${seed}`);
Deno.exit(findings.found.length === 0 ? 0 : 1);
