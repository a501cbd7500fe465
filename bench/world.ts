/** The simulated broker, the proxy and its peers, as the benchmark starts them. */
import { systemClock } from "../lib/util/clock.ts";
import { simulatedCredentials } from "../lib/commands/credentials.ts";
import { createRest } from "../lib/smartapi/rest.ts";
import { subscriptionRequest } from "../lib/smartapi/request.ts";
import { SIMULATED_CREDENTIALS } from "../lib/simulator/account.ts";
import { MASTER_PATH } from "../lib/simulator/master.ts";
import type { Moment } from "../lib/simulator/records.ts";
import { type Running, start, version } from "./processes.ts";

const HERE = new URL("./", import.meta.url).pathname;
const MAIN = new URL("../main.ts", import.meta.url).pathname;

/** What is made and fetched for the benchmark; in no one's way, and not under version control. */
export const MADE = `${HERE}.made/`;

/** The measured process has the first core, everyone else the second. */
const MEASURED = 0;
export const OTHERS = 1;

/** Three sockets of 990 instruments: what an account can carry. */
export const ALL_INSTRUMENTS = 2_970;
const PER_SOCKET = 990;

/** Tokens of the simulator's made-up shares. */
export function tokens(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(100_001 + i));
}

const DENO = ["run", "--no-prompt", "--allow-net", "--allow-read", `--allow-write=${MADE}`, "--allow-env"];

/** The simulator, at so many ticks per second. */
export function startSimulator(rate: number): Promise<Running> {
  return start({
    command: Deno.execPath(),
    args: [...DENO, "--allow-sys=networkInterfaces,hostname", MAIN, "simulate"],
    cwd: HERE,
    env: {
      SIMULATOR_PORT: "0",
      SIMULATOR_RATE: String(rate),
      SIMULATOR_INSTRUMENTS: String(ALL_INSTRUMENTS),
      LOG_LEVEL: "warning",
    },
    core: OTHERS,
  });
}

export interface ProxyOptions {
  readonly batchMs?: number;
  /** What `subscribe` with the exchange alone means. */
  readonly instruments?: number;
  /** Settings beside those of the benchmark. */
  readonly env?: Record<string, string>;
  /** For the runtime, before the program: a profiler, for one. */
  readonly denoArgs?: readonly string[];
  /** Hears everything it writes. */
  readonly wrote?: (text: string) => void;
  /** What it is started as; the proxy by default. */
  readonly command?: "serve" | "edge";
  /** Whether it has a core of its own; by default it has. */
  readonly pinned?: boolean;
  /** With all permissions, where what is loaded before it needs more than the program does. */
  readonly unconfined?: boolean;
}

/** The program itself, with the simulator for its broker. */
export function startProxy(simulator: Running, options: ProxyOptions = {}): Promise<Running> {
  const { batchMs, instruments = ALL_INSTRUMENTS, denoArgs = [], command = "serve", pinned = true } = options;
  const permissions = options.unconfined
    ? ["--allow-all"]
    : [...DENO.slice(1), "--allow-sys=networkInterfaces,hostname"];
  const { clientCode, pin, apiKey, totpSecret } = SIMULATED_CREDENTIALS;
  return start({
    command: Deno.execPath(),
    args: ["run", ...denoArgs, ...permissions, MAIN, command],
    cwd: HERE,
    env: {
      HOST: "127.0.0.1",
      PORT: "0",
      SMARTAPI_REST_URL: `http://127.0.0.1:${simulator.port}`,
      SMARTAPI_STREAM_URL: `ws://127.0.0.1:${simulator.port}/smart-stream`,
      SMARTAPI_CLIENT_CODE: clientCode,
      SMARTAPI_PIN: pin,
      SMARTAPI_API_KEY: apiKey,
      SMARTAPI_TOTP_SECRET: totpSecret,
      SMARTAPI_MAX_SOCKETS: "3",
      MAX_SUBSCRIPTIONS: "3000",
      // All clients come from one address, at once, and some of them only wait.
      MAX_CLIENTS: "2000",
      MAX_CLIENTS_PER_ADDRESS: "2000",
      MAX_HANDSHAKES_PER_SECOND: "100000",
      FIRST_COMMAND_MS: "0",
      INSTRUMENTS_URL: `http://127.0.0.1:${simulator.port}${MASTER_PATH}`,
      DATA_FOLDER: `${MADE}data`,
      WATCHLIST: `nse:${tokens(instruments).join()}`,
      ...batchMs === undefined ? {} : { BATCH_MS: String(batchMs) },
      ...options.env,
    },
    ...pinned ? { core: MEASURED } : {},
    ...options.wrote === undefined ? {} : { wrote: options.wrote },
  });
}

