import {
  type CommandName,
  isSetting,
  rowsOf,
  type Setting,
  type SettingGroup,
  type ValuesOf,
} from "./setting.ts";
import { SETTING_GROUPS } from "./settings.ts";
import { nearestName } from "../util/nearest_name.ts";

/** Everything that can be set, by the name of its environment variable. Empty values count as not set. */
export type Values = Readonly<Record<string, string | undefined>>;

type Read = ValuesOf<typeof SETTING_GROUPS>;

/** What the program runs with: the shape of `SETTING_GROUPS`. */
export interface Config extends Omit<Read, "credentials" | "tls" | "logFile"> {
  /** Undefined in the demo, which brings its own, and where no account is needed. */
  readonly credentials?: Required<Read["credentials"]> | undefined;
  /** Paths of PEM files. */
  readonly tls?: Required<Read["tls"]> | undefined;
  /** A copy of the log; none when its path is not set. */
  readonly logFile?: Required<Read["logFile"]> | undefined;
}

/** What is wrong with the configuration: all of it at once. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly problems: readonly string[]) {
    super(["The configuration has a problem:", ...problems.map((problem) => `  ${problem}`)].join("\n"));
  }
}

/**
 * Reads the configuration of a command.
 *
 * @param values By environment variable; the caller has put flags over the environment over `.env`.
 * @throws {ConfigError} Every problem at once: variable, value (never a secret's), what would do.
 */
export function readConfig(values: Values, command: CommandName): Config {
  const problems: string[] = [];
  const read = (setting: Setting) => readSetting(setting, values, problems);
  const { credentials, ...others } = SETTING_GROUPS;
  const config = readGroup(others, read);
  const hasOwnFeed = config.demo || (command === "serve" && config.replay.day !== undefined);
  const needsAccount = (command === "serve" || command === "check") && !hasOwnFeed;
  if (command === "serve" && config.demo && config.replay.day !== undefined) {
    problems.push("DEMO and REPLAY cannot both be set: prices are made up, or of a recorded day");
  }
  if (needsAccount) sayMissing(rowsOf(credentials), values, problems);
  const account = needsAccount ? complete(readGroup(credentials, read)) : undefined;
  const tls = complete(config.tls);
  if (tls === undefined && Object.values(config.tls).some((path) => path !== undefined)) {
    const missing = rowsOf(SETTING_GROUPS.tls).find(({ env }) => !values[env])!;
    problems.push(`${missing.env} is missing: TLS needs a certificate and its key`);
  }
  sayNatsProblems(config.nats, command, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return { ...config, credentials: account, tls, logFile: complete(config.logFile) };
}

/** Names that are no settings, and look like one that was meant. Other programs may have variables of their own. */
export function misspeltNames(values: Values): { readonly name: string; readonly meant: string }[] {
  const known = rowsOf(SETTING_GROUPS).map(({ env }) => env);
  return Object.keys(values).flatMap((name) => {
    const meant = known.includes(name) ? undefined : meantBy(name, known);
    return meant === undefined || values[meant] ? [] : [{ name, meant }];
  });
}

/**
 * The name that one stands for: the same in other letters, one of the account without its first word, the only one that
 * goes on with more words, or the nearest. A first word that both have says nothing: `SMARTAPI_TOTP` is not
 * `SMARTAPI_PIN`.
 */
function meantBy(name: string, known: readonly string[]): string | undefined {
  const upper = name.toUpperCase();
  const whole = known.find((each) => each === upper || each === `SMARTAPI_${upper}`);
  if (whole !== undefined) return whole;
  const longer = upper.includes("_") ? known.filter((each) => each.startsWith(`${upper}_`)) : [];
  if (longer.length === 1) return longer[0];
  const first = upper.slice(0, upper.indexOf("_") + 1);
  const akin = first === "" ? [] : known.filter((each) => each.startsWith(first));
  const nearest = nearestName(upper.slice(first.length), akin.map((each) => each.slice(first.length)));
  if (nearest !== undefined) return `${first}${nearest}`;
  return nearestName(name, known.filter((each) => !akin.includes(each)));
}

function readGroup<Group extends SettingGroup>(
  group: Group,
  read: (setting: Setting) => unknown,
): ValuesOf<Group> {
  const entries = Object.entries(group).map(([name, each]) =>
    [name, isSetting(each) ? read(each) : readGroup(each, read)] as const
  );
  return Object.fromEntries(entries) as ValuesOf<Group>;
}

function readSetting(setting: Setting, values: Values, problems: string[]): unknown {
  const { env, schema, secret, default: fallback } = setting;
  const value = values[env] || fallback;
  if (value === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  // An address may hold a password.
  const shown = secret || value.includes("@") ? "" : ` "${value}"`;
  problems.push(...result.error.issues.map(({ message }) => `${env}${shown}: ${message}`));
  return undefined;
}

function sayMissing(settings: readonly Setting[], values: Values, problems: string[]): void {
  const missing = settings.filter(({ env }) => !values[env]);
  if (missing.length === 0) return;
  const misspelt = new Map(misspeltNames(values).map(({ name, meant }) => [meant, name]));
  problems.push(
    ...missing.map(({ env, whence }) => {
      const name = misspelt.get(env);
      return `${env} is missing: ${name === undefined ? whence : `there is ${name}, which is misspelt`}`;
    }),
    "Put them into .env (see .env.example), or try --demo, which needs no account",
  );
}

function sayNatsProblems(nats: Read["nats"], command: CommandName, problems: string[]): void {
  const { servers, user, password, token, nkeyFile, credsFile, tls } = nats;
  if (command === "edge" && servers === undefined) {
    problems.push(
      "NATS_URL is missing: an edge has its prices from a hub, e.g. --nats nats://127.0.0.1:4222",
    );
  }
  if ((user === undefined) !== (password === undefined)) {
    problems.push(`${user === undefined ? "NATS_USER" : "NATS_PASSWORD"} is missing: each needs the other`);
  }
  const ways = { NATS_USER: user, NATS_TOKEN: token, NATS_NKEY_FILE: nkeyFile, NATS_CREDS_FILE: credsFile };
  const set = Object.entries(ways).filter(([, value]) => value !== undefined).map(([env]) => env);
  if (set.length > 1) {
    problems.push(`${set.join(" and ")} are set: one of them is enough, and no more is used`);
  }
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    problems.push(
      `${tls.cert === undefined ? "NATS_TLS_CERT" : "NATS_TLS_KEY"} is missing: each needs the other`,
    );
  }
}

/** A group that works only as a whole is there when each of its values is. */
function complete<Group extends object>(group: Group): Required<Group> | undefined {
  return Object.values(group).includes(undefined) ? undefined : group as Required<Group>;
}
