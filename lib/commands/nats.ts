import type { Config } from "../config/config.ts";
import { HubService } from "../hub/hub_service.ts";
import type { Bus } from "../nats/bus.ts";
import { connectNats } from "../nats/nats_bus.ts";
import { inboxPrefix, Subjects } from "../nats/subjects.ts";
import type { Source } from "../status/proxy_status.ts";
import { systemClock } from "../util/clock.ts";
import { Secret } from "../util/secret.ts";
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
 * @throws {ConfigError} A file that was named cannot be read.
 */
export async function openNats({ nats }: Config, name: string): Promise<Nats> {
  const { prefix, servers = [], user, password, token, nkeyFile, credsFile, tls } = nats;
  const bus = await connectNats({
    servers,
    name: `smartapi-proxy ${prefix} ${name}`,
    inbox: inboxPrefix(name),
    user,
    password,
    token,
    nkey: secretOf(await readNamed("NATS_NKEY_FILE", nkeyFile)),
    creds: secretOf(await readNamed("NATS_CREDS_FILE", credsFile)),
    tls: {
      ca: await readNamed("NATS_TLS_CA", tls.ca),
      cert: await readNamed("NATS_TLS_CERT", tls.cert),
      key: await readNamed("NATS_TLS_KEY", tls.key),
    },
  });
  return { bus, subjects: new Subjects(prefix) };
}

async function readNamed(env: string, path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : await asConfigError(env, path, () => Deno.readTextFile(path));
}

function secretOf(text: string | undefined): Secret | undefined {
  return text === undefined ? undefined : new Secret(text.trim());
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
