import type { Running } from "../bench/processes.ts";
import { start } from "../bench/processes.ts";
import { MASTER_PATH } from "../lib/simulator/master.ts";
import type { SimulatedCredentials } from "../lib/simulator/account.ts";
import type { Findings } from "./findings.ts";
import { type Names, REST_ADDRESS, STREAM_ADDRESS } from "./names.ts";

const MAIN = new URL("../main.ts", import.meta.url).pathname;

export const MAX_SOCKETS = 2;

/** `error` lines that a fault explains; every other is a finding. */
const EXPLAINED: readonly RegExp[] = [/^the broker refused to serve some instruments/];

export interface Program {
  readonly running: Running;
  /** When the upstream will be tried again at the latest, by its own words, ms since the Unix epoch. */
  readonly nextTryAt: () => number;
  /** Lines of the log by level. */
  readonly lines: ReadonlyMap<string, number>;
  /** Open file descriptors. */
  descriptors(): number;
  /** Resident memory, MiB. */
  memory(): number;
  /** Connections to the stream that it holds, by the kernel: those that it has not closed on its side. */
  streamSockets(): number;
}

/** Where the broker is, as the program sees it. */
export interface BrokerAddress {
  /** Its names, where they can be lost. */
  readonly names: Names | undefined;
  readonly port: number;
}

/** Starts the program itself, and reads all that it writes. */
export async function startProgram(
  { names, port }: BrokerAddress,
  credentials: SimulatedCredentials,
  folder: string,
  findings: Findings,
): Promise<Program> {
  const { rest: restHost, stream: streamHost, prefix } = names ??
    { rest: REST_ADDRESS, stream: STREAM_ADDRESS, prefix: [] };
  const lines = new Map<string, number>();
  let nextTryAt = 0;
  let rest = "";
  const secrets = [credentials.apiKey, credentials.totpSecret, "eyJ"];
  const pin = new RegExp(`\\b${credentials.pin}\\b`);

  function read(line: string): void {
    if (secrets.some((secret) => line.includes(secret)) || pin.test(line)) {
      findings.add("a secret in the log", line);
    }
    let entry;
    try {
      entry = JSON.parse(line);
    } catch {
      return findings.add("a line in the log that is not JSON", line);
    }
    lines.set(entry.level, (lines.get(entry.level) ?? 0) + 1);
    const seconds = /next try in ([0-9.]+) s/.exec(entry.message)?.[1];
    if (seconds !== undefined) nextTryAt = Math.max(nextTryAt, Date.now() + Number(seconds) * 1000);
    if (entry.level !== "error" && entry.level !== "fatal") return;
    if (!EXPLAINED.some((pattern) => pattern.test(entry.message))) {
      findings.add("an error in the log", `${entry.category}: ${entry.message}`);
    }
  }

  const [command, ...args] = [...prefix, Deno.execPath()];
  const running = await start({
    command: command!,
    args: [
      ...args,
      "run",
      "--no-prompt",
      "--allow-net",
      "--allow-read",
      `--allow-write=${folder}`,
      "--allow-env",
      "--allow-sys=networkInterfaces,hostname",
      MAIN,
    ],
    cwd: folder,
    env: {
      HOST: "127.0.0.1",
      PORT: "0",
      LOG_FORMAT: "json",
      SMARTAPI_REST_URL: `http://${restHost}:${port}`,
      SMARTAPI_STREAM_URL: `ws://${streamHost}:${port}/smart-stream`,
      SMARTAPI_CLIENT_CODE: credentials.clientCode,
      SMARTAPI_PIN: credentials.pin,
      SMARTAPI_API_KEY: credentials.apiKey,
      SMARTAPI_TOTP_SECRET: credentials.totpSecret,
      SMARTAPI_MAX_SOCKETS: String(MAX_SOCKETS),
      MAX_SUBSCRIPTIONS: "3000",
      INSTRUMENTS_URL: `http://${restHost}:${port}${MASTER_PATH}`,
      DATA_FOLDER: `${folder}/data`,
      WATCHLIST: "nse:99926000,3045,2885,100001;bse:99919000,500325;mcx:574841,999999",
      MAX_HANDSHAKES_PER_SECOND: "200",
    },
    wrote(text) {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      for (const line of parts) if (line !== "") read(line);
    },
  });
  return {
    running,
    nextTryAt: () => nextTryAt,
    lines,
    descriptors: () => [...Deno.readDirSync(`/proc/${running.pid}/fd`)].length,
    streamSockets: () => connectionsTo(STREAM_ADDRESS, port),
    memory: () =>
      Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${running.pid}/status`))![1]) / 1024,
  };
}

/** The kernel's numbers for a connection that stands, and for one that is being made. */
const HELD: ReadonlySet<string> = new Set(["01", "02"]);

/** Connections of this machine to an address that the one who made them has not closed. */
function connectionsTo(address: string, port: number): number {
  const bytes = address.split(".").reverse().map((each) => hex(Number(each), 2)).join("");
  const remote = `${bytes}:${hex(port, 4)}`;
  // sl, local_address, rem_address, st, ...
  const rows = Deno.readTextFileSync("/proc/net/tcp").trim().split("\n").slice(1);
  return rows.map((row) => row.trim().split(/\s+/)).filter(([, , to, state]) =>
    to === remote && HELD.has(state!)
  )
    .length;
}

function hex(number: number, digits: number): string {
  return number.toString(16).toUpperCase().padStart(digits, "0");
}
