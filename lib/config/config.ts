import { z } from "zod";
import { type LogLevels, readLogLevels } from "../log/levels.ts";
import type { Limits } from "./limits.ts";
import { type Exchange, EXCHANGES, isExchange } from "../market/market.ts";
import { nearestName } from "../util/nearest_name.ts";
import { Secret } from "../util/secret.ts";
import { type CommandName, SETTINGS } from "./settings.ts";
import { MAX_SOCKETS } from "../smartapi/endpoints.ts";
import type { Credentials, HostAddresses } from "../smartapi/rest.ts";

/** Everything that can be set, by the name of its environment variable. Empty values count as not set. */
export type Values = Readonly<Record<string, string | undefined>>;

/** The owner's words for an exchange's watch list: tokens, and names that are yet to be looked up. */
export type WatchlistWords = ReadonlyMap<Exchange, readonly string[]>;

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Who may connect, beside the proxy's own pages. */
  readonly access: {
    readonly token?: Secret;
    readonly tokensFile?: string;
    readonly origins: readonly string[];
  };
  /** Paths of PEM files. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly limits: Limits;
  /** The rights of a token that is to be made. */
  readonly newToken: {
    readonly exchanges?: Exchange[];
    readonly max_instruments?: number;
    readonly expires?: string;
  };
  readonly watchlist: WatchlistWords;
  readonly batchMs: number;
  readonly demo: boolean;
  readonly simulator: {
    readonly host: string;
    readonly port: number;
    readonly rate: number;
    /** Made-up shares beside the usual ones. */
    readonly instruments: number;
  };
  readonly maxSockets: number;
  readonly restUrl: string;
  readonly streamUrl: string;
  /** Undefined in the demo, which brings its own. */
  readonly credentials?: Credentials;
  readonly addresses: Partial<HostAddresses>;
  readonly instruments: { readonly url?: string; readonly file?: string; readonly folder: string };
  /** What is kept of what the broker sends. */
  readonly record: {
    /** Exchanges, all of them, or nothing. */
    readonly what: readonly Exchange[] | "on" | "off";
    readonly maxGb: number;
    readonly days: number;
  };
  /** Path of a file; the built-in calendar when it is not set. */
  readonly calendar?: string;
  readonly logLevels: LogLevels;
  readonly logFormat: "text" | "json";
  /** A copy of the log; none when it is not set. */
  readonly logFile?: { readonly path: string; readonly maxBytes: number; readonly files: number };
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
  const given = (env: string) => values[env] || SETTINGS.find((setting) => setting.env === env)?.default;

  function read<Output>(env: string, schema: z.ZodType<Output, string>): Output | undefined {
    const value = given(env);
    if (value === undefined) return undefined;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    // An address may hold a password.
    const hidden = value.includes("@") || SETTINGS.find((setting) => setting.env === env)?.secret;
    const shown = hidden ? "" : ` "${value}"`;
    for (const issue of result.error.issues) problems.push(`${env}${shown}: ${issue.message}`);
    return undefined;
  }

  const demo = command === "serve" && read("DEMO", boolean) === true;
  const [cert, key] = [given("TLS_CERT"), given("TLS_KEY")];
  if ((cert === undefined) !== (key === undefined)) {
    problems.push(
      `${cert === undefined ? "TLS_CERT" : "TLS_KEY"} is missing: TLS needs a certificate and its key`,
    );
  }
  const config = {
    host: read("HOST", host),
    port: read("PORT", whole(0, 65_535)),
    access: {
      token: read("ACCESS_TOKEN", secret(accessToken)),
      tokensFile: given("ACCESS_TOKENS_FILE"),
      origins: read("ALLOWED_ORIGINS", origins) ?? [],
    },
    tls: cert === undefined || key === undefined ? undefined : { cert, key },
    limits: {
      clients: read("MAX_CLIENTS", whole(1, 100_000)),
      clientsPerAddress: read("MAX_CLIENTS_PER_ADDRESS", whole(1, 100_000)),
      handshakesPerSecond: read("MAX_HANDSHAKES_PER_SECOND", whole(1, 100_000)),
      firstCommandMs: read("FIRST_COMMAND_MS", whole(0, 86_400_000)),
      deadAfterMs: read("DEAD_CLIENT_MS", wholeSeconds),
      commandBytes: read("MAX_COMMAND_BYTES", whole(256, 16_777_216)),
      commandsPerSecond: read("MAX_COMMANDS_PER_SECOND", whole(1, 1_000_000)),
      subscriptions: read("MAX_SUBSCRIPTIONS", whole(1, 100_000)),
    },
    newToken: {
      exchanges: read("TOKEN_EXCHANGES", exchanges),
      max_instruments: read("TOKEN_MAX_INSTRUMENTS", whole(1, 100_000)),
      expires: read("TOKEN_EXPIRES", z.string()),
    },
    watchlist: read("WATCHLIST", watchlist),
    batchMs: read("BATCH_MS", whole(0, 1000)),
    demo,
    simulator: {
      host: read("SIMULATOR_HOST", host),
      port: read("SIMULATOR_PORT", whole(0, 65_535)),
      rate: read("SIMULATOR_RATE", whole(2, 30_000)),
      instruments: read("SIMULATOR_INSTRUMENTS", whole(0, 10_000)),
    },
    maxSockets: read("SMARTAPI_MAX_SOCKETS", whole(1, MAX_SOCKETS)),
    restUrl: read("SMARTAPI_REST_URL", url("https", "http")),
    streamUrl: read("SMARTAPI_STREAM_URL", url("wss", "ws")),
    credentials: (command === "serve" || command === "check") && !demo
      ? credentials(values, read, problems)
      : undefined,
    addresses: {
      localIp: read("SMARTAPI_LOCAL_IP", headerText),
      publicIp: read("SMARTAPI_PUBLIC_IP", headerText),
      mac: read("SMARTAPI_MAC", headerText),
    },
    instruments: {
      url: read("INSTRUMENTS_URL", url("https", "http")),
      file: given("INSTRUMENTS_FILE"),
      folder: given("DATA_FOLDER"),
    },
    record: {
      what: read("RECORD", record),
      maxGb: read("RECORD_MAX_GB", whole(1, 100_000)),
      days: read("RECORD_DAYS", whole(1, 10_000)),
    },
    calendar: values.MARKET_CALENDAR || undefined,
    logLevels: read("LOG_LEVEL", logLevels),
    logFormat: read("LOG_FORMAT", z.enum(["text", "json"])),
    logFile: logFile(
      given("LOG_FILE"),
      read("LOG_FILE_MAX_MB", whole(1, 10_000)),
      read("LOG_FILES", whole(1, 99)),
    ),
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config as Config;
}

