import type { InstrumentStatus } from "../instruments/instrument.ts";
import type { Beat } from "../nats/messages.ts";
import type { ProxyStatus } from "../status/proxy_status.ts";

/** What a beat tells of the hub's status. */
export function beatStatus(
  { upstream: { state, reason, login }, exchanges }: ProxyStatus,
  { rows, asOf }: InstrumentStatus,
): Pick<Beat, "feed" | "login" | "phases" | "instruments"> {
  return {
    feed: { state, ...reason === undefined ? {} : { reason } },
    login: login as Beat["login"],
    phases: Object.fromEntries(exchanges.map(({ exchange, phase }) => [exchange, phase])),
    instruments: { rows, ...asOf === undefined ? {} : { asOf } },
  };
}
