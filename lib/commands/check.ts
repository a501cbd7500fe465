import { checkAccount } from "./check_account.ts";
import { systemClock } from "../util/clock.ts";
import type { Config } from "../config/config.ts";
import { hostAddresses } from "../config/host_addresses.ts";
import { closeLog } from "../log/log.ts";
import { PublicWords } from "../smartapi/public_words.ts";
import { createRest } from "../smartapi/rest.ts";
import { createStreamOpener } from "../smartapi/stream.ts";
import { calendarOf, type Running, sourceOf } from "./bootstrap.ts";

/** Says what works, and ends. */
export async function check(config: Config): Promise<Running> {
  const credentials = config.credentials!;
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
    calendar: await calendarOf(config, sourceOf(config)),
    instrument: { key: "nse:99926000", symbol: "Nifty 50" },
    print: (line) => console.log(line),
    words,
  });
  await closeLog();
  Deno.exit(passed ? 0 : 1);
}
