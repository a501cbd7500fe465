/** The program: arguments, environment, signals and exit codes; everything else is in `lib/`. */
import { getLogger } from "@logtape/logtape";
import denoJson from "./deno.json" with { type: "json" };
import { addToken, newToken } from "./lib/access/new_token.ts";
import { openAccess, watchAccess } from "./lib/access/open_access.ts";
import type { MarketCalendar } from "./lib/calendar/calendar.ts";
import { openCalendar } from "./lib/calendar/open_calendar.ts";
import { checkAccount } from "./lib/check.ts";
import { helpText, readArguments } from "./lib/cli.ts";
import { systemClock } from "./lib/clock.ts";
import { type Config, ConfigError, readConfig, type Values } from "./lib/config.ts";
import { type EnvFile, readEnvFile } from "./lib/env_file.ts";
import { hostAddresses } from "./lib/host.ts";
import { createInstrumentKeeper, type InstrumentKeeper } from "./lib/instruments/keeper.ts";
import { createShortList } from "./lib/instruments/short_list.ts";
import { WELL_KNOWN } from "./lib/instruments/symbols.ts";
import { lookUpWatchlist, tokensByExchange } from "./lib/instruments/watchlist.ts";
import { closeLog, setUpLog } from "./lib/log.ts";
import type { Source } from "./lib/clients/gateway.ts";
import { type Proxy, startProxy } from "./lib/proxy.ts";
import type { CommandName } from "./lib/settings.ts";
import { MASTER_URL } from "./lib/smartapi/endpoints.ts";
import { readCertificate, watchCertificate } from "./lib/server/certificate.ts";
import { createRest } from "./lib/smartapi/rest.ts";
import { createStreamOpener } from "./lib/smartapi/stream.ts";
import { Secret } from "./lib/secret.ts";
import { manyInstruments, SIMULATED_INSTRUMENTS } from "./lib/simulator/instruments.ts";
import { SIMULATED_CREDENTIALS, type Simulator, startSimulator } from "./lib/simulator/simulator.ts";
import { watchFile } from "./lib/watch_file.ts";

const VERSION = denoJson.version;

/** After the first signal, everything has this long to end in order. */
const STOP_WITHIN_MS = 4_500;

/** The broker's own list has some 150,000 rows; a third of that is no list. */
const MIN_MASTER_ROWS = 50_000;

const log = getLogger(["proxy"]);

/** What a command leaves running. */
interface Running {
  stop(): Promise<void>;
}

async function main(args: readonly string[]): Promise<void> {
  const invocation = readArguments(args);
  if (invocation.kind === "help") return console.log(helpText(VERSION));
  if (invocation.kind === "version") return console.log(`smartapi-proxy ${VERSION}`);
  const { command, flags } = invocation;
  const file = await readEnvFile(invocation.envFile, usualEnvFiles());
  const settings: Settings = {
    file,
    valuesWith: (values) => ({ ...values, ...filled(Deno.env.toObject()), ...flags }),
  };
  const config = readConfig(settings.valuesWith(file.values), command);
  if (command === "token") return await makeToken(invocation.name!, config);
  await setUpLogFor(config);
  const started = COMMANDS[command](config, settings);
  stopOnSignal(started);
  await started;
}

/** Where the configuration came from, so that it can be read again. */
interface Settings {
  readonly file: EnvFile;
  /** The values of a file, with the environment and the flags over them. */
  readonly valuesWith: (values: Values) => Values;
}

/** Empty counts as not set, also where it stands before a value of `.env`. */
function filled(values: Record<string, string>): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}

function setUpLogFor(config: Config): Promise<void> {
  const { logLevels: levels, logFormat: format, logFile: file } = config;
  return setUpLog({ levels, format, file, secrets: secretsOf(config), clock: systemClock });
}

const COMMANDS: Readonly<
  Record<Exclude<CommandName, "token">, (config: Config, settings: Settings) => Promise<Running>>
> = {
  serve,
  check,
  simulate,
};

