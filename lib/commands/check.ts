import { checkAccount } from "./check_account.ts";
import { systemClock } from "../util/clock.ts";
import type { Config } from "../config/config.ts";
import { hostAddresses } from "../config/host_addresses.ts";
import { createRest } from "../smartapi/rest.ts";
import { createStreamOpener } from "../smartapi/stream.ts";
import { calendarOf, sourceOf } from "./bootstrap.ts";

/** Says what works. @returns The exit code: 0 when all that can work at this hour does, else 1. */
export async function check(config: Config): Promise<number> {
  const credentials = config.credentials!;
  const passed = await checkAccount({
    clock: systemClock,
    rest: createRest({
      url: config.restUrl,
      credentials,
      addresses: hostAddresses(config.addresses),
      clock: systemClock,
    }),
    open: createStreamOpener(config.streamUrl, credentials),
    calendar: await calendarOf(config, sourceOf(config)),
    instrument: { key: "nse:99926000", symbol: "Nifty 50" },
    print: (line) => console.log(line),
  });
  return passed ? 0 : 1;
}