/** Where each of the four values comes from, said when it is missing. */
const CREDENTIALS = {
  SMARTAPI_CLIENT_CODE: "your Angel One client code, e.g. A123456",
  SMARTAPI_PIN: "the PIN you log in to the trading app with",
  SMARTAPI_API_KEY: "make an app at smartapi.angelone.in to get one",
  SMARTAPI_TOTP_SECRET: "the text under the QR code at smartapi.angelone.in/enable-totp",
} as const;

function credentials(
  values: Values,
  read: <Output>(env: string, schema: z.ZodType<Output, string>) => Output | undefined,
  problems: string[],
): Credentials | undefined {
  const missing = Object.entries(CREDENTIALS).filter(([env]) => !values[env]);
  for (const [env, where] of missing) problems.push(`${env} is missing: ${where}`);
  if (missing.length > 0) {
    problems.push("Put them into .env (see .env.example), or try --demo, which needs no account");
  }
  const found = {
    clientCode: read("SMARTAPI_CLIENT_CODE", headerText),
    pin: read("SMARTAPI_PIN", secret(headerText)),
    apiKey: read("SMARTAPI_API_KEY", secret(headerText)),
    totpSecret: read("SMARTAPI_TOTP_SECRET", secret(base32)),
  };
  return problems.length > 0 ? undefined : found as Credentials;
}

function logFile(path: string | undefined, maxMb: number | undefined, files: number | undefined) {
  return path === undefined ? undefined : { path, maxBytes: (maxMb ?? 0) * 1024 * 1024, files };
}

const logLevels = z.string().transform((text, context): LogLevels => {
  const levels = readLogLevels(text);
  if (typeof levels !== "string") return levels;
  context.addIssue({ code: "custom", message: levels });
  return z.NEVER;
});

const boolean = z.string().transform((text, context) => {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  if (/^(0|false|no|off)$/i.test(text)) return false;
  context.addIssue({ code: "custom", message: "must be 1 or 0" });
  return z.NEVER;
});

