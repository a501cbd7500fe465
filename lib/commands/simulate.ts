import { getLogger } from "@logtape/logtape";
import { systemClock } from "../util/clock.ts";
import type { Config } from "../config/config.ts";
import { openRecordedSource } from "../replay/recorded_source.ts";
import { manyInstruments, simulatedInstruments } from "../simulator/instruments.ts";
import { listedShares } from "../simulator/listed_shares.ts";
import { withOptionChains } from "../simulator/option_chains.ts";
import { SIMULATED_CREDENTIALS, type Simulator, startSimulator } from "../simulator/simulator.ts";
import type { Running } from "./bootstrap.ts";
import { type DayToPlay, openRecordedDay } from "./recorded_day.ts";

const log = getLogger(["simulator"]);

/** A broker with made-up or recorded prices, and what a proxy needs to find it. */
export async function simulate(config: Config): Promise<Running> {
  const { recording, port } = config.simulator;
  const played = recording === undefined
    ? undefined
    : await openRecordedDay("SIMULATOR_RECORDING", recording, config);
  const simulator = await startSimulatorFor(config, port, played);
  const { clientCode, pin, apiKey, totpSecret } = SIMULATED_CREDENTIALS;
  const prices = played === undefined
    ? "every price is made up"
    : `REPLAY: every price is one of ${played.date}, recorded from a ${played.day.source} feed`;
  console.log([
    `A simulated SmartAPI; ${prices}. For the proxy, in .env:`,
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

/**
 * @param port 0 for any free one.
 * @param played Instead of made-up prices.
 */
export async function startSimulatorFor(
  config: Config,
  port: number,
  played?: DayToPlay,
): Promise<Simulator> {
  const { host, rate, instruments, strikesPerMinute } = config.simulator;
  const clock = systemClock;
  const now = clock.now();
  const recorded = played && await openRecordedSource({
    ...played,
    speed: config.replay.speed,
    clock,
    ended(error) {
      if (error === undefined) log.warn("the recorded day has ended; nothing more comes");
      else log.error("the recording cannot be read any further: {error}", { error });
    },
  });
  const simulator = await startSimulator({
    clock,
    random: Math.random,
    hostname: host,
    port,
    rate,
    ...recorded === undefined
      ? {
        instruments: [
          ...withOptionChains(simulatedInstruments(now), now),
          ...listedShares(now),
          ...manyInstruments(instruments, now),
        ],
      }
      : { recorded },
  });
  simulator.control.set({ strikesPerMinute });
  return simulator;
}
