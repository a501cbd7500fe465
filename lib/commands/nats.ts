import { getLogger } from "@logtape/logtape";
import type { Config } from "../config/config.ts";
import { HubService } from "../hub/hub_service.ts";
import type { Bus } from "../nats/bus.ts";
import { readCreds, readPem, readSeed } from "../nats/credentials.ts";
import { connectNats } from "../nats/nats_bus.ts";
import { inboxPrefix, Subjects } from "../nats/subjects.ts";
import type { Source } from "../status/proxy_status.ts";
import { systemClock } from "../util/clock.ts";
import { asConfigError } from "./bootstrap.ts";

const log = getLogger(["nats"]);

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
    nkey: await readAnew("NATS_NKEY_FILE", nkeyFile, readSeed),
    creds: await readAnew("NATS_CREDS_FILE", credsFile, readCreds),
    tls: {
      ca: await readNamed("NATS_TLS_CA", tls.ca, readPem),
      cert: await readNamed("NATS_TLS_CERT", tls.cert, readPem),
      key: await readNamed("NATS_TLS_KEY", tls.key, readPem),
    },
  });
  return { bus, subjects: new Subjects(prefix) };
}

async function readNamed<Read>(
  env: string,
  path: string | undefined,
  read: (text: string) => Read,
): Promise<Read | undefined> {
  if (path === undefined) return undefined;
  return await asConfigError(env, path, async () => read(await Deno.readTextFile(path)));
}

/**
 * What a file holds, each time that it is asked for: credentials are renewed while the program runs. What it held before
 * counts while it is being written, or is gone.
 */
async function readAnew<Read>(
  env: string,
  path: string | undefined,
  read: (text: string) => Read,
): Promise<(() => Read) | undefined> {
  const first = await readNamed(env, path, read);
  if (first === undefined || path === undefined) return undefined;
  let last: Read = first as Read;
  return () => {
    try {
      last = read(Deno.readTextFileSync(path));
    } catch (error) {
      log.warn("{env} {path}: {error}; what it held before is used", {
        env,
        path,
        error: (error as Error).message,
      });
    }
    return last;
  };
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