const host = z.string().regex(/^[A-Za-z0-9.:_-]+$/, "must be a host name or an IP address");

const headerText = z.string().trim().regex(
  /^[\x21-\x7e]+$/,
  "must be plain letters, digits and signs without spaces",
);

const accessToken = z.string().regex(
  /^[\x21-\x7e]{16,200}$/,
  "must have 16 to 200 letters, digits and signs; smartapi-proxy token NAME makes one",
);

const origins = z.string().transform((text, context): string[] => {
  const list = text.split(/[\s,]+/).filter((each) => each !== "");
  for (const each of list) {
    if (each === "*" || (/^[a-z][a-z0-9+.-]*:\/\//.test(each) && each === originOf(each))) continue;
    context.addIssue({
      code: "custom",
      message: `"${each}" is no origin, such as https://charts.example.com`,
    });
  }
  return list;
});

/** As a browser says it: scheme, host, and a port that is not the scheme's own. */
function originOf(text: string): string | undefined {
  const url = URL.parse(text);
  return url === null ? undefined : `${url.protocol}//${url.host}`;
}

const exchanges = z.string().transform((text, context): Exchange[] =>
  text.split(",").map((each) => each.trim().toLowerCase()).filter((each) => each !== "").flatMap((name) => {
    if (isExchange(name)) return [name];
    context.addIssue({ code: "custom", message: `"${name}" is not one of ${EXCHANGES.join(", ")}` });
    return [];
  })
);

const record = z.string().transform((text, context): Config["record"]["what"] => {
  if (/^(1|true|yes|on)$/i.test(text)) return "on";
  if (/^(0|false|no|off)$/i.test(text)) return "off";
  const words = text.toLowerCase().split(/[\s,]+/).filter((word) => word !== "");
  const unknown = words.filter((word) => !isExchange(word));
  if (unknown.length === 0 && words.length > 0) return [...new Set(words.filter(isExchange))];
  const nearest = nearestName(unknown[0] ?? "", ["on", "off", ...EXCHANGES]);
  context.addIssue({
    code: "custom",
    message: `must be on, off, or exchanges of ${EXCHANGES.join(", ")}` +
      (nearest === undefined ? "" : `; did you mean ${nearest}?`),
  });
  return z.NEVER;
});

const base32 = z.string().transform((text) => text.replace(/[\s-]/g, "").toUpperCase()).pipe(
  z.string().regex(
    /^[A-Z2-7]{16,}=*$/,
    "must be base32 (A-Z, 2-7), at least 16 characters: the secret, not a code",
  ),
);

function secret(schema: z.ZodType<string, string>) {
  return schema.transform((value) => new Secret(value));
}

function whole(least: number, most: number) {
  const message = `must be a whole number from ${least} to ${most}`;
  return z.string().regex(/^[0-9]{1,9}$/, message).transform(Number).pipe(
    z.number().min(least, message).max(most, message),
  );
}

const wholeSeconds = whole(2_000, 3_600_000).refine(
  (ms) => ms % 1000 === 0,
  "must be whole seconds, in milliseconds: 30000",
);

function url(...protocols: string[]) {
  return z.string().refine((text) => {
    const parsed = URL.parse(text);
    return parsed !== null && protocols.includes(parsed.protocol.slice(0, -1)) && parsed.username === "";
  }, `must be an address that begins with ${protocols.map((protocol) => `${protocol}://`).join(" or ")}`);
}

const watchlist = z.string().transform((text, context): WatchlistWords => {
  const lists = new Map<Exchange, string[]>();
  const problem = (message: string) => context.addIssue({ code: "custom", message });
  if (!/[^;\s]/.test(text)) problem("is empty; e.g. nse:99926000,2885;bse:99919000");
  for (const part of text.split(";").map((each) => each.trim()).filter((each) => each !== "")) {
    const colon = part.indexOf(":");
    const exchange = part.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (!isExchange(exchange)) {
      problem(`"${part}" does not begin with an exchange and a colon; exchanges: ${EXCHANGES.join(", ")}`);
      continue;
    }
    const words = part.slice(colon + 1).split(",").map((word) => word.trim()).filter((word) => word !== "");
    if (words.length === 0) problem(`"${part}" names no instrument`);
    lists.set(exchange, [...new Set([...lists.get(exchange) ?? [], ...words])]);
  }
  return lists;
});
