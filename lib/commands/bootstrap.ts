import type { MarketCalendar } from "../market/calendar.ts";
import { openCalendar } from "../market/open_calendar.ts";
import type { Source } from "../status/proxy_status.ts";
import { systemClock } from "../util/clock.ts";
import { type Config, ConfigError, type Values } from "../config/config.ts";
import type { EnvFile } from "../config/env_file.ts";
import { setUpLog } from "../log/log.ts";
import type { Secret } from "../util/secret.ts";

/** What a command leaves running. */
export interface Running {
  stop(): Promise<void>;
  /** Of what may end by itself: settles with the exit code, also after it was stopped. */
  readonly ended?: Promise<number>;
}

/** What a command leaves behind: what runs until it is stopped, or the exit code of one that has ended. */
export type Outcome = Running | number;

/** What a command has beside its configuration. */
export interface Context {
  readonly version: string;
  /** Folder of the page. */
  readonly staticFolder: string;
  readonly settings: Settings;
  /** What followed the command. */
  readonly operands: readonly string[];
}

/** What a command has that makes the configuration or looks into it: nothing of it was read yet, and it may be wrong. */
export interface Unread {
  /** The file that was named. */
  readonly envFile: string | undefined;
  /** Where a file is looked for otherwise. */
  readonly usualEnvFiles: readonly string[];
  /** What the flags set, by environment variable. */
  readonly flags: Values;
  readonly environment: Values;
  /** The values of a file, with the environment and the flags over them. */
  readonly valuesWith: (values: Values) => Values;
}

/** Where the configuration came from, so that it can be read again. */
export interface Settings {
  readonly file: EnvFile;
  /** The values of a file, with the environment and the flags over them. */
  readonly valuesWith: (values: Values) => Values;
}

export function setUpLogFor(config: Config): Promise<void> {
  const { logLevels: levels, logFormat: format, logFile: file } = config;
  return setUpLog({ levels, format, file, secrets: secretsOf(config), clock: systemClock });
}

export function secretsOf(
  { credentials, access }: { [Key in "credentials" | "access"]?: Config[Key] | undefined },
): Secret[] {
  const { pin, apiKey, totpSecret } = credentials ?? {};
  return [pin, apiKey, totpSecret, access?.token].filter((secret) => secret !== undefined);
}

/** Whatever is not the broker's own address is taken for a simulation: the safe mistake of the two. */
export function sourceFor({ restUrl, streamUrl }: { restUrl: string; streamUrl: string }): Source {
  const isTheBroker = (url: string) => new URL(url).hostname.endsWith(".angelone.in");
  return isTheBroker(restUrl) && isTheBroker(streamUrl) ? "live" : "simulated";
}

export async function loadCalendar({ calendar: path }: Config, source: Source): Promise<MarketCalendar> {
  return await asConfigError(
    "MARKET_CALENDAR",
    path,
    () => openCalendar(path, source === "simulated", systemClock.now()),
  );
}

/** What goes wrong with a file that was named is a problem of the configuration. */
export async function asConfigError<Result>(
  env: string,
  path: string | undefined,
  read: () => Promise<Result> | Result,
): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    throw new ConfigError([`${env} "${path}": ${error instanceof Error ? error.message : error}`]);
  }
}
