import { SIMULATED_CREDENTIALS, type Simulator } from "../../lib/simulator/simulator.ts";

/** The real program as a process, with what it writes. */
export interface Program extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** Everything it has written so far. */
  readonly log: string;
  /** Settles when a line has been written that holds the text. */
  wrote(text: string): Promise<void>;
  kill(signal: Deno.Signal): void;
  readonly status: Promise<Deno.CommandStatus>;
}

/** What the tasks of `deno.json` permit the program. */
const PERMISSIONS = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-env",
  "--allow-sys=networkInterfaces,hostname",
];

const ROOT = new URL("../../", import.meta.url).pathname;

/** The variables that make a simulator the program's broker. */
export function simulatorEnv(simulator: Simulator): Record<string, string> {
  return {
    SMARTAPI_REST_URL: simulator.restUrl,
    SMARTAPI_STREAM_URL: simulator.streamUrl,
    SMARTAPI_CLIENT_CODE: SIMULATED_CREDENTIALS.clientCode,
    SMARTAPI_PIN: SIMULATED_CREDENTIALS.pin,
    SMARTAPI_API_KEY: SIMULATED_CREDENTIALS.apiKey,
    SMARTAPI_TOTP_SECRET: SIMULATED_CREDENTIALS.totpSecret,
  };
}

/** What a process needs of ours, and nothing that could configure it. */
function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

/**
 * Starts `main.ts` on a free port and waits until it listens.
 *
 * @param env Beside these, it sees no variable of ours that could configure it.
 * @param under A command that runs it, with the rest of its words.
 */
export async function startProgram(
  args: readonly string[],
  env: Record<string, string> = {},
  permissions: readonly string[] = [],
  under: readonly string[] = [],
): Promise<Program> {
  const [command, ...words] = [...under, Deno.execPath()];
  const child = new Deno.Command(command, {
    args: [...words, "run", ...PERMISSIONS, ...permissions, `${ROOT}main.ts`, ...args],
    // Without a .env in it.
    cwd: `${ROOT}tests`,
    clearEnv: true,
    env: { ...inherited(), NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let log = "";
  let waiting: { text: string; resolve: () => void }[] = [];
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      log += text;
      waiting = waiting.filter((each) => !log.includes(each.text) || each.resolve());
    }
  };
  const reading = Promise.all([read(child.stdout), read(child.stderr)]);
  // Its last words may come after its end.
  const status = child.status.then(async (ended) => {
    await reading;
    return ended;
  });
  const wrote = (text: string) =>
    new Promise<void>((resolve, reject) => {
      if (log.includes(text)) return resolve();
      waiting.push({ text, resolve });
      status.then(() => reject(new Error(`it ended without writing "${text}":\n${log}`)));
    });
  await wrote("listening on");
  return {
    port: Number(/listening on \S+:(\d+)/.exec(log)![1]),
    pid: child.pid,
    get log() {
      return log;
    },
    wrote,
    kill: (signal) => child.kill(signal),
    status,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
      await status;
    },
  };
}