export const PEERS = ["python", "node", "bun", "c"] as const;

export type Peer = typeof PEERS[number];

/** How each peer is run. */
interface Runtime {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  readonly version: string;
}

/** The peers that this machine can run. Fetches `ws` and Bun from npm, and compiles, where that was not done yet. */
export async function findPeers(): Promise<Partial<Record<Peer, Runtime>>> {
  await Deno.mkdir(MADE, { recursive: true });
  const found: Partial<Record<Peer, Runtime>> = {};
  const python = await version(
    "/usr/bin/python3",
    "-c",
    "import websockets as w, sys; print(sys.version.split()[0], w.__version__)",
  );
  if (python !== undefined) {
    const [language, library] = python.split(" ");
    found.python = {
      command: "/usr/bin/python3",
      args: [`${HERE}peers/python_original.py`],
      version: `Python ${language}, websockets ${library}`,
    };
  }
  const packages = ["ws@8.23.0", "bun@1.4.5"];
  await version("npm", "install", "--no-save", "--no-audit", "--prefix", MADE, ...packages);
  const node = await version("node", "--version");
  const modules = await Deno.stat(`${MADE}node_modules/ws`).catch(() => undefined);
  if (node !== undefined && modules !== undefined) {
    found.node = {
      command: "node",
      args: [`${HERE}peers/node_ws.mjs`],
      env: { MODULES: MADE },
      version: `Node ${node.slice(1)}, ${packages[0]!.replace("@", " ")}`,
    };
  }
  const bun = await version(`${MADE}node_modules/.bin/bun`, "--version");
  if (bun !== undefined) {
    found.bun = {
      command: `${MADE}node_modules/.bin/bun`,
      args: [`${HERE}peers/bun_publish.ts`],
      version: `Bun ${bun}`,
    };
  }
  const writer = await compile("peers/writer.c", "writer");
  if (writer !== undefined) found.c = { command: `${MADE}writer`, args: ["ticks"], version: writer };
  return found;
}

/** Compiles one of our C programs; answers the compiler's version, or nothing where there is none. */
export async function compile(source: string, name: string): Promise<string | undefined> {
  await Deno.mkdir(MADE, { recursive: true });
  const compiler = await version("cc", "--version");
  if (compiler === undefined) return undefined;
  const { success, stderr } = await new Deno.Command("cc", {
    args: ["-O2", "-Wall", "-Wextra", "-o", `${MADE}${name}`, `${HERE}${source}`],
  }).output();
  if (!success) throw new Error(`${source} does not compile:\n${new TextDecoder().decode(stderr)}`);
  return compiler;
}

/**
 * A peer, fed by the simulator just as the proxy is: with its own three sockets and all instruments. Logging in is
 * done for it; addresses and subscriptions come on its standard input, a line each, in pairs.
 *
 * @param args For the peer itself.
 */
export async function startPeer(
  runtime: Runtime,
  simulator: Running,
  ...args: readonly string[]
): Promise<Running> {
  const { clientCode, apiKey } = SIMULATED_CREDENTIALS;
  const rest = createRest({
    url: `http://127.0.0.1:${simulator.port}`,
    credentials: simulatedCredentials(),
    addresses: { localIp: "127.0.0.1", publicIp: "127.0.0.1", mac: "00:00:00:00:00:00" },
    clock: systemClock,
  });
  const session = await rest.login();
  const query = new URLSearchParams({ clientCode, feedToken: session.feedToken.reveal(), apiKey });
  const all = tokens(ALL_INSTRUMENTS);
  const lines: string[] = [];
  for (let at = 0; at < all.length; at += PER_SOCKET) {
    const keys = all.slice(at, at + PER_SOCKET).map((token) => `nse:${token}` as const);
    lines.push(
      `ws://127.0.0.1:${simulator.port}/smart-stream?${query}`,
      subscriptionRequest("subscribe", "benchmark", "ltp", keys),
    );
  }
  return start({
    ...runtime,
    args: [...runtime.args, ...args],
    stdin: `${lines.join("\n")}\n`,
    core: MEASURED,
  });
}

/** The floor: nothing but writes of frames of one size. */
export function startFloor(bytes: number, perSecond: number): Promise<Running> {
  const args = ["frames", String(bytes), String(perSecond)];
  return start({ command: `${MADE}writer`, args, core: MEASURED });
}

/** When the simulator sent what, of the last minute. */
export async function moments(simulator: Running): Promise<Moment[]> {
  return await (await fetch(`http://127.0.0.1:${simulator.port}/control/moments`)).json();
}
