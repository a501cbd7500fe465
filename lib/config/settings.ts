import { DEFAULT_LIMITS } from "./limits.ts";
import { REST_URL, STREAM_URL } from "../smartapi/endpoints.ts";

export type CommandName = "serve" | "check" | "simulate" | "token";

const ALL: readonly CommandName[] = ["serve", "check", "simulate"];

/** One thing that can be set: what the help, the flags and the check are made from. */
export interface Setting {
  readonly env: string;
  /** Without the dashes; secrets have none, since everyone on a machine sees the arguments of a program. */
  readonly flag?: string;
  /** What stands for the value in the help; a flag without one is a switch. */
  readonly placeholder?: string;
  readonly default?: string;
  readonly help: string;
  /** The commands that it concerns. */
  readonly commands: readonly CommandName[];
  readonly secret?: boolean;
}

/** Indices and two well-known shares; commodity contracts expire, so none can stand here. */
const DEFAULT_WATCHLIST = "nse:99926000,99926009,99926037,99926013,99926074,99926017,2885,3045;bse:99919000";

export const SETTINGS: readonly Setting[] = [
  {
    env: "HOST",
    flag: "host",
    placeholder: "ADDRESS",
    default: "0.0.0.0",
    commands: ["serve"],
    help: "address to listen on; 127.0.0.1 for this machine alone",
  },
  {
    env: "PORT",
    flag: "port",
    placeholder: "NUMBER",
    default: "8765",
    commands: ["serve"],
    help: "port of the WebSocket and the page",
  },
  {
    env: "WATCHLIST",
    flag: "watchlist",
    placeholder: "LIST",
    default: DEFAULT_WATCHLIST,
    commands: ["serve"],
    help: "what subscribing to an exchange means: exchange:token,name;exchange:…",
  },
  {
    env: "BATCH_MS",
    flag: "batch-ms",
    placeholder: "MS",
    default: "10",
    commands: ["serve"],
    help: "ticks within this time share a message; 0 to 1000",
  },
  {
    env: "DEMO",
    flag: "demo",
    commands: ["serve"],
    help: "a simulated market: made-up prices, no account needed",
  },
  {
    env: "SIMULATOR_RATE",
    flag: "rate",
    placeholder: "NUMBER",
    default: "20",
    commands: ["serve", "simulate"],
    help: "simulated market events per second, 2 to 30000",
  },
  {
    env: "SIMULATOR_INSTRUMENTS",
    flag: "instruments",
    placeholder: "NUMBER",
    default: "0",
    commands: ["simulate"],
    help: "made-up shares beside the usual ones, for load: nse, tokens from 100001; 0 to 10000",
  },
  {
    env: "SIMULATOR_HOST",
    flag: "host",
    placeholder: "ADDRESS",
    default: "127.0.0.1",
    commands: ["simulate"],
    help: "address the simulator listens on",
  },
  {
    env: "SIMULATOR_PORT",
    flag: "port",
    placeholder: "NUMBER",
    default: "8766",
    commands: ["simulate"],
    help: "port of the simulator",
  },
  {
    env: "SMARTAPI_CLIENT_CODE",
    placeholder: "CODE",
    commands: ["serve", "check"],
    help: "your Angel One client code",
  },
  { env: "SMARTAPI_PIN", commands: ["serve", "check"], secret: true, help: "your trading PIN" },
  {
    env: "SMARTAPI_API_KEY",
    commands: ["serve", "check"],
    secret: true,
    help: "API key of an app made at smartapi.angelone.in",
  },
  {
    env: "SMARTAPI_TOTP_SECRET",
    commands: ["serve", "check"],
    secret: true,
    help: "the text under the QR code at smartapi.angelone.in/enable-totp",
  },
  {
    env: "SMARTAPI_MAX_SOCKETS",
    flag: "max-sockets",
    placeholder: "NUMBER",
    default: "2",
    commands: ["serve"],
    help: "streaming sockets to use of the account's three; 1000 instruments each",
  },
  {
    env: "SMARTAPI_REST_URL",
    flag: "rest-url",
    placeholder: "URL",
    default: REST_URL,
    commands: ["serve", "check"],
    help: "where to log in",
  },
  {
    env: "SMARTAPI_STREAM_URL",
    flag: "stream-url",
    placeholder: "URL",
    default: STREAM_URL,
    commands: ["serve", "check"],
    help: "where the ticks come from",
  },
  {
    env: "SMARTAPI_LOCAL_IP",
    placeholder: "ADDRESS",
    commands: ["serve", "check"],
    help: "told to the broker; default: this machine's own",
  },
  {
    env: "SMARTAPI_PUBLIC_IP",
    placeholder: "ADDRESS",
    commands: ["serve", "check"],
    help: "told to the broker; default: the local one",
  },
  {
    env: "SMARTAPI_MAC",
    placeholder: "ADDRESS",
    commands: ["serve", "check"],
    help: "told to the broker; default: this machine's own",
  },
  {
    env: "INSTRUMENTS_URL",
    flag: "instruments-url",
    placeholder: "URL",
    commands: ["serve"],
    help: "the broker's list of instruments; default: Angel One's, and none for a simulated feed",
  },
  {
    env: "INSTRUMENTS_FILE",
    flag: "instruments-file",
    placeholder: "FILE",
    commands: ["serve"],
    help: "a copy of that list of your own, in place of any download",
  },
  {
    env: "DATA_FOLDER",
    flag: "data-folder",
    placeholder: "FOLDER",
    default: ".smartapi-proxy",
    commands: ["serve"],
    help: "where the last good list of instruments and the recordings are kept",
  },
  {
    env: "RECORD",
    flag: "record",
    placeholder: "WHAT",
    default: "off",
    commands: ["serve"],
    help:
      "keeps what the broker sends, day by day, in DATA_FOLDER/recordings: on, off, or exchanges: nse,nfo",
  },
  {
    env: "RECORD_MAX_GB",
    flag: "record-max-gb",
    placeholder: "NUMBER",
    default: "20",
    commands: ["serve"],
    help: "what all recordings may take; the oldest day goes first; 1 to 100000",
  },
  {
    env: "RECORD_DAYS",
    flag: "record-days",
    placeholder: "NUMBER",
    default: "30",
    commands: ["serve"],
    help: "days of recordings that are kept, today included; 1 to 10000",
  },
  {
    env: "MARKET_CALENDAR",
    flag: "calendar",
    placeholder: "FILE",
    commands: ["serve", "check"],
    help: "hours and holidays of the exchanges, in JSON; default: those built in",
  },
  {
    env: "ACCESS_TOKEN",
    commands: ["serve"],
    secret: true,
    help: "what clients must give to be let in; at least 16 characters",
  },
  {
    env: "ACCESS_TOKENS_FILE",
    flag: "access-tokens-file",
    placeholder: "FILE",
    commands: ["serve", "token"],
    help: "several tokens, each with its rights, in JSON; see the token command",
  },
  {
    env: "TOKEN_EXCHANGES",
    flag: "exchanges",
    placeholder: "LIST",
    commands: ["token"],
    help: "what the new token is good for, e.g. nse,nfo; default: all",
  },
  {
    env: "TOKEN_MAX_INSTRUMENTS",
    flag: "max-instruments",
    placeholder: "NUMBER",
    commands: ["token"],
    help: "instruments that each of its connections may have",
  },
  {
    env: "TOKEN_EXPIRES",
    flag: "expires",
    placeholder: "DATE",
    commands: ["token"],
    help: "the last day on which it is good, e.g. 2027-03-31",
  },
  {
    env: "ALLOWED_ORIGINS",
    flag: "allowed-origins",
    placeholder: "LIST",
    commands: ["serve"],
    help: "web pages of others that may connect, e.g. https://charts.example.com; * for any",
  },
  {
    env: "TLS_CERT",
    flag: "tls-cert",
    placeholder: "FILE",
    commands: ["serve"],
    help: "certificate chain in PEM; with TLS_KEY the port speaks https and wss",
  },
  {
    env: "TLS_KEY",
    flag: "tls-key",
    placeholder: "FILE",
    commands: ["serve"],
    help: "its private key in PEM",
  },
  {
    env: "MAX_CLIENTS",
    flag: "max-clients",
    placeholder: "NUMBER",
    default: String(DEFAULT_LIMITS.clients),
    commands: ["serve"],
    help: "clients at a time",
  },
  {
    env: "MAX_CLIENTS_PER_ADDRESS",
    flag: "max-clients-per-address",
    placeholder: "NUMBER",
    default: String(DEFAULT_LIMITS.clientsPerAddress),
    commands: ["serve"],
    help: "clients of one address at a time",
  },
  {
    env: "MAX_HANDSHAKES_PER_SECOND",
    flag: "max-handshakes",
    placeholder: "NUMBER",
    default: String(DEFAULT_LIMITS.handshakesPerSecond),
    commands: ["serve"],
    help: "new clients of one address per second; five times as many at once",
  },
  {
    env: "FIRST_COMMAND_MS",
    flag: "first-command-ms",
    placeholder: "MS",
    default: String(DEFAULT_LIMITS.firstCommandMs),
    commands: ["serve"],
    help: "how long a client may say nothing after connecting; 0 for ever",
  },
  {
    env: "DEAD_CLIENT_MS",
    flag: "dead-client-ms",
    placeholder: "MS",
    default: String(DEFAULT_LIMITS.deadAfterMs),
    commands: ["serve"],
    help: "idle clients are pinged, and dropped when nothing came from them for so long",
  },
  {
    env: "MAX_COMMAND_BYTES",
    flag: "max-command-bytes",
    placeholder: "NUMBER",
    default: String(DEFAULT_LIMITS.commandBytes),
    commands: ["serve"],
    help: "the largest command",
  },
  {
    env: "MAX_COMMANDS_PER_SECOND",
    flag: "max-commands",
    placeholder: "NUMBER",
    default: String(DEFAULT_LIMITS.commandsPerSecond),
    commands: ["serve"],
    help: "commands of one client per second; fifty times as many at once",
  },
  {
    env: "MAX_SUBSCRIPTIONS",
    flag: "max-subscriptions",
    placeholder: "NUMBER",
    default: String(DEFAULT_LIMITS.subscriptions),
    commands: ["serve"],
    help: "instruments of one client",
  },
  {
    env: "LOG_LEVEL",
    flag: "log-level",
    placeholder: "LEVEL",
    default: "info",
    commands: ALL,
    help: "debug, info, warning or error; for single parts: info,broker=debug",
  },
  {
    env: "LOG_FORMAT",
    flag: "log-format",
    placeholder: "FORMAT",
    default: "text",
    commands: ALL,
    help: "text, or json: one object a line",
  },
  {
    env: "LOG_FILE",
    flag: "log-file",
    placeholder: "FILE",
    commands: ALL,
    help: "a copy of the log, e.g. .smartapi-proxy/proxy.log; default: standard error alone",
  },
  {
    env: "LOG_FILE_MAX_MB",
    flag: "log-file-max-mb",
    placeholder: "NUMBER",
    default: "10",
    commands: ALL,
    help: "a log file of this size becomes FILE.1, and a new one is begun",
  },
  {
    env: "LOG_FILES",
    flag: "log-files",
    placeholder: "NUMBER",
    default: "5",
    commands: ALL,
    help: "log files that are kept, the newest included",
  },
];
