/**
 * What option chains cost beside plain subscriptions to the same instruments: three chains of 2 x 21 contracts, twenty
 * clients each, on the real process. Aim: no more processor time for a tick.
 *
 *     deno task bench:chains
 */
import { keyOf } from "../lib/market/market.ts";
import { simulatedInstruments } from "../lib/simulator/instruments.ts";
import { withOptionChains } from "../lib/simulator/option_chains.ts";
import { type Finding, measure } from "./measure.ts";
import { median } from "./report.ts";
import { compile, startProxy, startSimulator } from "./world.ts";

const RUNS = 3;
const CLIENTS = 60;
const STRIKES = 10;
const RATE = 3_000;
const STEP = 50;

const LISTED = withOptionChains(simulatedInstruments(Date.now()), Date.now());
const NIFTY = LISTED.find(({ exchange, token }) => keyOf(exchange, token) === "nse:99926000")!;

/** The expiries of the index, as the list of the day has them. */
const EXPIRIES = [
  ...new Set(
    LISTED.flatMap(({ contract }) =>
      contract?.underlying === "NIFTY" && contract.kind === "CE" ? [contract.expiry] : []
    ),
  ),
].sort();

/** A command for each client, by turns for each expiry. */
function byTurns(commandOf: (expiry: string) => unknown): string {
  return Array.from(
    { length: CLIENTS },
    (_, i) => `${JSON.stringify(commandOf(EXPIRIES[i % EXPIRIES.length]!))}\n`,
  )
    .join("");
}

const asChains = byTurns((expiry) => ({
  command: "subscribe",
  chain: { underlying: "NIFTY", expiry, strikes: STRIKES },
  mode: "snapquote",
}));

const asContracts = byTurns((expiry) => ({
  command: "subscribe",
  symbols: ["nse:99926000", ...contractsOf(expiry)],
  mode: "snapquote",
}));

function contractsOf(expiry: string): string[] {
  const middle = Math.round(NIFTY.price / STEP) * STEP;
  return LISTED.filter(({ contract }) =>
    contract?.underlying === "NIFTY" && contract.expiry === expiry && contract.strike !== undefined &&
    Math.abs(contract.strike - middle) <= STRIKES * STEP
  ).map(({ exchange, token }) => keyOf(exchange, token));
}

async function cost(commands: string): Promise<Finding> {
  const simulator = await startSimulator(RATE);
  const proxy = await startProxy(simulator, { instruments: 10 });
  try {
    return await measure(proxy, { clients: CLIENTS, wants: { commands }, settleMs: 2_000 }, simulator);
  } finally {
    await proxy.stop();
    await simulator.stop();
  }
}

if (Deno.build.os !== "linux" || await compile("load.c", "load") === undefined) {
  console.error(
    "Processor time is read from Linux's /proc, and the load client needs a C compiler named cc.",
  );
  Deno.exit(1);
}
const findings = { contracts: [] as Finding[], chains: [] as Finding[] };
for (let run = 0; run < RUNS; run++) {
  findings.contracts.push(await cost(asContracts));
  findings.chains.push(await cost(asChains));
}
const of = (found: readonly Finding[], value: (each: Finding) => number) => median(found.map(value));
console.log("| 3 x 20 clients, each with  | µs/tick | core % |");
console.log("| -------------------------- | ------- | ------ |");
for (
  const [name, found] of [["43 instruments by name", findings.contracts], [
    "a chain of 10 strikes",
    findings.chains,
  ]] as const
) {
  const cells = [
    name.padEnd(26),
    of(found, ({ perTick }) => perTick).toFixed(2).padEnd(7),
    (100 * of(found, ({ cpu }) => cpu)).toFixed(1).padEnd(6),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
