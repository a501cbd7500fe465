import { DEFAULT_LIMITS } from "../limits.ts";
import { whole, wholeSeconds } from "../schemas.ts";
import type { CommandName, SettingGroup } from "../setting.ts";

const SERVE: readonly CommandName[] = ["serve", "edge"];

/** What all clients, those of one address, and one client may take. */
export const LIMIT_SETTINGS = {
  limits: {
    clients: {
      env: "MAX_CLIENTS",
      flag: "max-clients",
      placeholder: "NUMBER",
      schema: whole(1, 100_000),
      default: String(DEFAULT_LIMITS.clients),
      commands: SERVE,
      help: "clients at a time",
    },
    clientsPerAddress: {
      env: "MAX_CLIENTS_PER_ADDRESS",
      flag: "max-clients-per-address",
      placeholder: "NUMBER",
      schema: whole(1, 100_000),
      default: String(DEFAULT_LIMITS.clientsPerAddress),
      commands: SERVE,
      help: "clients of one address at a time",
    },
    handshakesPerSecond: {
      env: "MAX_HANDSHAKES_PER_SECOND",
      flag: "max-handshakes",
      placeholder: "NUMBER",
      schema: whole(1, 100_000),
      default: String(DEFAULT_LIMITS.handshakesPerSecond),
      commands: SERVE,
      help: "new clients of one address per second; five times as many at once",
    },
    firstCommandMs: {
      env: "FIRST_COMMAND_MS",
      flag: "first-command-ms",
      placeholder: "MS",
      schema: whole(0, 86_400_000),
      default: String(DEFAULT_LIMITS.firstCommandMs),
      commands: SERVE,
      help: "how long a client may say nothing after connecting; 0 for ever",
    },
    deadAfterMs: {
      env: "DEAD_CLIENT_MS",
      flag: "dead-client-ms",
      placeholder: "MS",
      schema: wholeSeconds,
      default: String(DEFAULT_LIMITS.deadAfterMs),
      commands: SERVE,
      help: "idle clients are pinged, and dropped when nothing came from them for so long",
    },
    commandBytes: {
      env: "MAX_COMMAND_BYTES",
      flag: "max-command-bytes",
      placeholder: "NUMBER",
      schema: whole(256, 16_777_216),
      default: String(DEFAULT_LIMITS.commandBytes),
      commands: SERVE,
      help: "the largest command",
    },
    commandsPerSecond: {
      env: "MAX_COMMANDS_PER_SECOND",
      flag: "max-commands",
      placeholder: "NUMBER",
      schema: whole(1, 1_000_000),
      default: String(DEFAULT_LIMITS.commandsPerSecond),
      commands: SERVE,
      help: "commands of one client per second; fifty times as many at once",
    },
    subscriptions: {
      env: "MAX_SUBSCRIPTIONS",
      flag: "max-subscriptions",
      placeholder: "NUMBER",
      schema: whole(1, 100_000),
      commands: SERVE,
      help: "instruments of one client; default: nine tenths of what the sockets carry, beside WATCHLIST",
    },
  },
} satisfies SettingGroup;