async function serve(config: Config, settings: Settings): Promise<Running> {
  const simulator = config.demo ? await simulatorOf(config, 0) : undefined;
  const restUrl = simulator?.restUrl ?? config.restUrl;
  const streamUrl = simulator?.streamUrl ?? config.streamUrl;
  const source = sourceOf({ restUrl, streamUrl });
  if (source === "simulated") log.warn("SIMULATED FEED: the prices are made up");
  const keeper = simulator ? undefined : keeperOf(config, source);
  keeper?.start();
  const instruments = keeper?.instruments ?? createShortList(SIMULATED_INSTRUMENTS, true);
  const chosen = settings.valuesWith(settings.file.values).WATCHLIST;
  const words = simulator && !chosen ? tokensByExchange(SIMULATED_INSTRUMENTS) : config.watchlist;
  const { watchlist, unknown } = await lookUpWatchlist(words, instruments, keeper?.ready);
  if (unknown.length > 0) {
    throw new ConfigError([`WATCHLIST: unknown names ${unknown.join(", ")}; a token (a number) would do`]);
  }
  const access = await readFile(
    "ACCESS_TOKENS_FILE",
    config.access.tokensFile,
    () => openAccess(config.access, systemClock),
  );
  const { tls } = config;
  const certificate = tls && await readFile("TLS_CERT or TLS_KEY", tls.cert, () => readCertificate(tls));
  const proxy = startProxy({
    ...config,
    allowedOrigins: config.access.origins,
    access,
    certificate,
    restUrl,
    streamUrl,
    credentials: config.credentials ?? simulatedCredentials(),
    addresses: hostAddresses(config.addresses),
    watchlist,
    instruments,
    calendar: await calendarOf(config, source),
    source,
    version: VERSION,
    staticFolder: `${import.meta.dirname}/static`,
    clock: systemClock,
    random: Math.random,
  });
  const s = tls === undefined ? "" : "s";
  log.info("see http{s}://localhost:{port} or connect to ws{s}://localhost:{port}", { s, port: proxy.port });
  if (access === undefined && !isLoopback(config.host)) {
    log.warn(
      "everyone on this network may connect and read the prices: HOST=127.0.0.1 keeps them out, and so does ACCESS_TOKEN",
    );
  }
  const watches = [
    config.demo ? () => {} : watchCredentials(config, settings, proxy),
    access ? watchAccess(config.access, access, systemClock, () => proxy.recheckAccess()) : () => {},
    tls
      ? watchCertificate(tls, systemClock, (certificate) => proxy.changeCertificate(certificate))
      : () => {},
  ];
  return {
    async stop() {
      for (const endWatch of watches) endWatch();
      await keeper?.stop();
      await proxy.stop();
      await simulator?.stop();
    },
  };
}

