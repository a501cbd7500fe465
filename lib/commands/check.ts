import { checkAccount } from "./check_account.ts";
import { systemClock } from "../util/clock.ts";
import type { Config } from "../config/config.ts";
import { hostAddresses } from "../config/host_addresses.ts";
import { PublicWords } from "../smartapi/public_words.ts";
import { createRest, type Credentials } from "../smartapi/rest.ts";
import { createStreamOpener } from "../smartapi/stream.ts";
import { loadCalendar, sourceFor } from "./bootstrap.ts";
import { simulatedCredentials } from "./credentials.ts";
import { startSimulatorFor } from "./simulate.ts";

/** Says what works. @returns The exit code: 0 when all that can work at this hour does, else 1. */
export async function check(config: Config): Promise<number> {
  if (!config.demo) return await checkBroker(config, config.credentials!);
  const simulator = await startSimulatorFor(config, 0);
  try {
    console.log("SIMULATED: this checks the demo, and no account");
    const { restUrl, streamUrl } = simulator;
    return await checkBroker({ ...config, restUrl, streamUrl }, simulatedCredentials());
  } finally {
    await simulator.stop();
  }
}

async function checkBroker(config: Config, credentials: Credentials): Promise<number> {
  const words = new PublicWords();
  const passed = await checkAccount({
    clock: systemClock,
    rest: createRest({
      url: config.restUrl,
      credentials,
      addresses: hostAddresses(config.addresses),
      clock: systemClock,
      words,
    }),
    open: createStreamOpener(config.streamUrl, credentials, words),
    calendar: await loadCalendar(config, sourceFor(config)),
    instrument: { key: "nse:99926000", symbol: "Nifty 50" },
    print: (line) => console.log(line),
    words,
  });
  return passed ? 0 : 1;
}
