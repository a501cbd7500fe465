/** The program: arguments, environment, signals and exit codes; what it does stands in `lib/commands`. */
import { getLogger } from "@logtape/logtape";
import denoJson from "./deno.json" with { type: "json" };
import { helpText, readArguments } from "./lib/config/cli.ts";
import { type Context, type Outcome, setUpLogFor } from "./lib/commands/bootstrap.ts";
import { STOP_SIGNALS, StopSignals } from "./lib/commands/stop_signals.ts";
import { type Config, ConfigError, misspeltNames, readConfig, type Values } from "./lib/config/config.ts";
import { readEnvFile } from "./lib/config/env_file.ts";
import { closeLog } from "./lib/log/log.ts";
import type { CommandName } from "./lib/config/setting.ts";
import { systemClock } from "./lib/util/clock.ts";

const VERSION = denoJson.version;

/** After the first signal, everything has this long to end in order. */
const STOP_WITHIN_MS = 4_500;

/** The exit code of a question that Ctrl-C ended, as shells have it. */
const INTERRUPTED = 130;

const log = getLogger(["proxy"]);

type Command = (config: Config, context: Context) => Promise<Outcome>;

/** Each is loaded when it is asked for: no command waits for the modules of another one. */
const COMMANDS: Readonly<Record<Exclude<CommandName, "token" | "init" | "doctor">, () => Promise<Command>>> =
  {
    serve: async () => (await import("./lib/commands/serve.ts")).serve,
    edge: async () => (await import("./lib/commands/edge.ts")).edge,
    check: async () => (await import("./lib/commands/check.ts")).check,
    simulate: async () => (await import("./lib/commands/simulate.ts")).simulate,
    watch: async () => (await import("./lib/commands/watch.ts")).watchPrices,
    recordings: async () => (await import("./lib/commands/recordings.ts")).recordings,
    verify: async () => (await import("./lib/commands/verify.ts")).verify,
    export: async () => (await import("./lib/commands/export.ts")).exportRecordings,
  };

/** What these look at is another program's, and so is the log that the configuration names. */
const ONLOOKERS: readonly CommandName[] = ["watch", "recordings", "verify", "export"];

async function main(args: readonly string[]): Promise<void> {
  const invocation = readArguments(args);
  if (invocation.kind === "help") return console.log(helpText(VERSION));
  if (invocation.kind === "version") return console.log(`smartapi-proxy ${VERSION}`);
  const { command, flags, operands } = invocation;
  const environment = filled(Deno.env.toObject());
  const valuesWith = (values: Values) => ({ ...values, ...environment, ...flags });
  if (command === "init" || command === "doctor") {
    const { envFile } = invocation;
    const unread = { envFile, usualEnvFiles: usualEnvFiles(), flags, environment, valuesWith };
    const ask = command === "init"
      ? async () => (await import("./lib/commands/init.ts")).init(unread)
      : async () => (await import("./lib/commands/doctor.ts")).doctor(unread);
    return await runToEnd(ask, INTERRUPTED);
  }
  const file = await readEnvFile(invocation.envFile, usualEnvFiles());
  const config = readConfig(valuesWith(file.values), command);
  if (command === "token") {
    const { makeToken } = await import("./lib/commands/token.ts");
    return await makeToken(operands[0]!, config);
  }
  if (!ONLOOKERS.includes(command)) await setUpLogFor(config);
  for (const { name, meant } of misspeltNames(file.values)) {
    log.warn("{path} has {name}, which is no setting; did you mean {meant}?", {
      path: file.path,
      name,
      meant,
    });
  }
  const context = {
    version: VERSION,
    staticFolder: `${import.meta.dirname}/static`,
    settings: { file, valuesWith },
    operands,
  };
  await runToEnd(async () => await (await COMMANDS[command]())(config, context));
}

/** @param stopped The exit code of what was stopped by a signal, in order. */
async function runToEnd(start: () => Outcome | Promise<Outcome>, stopped = 0): Promise<void> {
  // Not before the signals are listened to: they also end what is only being started.
  const started = Promise.resolve().then(start);
  stopOnSignal(started, stopped);
  const outcome = await started;
  const code = typeof outcome === "number" ? outcome : await outcome.ended;
  if (code === undefined) return;
  await closeLog();
  Deno.exit(code);
}

/** Empty counts as not set, also where it stands before a value of `.env`. */
function filled(values: Record<string, string>): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}

/** Where `.env` is looked for: in the working folder, then beside the binary. */
function usualEnvFiles(): string[] {
  return Deno.build.standalone ? [".env", `${Deno.execPath().replace(/[^/\\]*$/, "")}.env`] : [".env"];
}

/** The first signal ends everything in order. */
function stopOnSignal(started: Promise<Outcome>, stopped: number): void {
  const signals = new StopSignals(systemClock);
  const stop = async (signal: string) => {
    log.info("{signal}: stopping (once more, a second later, to stop at once)", { signal });
    setTimeout(() => {
      log.warn("not everything ended in time; the rest is cut off");
      Deno.exit(stopped);
    }, STOP_WITHIN_MS);
    try {
      const outcome = await started;
      if (typeof outcome !== "number") await outcome.stop();
    } catch (error) {
      log.error("while stopping: {error}", { error });
    }
    await closeLog();
    Deno.exit(stopped);
  };
  for (const signal of STOP_SIGNALS) {
    Deno.addSignalListener(signal, () => {
      const meaning = signals.received();
      if (meaning === "stop") stop(signal);
      if (meaning === "stop_at_once") Deno.exit(1);
    });
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
