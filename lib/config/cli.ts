import { parseArgs } from "node:util";
import { ConfigError, type Values } from "./config.ts";
import type { CommandName, Setting } from "./setting.ts";
import { SETTINGS } from "./settings.ts";
import { nearestName } from "../util/nearest_name.ts";

export type Invocation =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | {
    readonly kind: "run";
    readonly command: CommandName;
    /** What the flags set, by environment variable. */
    readonly flags: Values;
    readonly envFile?: string | undefined;
    /** What follows the command, such as the name of a new token. */
    readonly operands: readonly string[];
  };

interface CommandRow {
  readonly help: string;
  /** What has to follow the command; nothing may where this is undefined. */
  readonly operands?: {
    /** How many at least; one where it is not said. */
    readonly least?: number;
    /** How many at most. */
    readonly most: number;
    /** What is said where they are missing, or too many. */
    readonly wanted: string;
  };
}

const COMMANDS: Readonly<Record<CommandName, CommandRow>> = {
  init: { help: "asks for the four values of your account, writes .env, and offers to try them" },
  serve: { help: "the proxy; this is what runs when no command is given" },
  watch: {
    help: "watch NAME... shows the prices of a running proxy; also a watch list: watch nse",
    operands: {
      most: Infinity,
      wanted: "watch needs names of instruments, such as: smartapi-proxy watch NSE:SBIN-EQ",
    },
  },
  check: { help: "logs in, opens the stream, waits for a price, says what it saw; exit code 0 or 1" },
  doctor: {
    help:
      "looks at clock, network, port, rights of files, calendar, disk, and says what to do; exit code 0 or 1",
  },
  simulate: { help: "a SmartAPI look-alike for any SmartAPI client, with made-up prices" },
  token: {
    help: "token NAME makes an access token and prints it, once",
    operands: { most: 1, wanted: "token needs one name, such as: smartapi-proxy token phone" },
  },
  recordings: { help: "lists the recorded days, and what of them is missing" },
  verify: {
    help: "verify [FILE|DAY...] reads recordings through and says where one is damaged; exit code 0 or 1",
    operands: { least: 0, most: Infinity, wanted: "verify takes files, days, or nothing for all days" },
  },
  export: { help: "writes recorded ticks as Parquet, CSV or JSONL" },
};

/**
 * Reads the arguments.
 *
 * @throws {ConfigError} An argument nobody knows, or one that lacks its value.
 */
export function readArguments(args: readonly string[]): Invocation {
  const named = args[0] !== undefined && !args[0].startsWith("-") ? args[0] : undefined;
  if (named !== undefined && !Object.hasOwn(COMMANDS, named)) {
    throw new ConfigError([
      `unknown command "${named}"; known: ${Object.keys(COMMANDS).join(", ")} (see --help)`,
    ]);
  }
  const command = (named ?? "serve") as CommandName;
  const { operands } = COMMANDS[command];
  const settings = flagsOf(command);
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {
    help: { type: "boolean", short: "h" },
    version: { type: "boolean", short: "V" },
    "env-file": { type: "string" },
  };
  for (const { flag, placeholder } of settings) options[flag!] = { type: placeholder ? "string" : "boolean" };
  const { values, positionals } = parse({
    args: args.slice(named === undefined ? 0 : 1),
    options,
    allowPositionals: operands !== undefined,
  });
  if (values.help) return { kind: "help" };
  if (values.version) return { kind: "version" };
  if (operands !== undefined && !fits(positionals.length, operands)) {
    throw new ConfigError([operands.wanted]);
  }
  const flags: Record<string, string> = {};
  for (const { flag, env } of settings) {
    const value = values[flag!];
    if (value !== undefined) flags[env] = value === true ? "1" : String(value);
  }
  return {
    kind: "run",
    command,
    flags,
    envFile: values["env-file"] as string | undefined,
    operands: positionals,
  };
}

function fits(count: number, { least = 1, most }: NonNullable<CommandRow["operands"]>): boolean {
  return count >= least && count <= most;
}

function parse(config: Parameters<typeof parseArgs>[0]) {
  try {
    return parseArgs(config);
  } catch (error) {
    const message = (error as Error).message.replace(/\.$/, "");
    const [, unknown] = /^Unknown option '--([^']+)'/.exec(message) ?? [];
    const nearest = unknown && nearestName(unknown, Object.keys(config?.options ?? {}));
    if (nearest) {
      throw new ConfigError([`Unknown option --${unknown}; did you mean --${nearest}? (see --help)`]);
    }
    throw new ConfigError([`${message} (see --help)`]);
  }
}

function flagsOf(command: CommandName): Setting[] {
  return SETTINGS.filter((each) => each.flag !== undefined && each.commands.includes(command));
}

/** Where the explanations begin. */
const HELP_COLUMN = 30;

/** The text of `--help`: every setting with its flag, its variable and its default. */
export function helpText(version: string): string {
  const commands = Object.entries(COMMANDS).map(([name, { help }]) => `  ${name.padEnd(12)}${help}`);
  return [
    `smartapi-proxy ${version}: one Angel One SmartAPI login, its market data for every program you have`,
    "",
    "Usage: smartapi-proxy [COMMAND] [FLAGS]",
    "",
    ...commands,
    "",
    "Flags of serve:",
    ...flagLines("serve"),
    "",
    "Flags of watch:",
    ...flagLines("watch"),
    "",
    `Flags of init, which it writes into .env: ${flagsOf("init").map(({ flag }) => `--${flag}`).join(", ")}`,
    ...(["check", "doctor"] as const).map((command) =>
      `Flags of ${command}, as above: ${flagsOf(command).map(({ flag }) => `--${flag}`).join(", ")}`
    ),
    "",
    "Flags of simulate:",
    ...flagLines("simulate"),
    "",
    "Flags of token:",
    ...flagLines("token"),
    "",
    `Flags of recordings and verify, as above: ${
      flagsOf("verify").map(({ flag }) => `--${flag}`).join(", ")
    }`,
    "",
    "Flags of export:",
    ...flagLines("export"),
    "",
    "Everywhere:",
    ...line("    --env-file PATH", "file of NAME=value lines", ".env, here or beside the program"),
    ...line("-h, --help", "this text"),
    ...line("-V, --version", "the version"),
    "",
    "Variables without a flag:",
    ...SETTINGS.filter((each) => each.flag === undefined).flatMap(({ env, help }) =>
      line(`    ${env}`, help)
    ),
    "",
    "A flag beats the environment, the environment beats .env.",
  ].join("\n");
}

function flagLines(command: CommandName): string[] {
  return flagsOf(command).flatMap((setting) =>
    line(
      `    --${setting.flag}${setting.placeholder ? ` ${setting.placeholder}` : ""}`,
      `${setting.help} (${setting.env})`,
      // A switch is off unless it is given.
      setting.placeholder && setting.default,
    )
  );
}

/** A name that is too long for its column has a line of its own. */
function line(left: string, help: string, fallback?: string): string[] {
  const indent = " ".repeat(HELP_COLUMN);
  const first = left.length < HELP_COLUMN ? [left.padEnd(HELP_COLUMN) + help] : [left, indent + help];
  return fallback ? [...first, `${indent}default: ${fallback}`] : first;
}
