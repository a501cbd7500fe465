/**
 * The program itself under load, with one fault of the broker after the other, for as long as is asked for; what must
 * be so is looked at in the quiet between them. Ends with 0 where nothing was found, and with 1 where something was.
 */
import { systemClock } from "../lib/util/clock.ts";
import { keyOf } from "../lib/market/market.ts";
import type { SimulatedCredentials } from "../lib/simulator/account.ts";
import { manyInstruments, simulatedInstruments } from "../lib/simulator/instruments.ts";
import { startSimulator } from "../lib/simulator/simulator.ts";
import { seededRandom } from "../tests/fakes.ts";
import { SoakClient } from "./client.ts";
import { Findings } from "./findings.ts";
import { pause, type Random, startLoad } from "./load.ts";
import { startLoginGate } from "./login_gate.ts";
import { privateNames } from "./names.ts";
import { MAX_SOCKETS, startProgram } from "./program.ts";
import { type Loss, QuietChecks } from "./quiet.ts";
import { startRelay } from "./relay.ts";
import { storm } from "./storm.ts";
import { answered, isTrouble, nameless, repeating, stopped } from "./troubles.ts";
import { Truth } from "./truth.ts";

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Ticks per second. */
  readonly rate: number;
  /** Shares beside the simulator's own instruments. */
  readonly shares: number;
  /** One client of each kind. */
  readonly small?: boolean;
  /** Only faults whose name holds this. */
  readonly only?: string;
  readonly print: (line: string) => void;
}

/** Known to no one, so that none of it stands in a log by chance. */
const CREDENTIALS: SimulatedCredentials = {
  clientCode: "SOAK0001",
  pin: "7391",
  apiKey: "soak-api-key-Qz8",
  totpSecret: "KRSXG5CTMVRXEZLU",
};

const SECRETS = [CREDENTIALS.apiKey, CREDENTIALS.totpSecret];

/** Of the last third over the middle one. */
const MEMORY_MARGIN = 1.2;

/** Below this many samples of memory nothing can be said. */
const MIN_SAMPLES = 180;

/** From the clients' coming to what they want: some messages to each socket, 200 ms apart, and the machine's other work. */
const START_MS = 30_000;

const LOOK_EVERY_MS = 50;

/** Live for this long, and the proxy's next trouble starts from short waits again. */
const HEALTHY_MS = 62_000;

