import { getLogger } from "@logtape/logtape";
import { systemClock } from "../util/clock.ts";
import { type Config, readConfig } from "../config/config.ts";
import { readEnvFile } from "../config/env_file.ts";
import { Secret } from "../util/secret.ts";
import { SIMULATED_CREDENTIALS } from "../simulator/simulator.ts";
import type { Credentials } from "../smartapi/rest.ts";
import { watchFile } from "../util/watch_file.ts";
import { secretsOf, type Settings, setUpLogFor } from "./bootstrap.ts";

const log = getLogger(["proxy"]);

/** A file with other credentials is a reason to log in anew, also where the broker had refused for good. */
export function watchCredentials(
  config: Config,
  { file: { path }, valuesWith }: Settings,
  changeCredentials: (credentials: Credentials) => void,
): () => void {
  if (path === undefined) return () => {};
  let known = config;
  return watchFile(path, systemClock, async () => {
    try {
      const next = readConfig(valuesWith((await readEnvFile(path, [])).values), "serve");
      const changed = credentialsText(next) !== credentialsText(known);
      known = next;
      if (!changed) {
        return log.info("{path} was written: only credentials are taken over without a restart", { path });
      }
      await setUpLogFor(next);
      log.info("{path} holds other credentials: logging in with them", { path });
      changeCredentials(next.credentials!);
    } catch (error) {
      log.error("{path} was written, and cannot be used; what was read before stays: {error}", {
        path,
        error,
      });
    }
  });
}

/** For comparison only. */
function credentialsText({ credentials }: Config): string {
  return JSON.stringify([
    credentials?.clientCode,
    ...secretsOf({ credentials }).map((secret) => secret.reveal()),
  ]);
}

export function simulatedCredentials(): Credentials {
  const { clientCode, pin, apiKey, totpSecret } = SIMULATED_CREDENTIALS;
  return { clientCode, pin: new Secret(pin), apiKey: new Secret(apiKey), totpSecret: new Secret(totpSecret) };
}