/** A file with other credentials is a reason to log in anew, also where the broker had refused for good. */
function watchCredentials(
  config: Config,
  { file: { path }, valuesWith }: Settings,
  proxy: Proxy,
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
      proxy.changeCredentials(next.credentials!);
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

/** Prints a new access token; its digest goes into the file of tokens, or is printed as well. */
async function makeToken(name: string, { newToken: rights, access: { tokensFile } }: Config): Promise<void> {
  const { token, entry } = await readFile("token", name, () => newToken({ name, ...rights }));
  if (tokensFile !== undefined) {
    await readFile("ACCESS_TOKENS_FILE", tokensFile, () => addToken(tokensFile, entry));
    console.error(`The token of ${name}; it is not kept anywhere, and ${tokensFile} now lets it in:`);
  } else {
    console.error(
      `The token of ${name}; it is not kept anywhere. Let it in with this entry of ACCESS_TOKENS_FILE:`,
    );
    console.error(JSON.stringify([entry], undefined, 2));
  }
  console.log(token);
}

/** Says what works, and ends. */
async function check(config: Config): Promise<Running> {
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
  await closeLog();
  Deno.exit(passed ? 0 : 1);
}

async function simulate(config: Config): Promise<Running> {
  const simulator = await simulatorOf(config, config.simulator.port);
  const { clientCode, pin, apiKey, totpSecret } = SIMULATED_CREDENTIALS;
  console.log([
    "A simulated SmartAPI; every price is made up. For the proxy, in .env:",
    `SMARTAPI_REST_URL=${simulator.restUrl}`,
    `SMARTAPI_STREAM_URL=${simulator.streamUrl}`,
    `SMARTAPI_CLIENT_CODE=${clientCode}`,
    `SMARTAPI_PIN=${pin}`,
    `SMARTAPI_API_KEY=${apiKey}`,
    `SMARTAPI_TOTP_SECRET=${totpSecret}`,
    `Faults on demand: ${simulator.controlUrl}`,
  ].join("\n"));
  return simulator;
}

function simulatorOf({ simulator: { host, rate, instruments } }: Config, port: number): Promise<Simulator> {
  return startSimulator({
    clock: systemClock,
    random: Math.random,
    hostname: host,
    port,
    rate,
    instruments: [...SIMULATED_INSTRUMENTS, ...manyInstruments(instruments)],
  });
}

function simulatedCredentials() {
  const { clientCode, pin, apiKey, totpSecret } = SIMULATED_CREDENTIALS;
  return { clientCode, pin: new Secret(pin), apiKey: new Secret(apiKey), totpSecret: new Secret(totpSecret) };
}

/** Whatever is not the broker's own address is taken for a simulation: the safe mistake of the two. */
function sourceOf({ restUrl, streamUrl }: { restUrl: string; streamUrl: string }): Source {
  const isTheBroker = (url: string) => new URL(url).hostname.endsWith(".angelone.in");
  return isTheBroker(restUrl) && isTheBroker(streamUrl) ? "live" : "simulated";
}

/** What goes wrong with a file that was named is a problem of the configuration. */
async function readFile<Result>(
  env: string,
  path: string | undefined,
  read: () => Promise<Result> | Result,
): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    throw new ConfigError([`${env} "${path}": ${messageOf(error)}`]);
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

async function calendarOf({ calendar: path }: Config, source: Source): Promise<MarketCalendar> {
  return await readFile(
    "MARKET_CALENDAR",
    path,
    () => openCalendar(path, source === "simulated", systemClock.now()),
  );
}

/** The broker's list for its own feed, or what was named; any other feed has the few names that are built in. */
function keeperOf({ instruments: { url, file, folder } }: Config, source: Source): InstrumentKeeper {
  return createInstrumentKeeper({
    clock: systemClock,
    random: Math.random,
    url: url ?? (source === "live" ? MASTER_URL : undefined),
    file,
    folder,
    builtIn: WELL_KNOWN,
    minRows: url === undefined && file === undefined ? MIN_MASTER_ROWS : undefined,
  });
}

/** Where `.env` is looked for: in the working folder, then beside the binary. */
function usualEnvFiles(): string[] {
  return Deno.build.standalone ? [".env", `${Deno.execPath().replace(/[^/\\]*$/, "")}.env`] : [".env"];
}

function secretsOf({ credentials, access }: Partial<Pick<Config, "credentials" | "access">>): Secret[] {
  const { pin, apiKey, totpSecret } = credentials ?? {};
  return [pin, apiKey, totpSecret, access?.token].filter((secret) => secret !== undefined);
}

/** The first signal ends everything in order, also what is only being started; the second at once. */
function stopOnSignal(started: Promise<Running>): void {
  let stopping = false;
  const onSignal = async (signal: string) => {
    if (stopping) Deno.exit(1);
    stopping = true;
    log.info("{signal}: stopping (once more to stop at once)", { signal });
    setTimeout(() => {
      log.warn("not everything ended in time; the rest is cut off");
      Deno.exit(0);
    }, STOP_WITHIN_MS);
    await started.then((running) => running.stop()).catch((error) =>
      log.error("while stopping: {error}", { error })
    );
    await closeLog();
    Deno.exit(0);
  };
  for (const signal of Deno.build.os === "windows" ? ["SIGINT"] as const : ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => onSignal(signal));
  }
}

try {
  await main(Deno.args);
} catch (error) {
  console.error(
    error instanceof ConfigError || Deno.env.get("LOG_LEVEL") !== "debug" ? messageOf(error) : error,
  );
  Deno.exit(error instanceof ConfigError ? 2 : 1);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
