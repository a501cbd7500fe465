import type { Config } from "../config/config.ts";
import { HubService } from "../hub/hub_service.ts";
import type { Bus } from "../nats/bus.ts";
import { connectNats } from "../nats/nats_bus.ts";
import { inboxPrefix, Subjects } from "../nats/subjects.ts";
import type { Source } from "../status/proxy_status.ts";
import { systemClock } from "../util/clock.ts";
import { asConfigError } from "./bootstrap.ts";

/** A program's way to its NATS server. */
export interface Nats {
  readonly bus: Bus;
  readonly subjects: Subjects;
}

/**
 * Connects to the NATS server that was named, in the background.
 *
 * @param name Of an edge, or `hub`.
 * @throws {ConfigError} A file with credentials cannot be used.
 */
export async function openNats({ nats }: Config, name: string): Promise<Nats> {
  const { prefix, servers = [], user, password, token, nkeyFile, credsFile, tls } = nats;
  const bus = await asConfigError(
    credsFile === undefined ? "NATS_NKEY_FILE" : "NATS_CREDS_FILE",
    credsFile ?? nkeyFile,
    () =>
      connectNats({
        servers,
        name: `smartapi-proxy ${prefix} ${name}`,
        inbox: inboxPrefix(name),
        user,
        password,
        token,
        nkeyFile,
        credsFile,
        tls,
      }),
  );
  return { bus, subjects: new Subjects(prefix) };
}

/** What serves the edges of a hub. */
export function hubService({ bus, subjects }: Nats, { nats }: Config, source: Source): HubService {
  return new HubService({
    bus,
    clock: systemClock,
    subjects,
    source: source === "live" ? "live" : "simulated",
    perEdge: nats.edgeInstruments,
  });
}