/** Runs the whole. Answers what was found. */
export async function soak(options: SoakOptions): Promise<Findings> {
  const begun = Date.now();
  const tell = (what: string) =>
    options.print(`${((Date.now() - begun) / 1000).toFixed(1).padStart(7)} s  ${what}`);
  const findings = new Findings((what) => tell(`FOUND: ${what}`));
  const random = (name: string): Random => {
    let seed = options.seed;
    for (const letter of name) seed = Math.imul(seed, 31) + letter.charCodeAt(0) | 0;
    return seededRandom(seed);
  };
  const truth = new Truth();
  const instruments = [...simulatedInstruments(systemClock.now()), ...manyInstruments(options.shares)];
  const simulator = await startSimulator({
    clock: systemClock,
    random: random("market"),
    rate: options.rate,
    credentials: CREDENTIALS,
    instruments,
    made: (tick) => truth.note(tick),
  });
  const { control } = simulator;
  const folder = await Deno.makeTempDir({ prefix: "soak-" });
  const simulatorPort = Number(new URL(simulator.restUrl).port);
  const gate = startLoginGate(simulatorPort);
  const relay = await startRelay(simulatorPort, gate.port);
  const names = await privateNames(folder);
  if (names === undefined) tell("names cannot be lost here: unshare and a mount namespace are needed");
  const program = await startProgram({ names, port: relay.port }, CREDENTIALS, folder, findings);
  const losses: Loss[] = [];
  const memory: number[] = [];
  const all: SoakClient[] = [];
  let sockets = 0;
  let mostHeld = 0;
  const looking = setInterval(() => {
    const now = control.stats().sockets;
    if (now < sockets) losses.push({ at: Date.now(), left: now });
    sockets = now;
    mostHeld = Math.max(mostHeld, program.streamSockets());
  }, LOOK_EVERY_MS);
  const sampling = setInterval(() => memory.push(program.memory()), 1_000);
  const passers = new Set<SoakClient>();
  const { port } = program.running;
  try {
    await pause(500);
    const actors = await startLoad({
      url: `ws://127.0.0.1:${port}`,
      port,
      random,
      keys: instruments.map(({ exchange, token }) => keyOf(exchange, token)),
      client(parts) {
        const client = new SoakClient({ ...parts, truth, findings, secrets: SECRETS });
        if (parts.name === "comer") passers.add(client);
        return client;
      },
    }, options.small ?? false);
    const stayers = actors.flatMap(({ client }) => client ?? []);
    all.push(...stayers);
    tell(`${actors.length} clients, ${instruments.length} instruments, ${options.rate} ticks/s`);
    const quiet = new QuietChecks({
      control,
      truth,
      program,
      findings,
      clients: () => stayers.filter(({ isOpen }) => isOpen),
      losses,
      mostHeld: () => mostHeld,
      watchMs: 4_000,
      tell,
    });
    const noting = setInterval(() => {
      quiet.noteWants();
      for (const passer of passers) {
        for (const key of passer.wants.keys()) quiet.noteWanted(key);
        if (!passer.isOpen) passers.delete(passer);
      }
    }, 50);
    const chance = random("storms");
    const more = [
      repeating(SECRETS),
      stopped(relay),
      ...answered(gate),
      ...names === undefined ? [] : nameless(names),
    ];
    const end = begun + options.minutes * 60_000;
    try {
      tell(`up after ${seconds(await quiet.recovered(START_MS))}`);
      await quiet.check();
      let refusals = 0;
      for (let round = 1; Date.now() < end; round++) {
        const pausing = new AbortController();
        const acting = Promise.all(
          actors.map((actor) =>
            actor.act(pausing.signal).catch((error) => findings.add("a client could not act", String(error)))
          ),
        );
        const long = round % 3 === 0;
        if (long) {
          tell("calm, with clients that act");
          await pause(Math.min(HEALTHY_MS, Math.max(0, end - Date.now())));
        }
        tell(`storm ${round}`);
        const ms = Math.min(8_000 + chance() * 22_000, Math.max(0, end - Date.now()));
        const { only = "" } = options;
        const late = (what: string) => findings.add("not recovered in time", what);
        const passed = await storm({ control, random: chance, ms, long, only, more, refusals, tell, late });
        refusals = passed.refusals;
        pausing.abort();
        await acting;
        tell(`quiet ${round}`);
        const took = await quiet.recovered(passed.within);
        tell(`recovered after ${seconds(took)}, of ${seconds(passed.within)} that it may take`);
        await quiet.check();
      }
    } finally {
      clearInterval(noting);
    }
  } finally {
    clearInterval(looking);
    clearInterval(sampling);
    for (const client of all) await client.close();
    await program.running.stop();
    await relay.stop();
    await gate.stop();
    await simulator.stop();
    await Deno.remove(folder, { recursive: true });
  }
  const slow = all.find(({ name }) => name === "slow");
  checkMemory(memory, findings, options.print);
  const { handshakes, logins, packets } = control.stats();
  options.print([
    "",
    `${seconds(Date.now() - begun)}, seed ${options.seed}`,
    `${packets} packets; ${
      all.reduce((sum, { ticks }) => sum + ticks, 0)
    } ticks told to ${all.length} clients that stayed`,
    `${slow?.conflatedInAll ?? 0} ticks were replaced by newer ones for the client that reads slowly`,
    `${losses.length} losses of sockets; at most ${mostHeld} of ${MAX_SOCKETS} sockets; handshakes ${
      Object.entries(handshakes).map(([status, count]) => `${count} × ${status}`).join(", ")
    }; ${logins.length} logins`,
    `log: ${[...program.lines].map(([level, count]) => `${count} ${level}`).join(", ")}`,
    ...findings.found.map(([what, count]) => `FOUND ${count}×: ${what}`),
    findings.found.length === 0 ? "nothing found" : `${findings.found.length} kinds of trouble found`,
  ].join("\n"));
  return findings;
}

/** The last third must not lie above the middle one: the first is that of warming up. */
function checkMemory(samples: readonly number[], findings: Findings, print: (line: string) => void): void {
  if (samples.length === 0) return;
  const third = Math.floor(samples.length / 3);
  const [first, middle, last] = [0, third, 2 * third].map((at) => median(samples.slice(at, at + third)));
  print(
    `memory by thirds of the time: ${[first, middle, last].map((each) => each!.toFixed()).join(", ")} MiB`,
  );
  if (samples.length >= MIN_SAMPLES && last! > middle! * MEMORY_MARGIN) {
    findings.add("memory grows", `${middle!.toFixed()} MiB, then ${last!.toFixed()} MiB`);
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

if (import.meta.main) {
  const [minutes = "5", seed = String(crypto.getRandomValues(new Uint16Array(1))[0]), only = ""] = Deno.args;
  if (!(Number(minutes) > 0) || !Number.isInteger(Number(seed)) || !isTrouble(only)) {
    console.error("usage: deno task soak [MINUTES] [SEED] [PART OF A FAULT'S NAME]");
    Deno.exit(2);
  }
  console.log(`seed ${seed}, ${minutes} minutes`);
  const { found } = await soak({
    minutes: Number(minutes),
    seed: Number(seed),
    only,
    rate: 1_500,
    shares: 1_473,
    print: (line) => console.log(line),
  });
  Deno.exit(found.length === 0 ? 0 : 1);
}
