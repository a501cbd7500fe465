import { systemClock } from "../util/clock.ts";
import type { Config } from "../config/config.ts";
import { manyInstruments, simulatedInstruments } from "../simulator/instruments.ts";
import { withOptionChains } from "../simulator/option_chains.ts";
import { SIMULATED_CREDENTIALS, type Simulator, startSimulator } from "../simulator/simulator.ts";
import type { Running } from "./bootstrap.ts";

/** A broker with made-up prices, and what a proxy needs to find it. */
export async function simulate(config: Config): Promise<Running> {
  const simulator = await startSimulatorFor(config, config.simulator.port);
  const { clientCode, pin, apiKey, totpSecret } = SIMULATED_CREDENTIALS;
  console.log([
    "A simulated SmartAPI; every price is made up. For the proxy, in .env:",
    `SMARTAPI_REST_URL=${simulator.restUrl}`,
    `SMARTAPI_STREAM_URL=${simulator.streamUrl}`,
    `SMARTAPI_CLIENT_CODE=${clientCode}`,
    `SMARTAPI_PIN=${pin}`,
    `SMARTAPI_API_KEY=${apiKey}`,
    `SMARTAPI_TOTP_SECRET=${totpSecret}`,
    `Faults on demand: ${simulator.controlUrl}`,
  ].join("\n"));
  return simulator;
}

/** @param port 0 for any free one. */
export async function startSimulatorFor(
  { simulator: { host, rate, instruments, strikesPerMinute } }: Config,
  port: number,
): Promise<Simulator> {
  const now = systemClock.now();
  const simulator = await startSimulator({
    clock: systemClock,
    random: Math.random,
    hostname: host,
    port,
    rate,
    instruments: [...withOptionChains(simulatedInstruments(now), now), ...manyInstruments(instruments)],
  });
  simulator.control.set({ strikesPerMinute });
  return simulator;
}
