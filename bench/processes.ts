import { setPriority } from "node:os";

/** Processes that say where they listen, and end when they are told to. */

/** One of ours that runs. */
export interface Running {
  readonly pid: number;
  readonly port: number;
  /** From its start until it said that it listens, ms. */
  readonly startMs: number;
  /** What it has written, for when something is wrong. */
  readonly output: () => string;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** The core it is held to. */
  readonly core?: number;
  /** Hears everything it writes. */
  readonly wrote?: (text: string) => void;
}

/** It says this when it is ready, followed by its port. */
const READY = /(?:listening on|SMARTAPI_REST_URL=http:\/\/)\s*[0-9.]+:(\d+)/;

/** What does not listen by then never will. */
const START_MS = 60_000;

/** What a process needs of ours, and nothing that could configure it. */
const INHERITED = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR"];

/** @throws {Error} It ended instead of listening; the message has what it wrote. */
export async function start({ command, args, env, cwd, stdin, core, wrote }: StartOptions): Promise<Running> {
  const line = [...pinning(core), command, ...args];
  const begun = performance.now();
  const child = new Deno.Command(line[0]!, {
    args: line.slice(1),
    cwd,
    clearEnv: true,
    env: { ...inherited(), NO_COLOR: "1", ...env },
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  let output = "";
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      wrote?.(text);
      // The end is enough to see what went wrong.
      output = (output + text).slice(-20_000);
      const ready = READY.exec(output);
      if (ready !== null) resolve(Number(ready[1]));
    }
  };
  const reading = Promise.all([read(child.stdout), read(child.stderr)]);
  child.status.then(async ({ code, signal }) => {
    await reading;
    reject(new Error(`${command} ended with ${signal ?? code}:\n${output}`));
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), START_MS);
  const port = await promise.finally(() => clearTimeout(timer));
  return {
    pid: child.pid,
    port,
    startMs: performance.now() - begun,
    output: () => output,
    async stop() {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended by itself.
      }
      const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await child.status;
      await reading;
      clearTimeout(timer);
    },
  };
}

function inherited(): Record<string, string> {
  return Object.fromEntries(INHERITED.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

/** A hundredth of a second is Linux's unit for the time that a process has used. */
const TICKS_PER_SECOND = 100;

/** Processor time of a process so far, µs. */
export function cpuOf(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 1e6 / TICKS_PER_SECOND;
}

/** Stops all servers at last, whatever happens, also those that were started meanwhile. */
export async function withServers<Result>(servers: Running[], use: () => Promise<Result>): Promise<Result> {
  try {
    return await use();
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

export const CORES = navigator.hardwareConcurrency;

/** The measured process has a core of its own, where there are two and Linux's `taskset` to say so. */
export const PINS = CORES >= 2 && (await version("taskset", "--version")) !== undefined;

export function pinning(core: number | undefined): string[] {
  return PINS && core !== undefined ? ["taskset", "-c", String(core)] : [];
}

/** Holds all threads of a process that runs to a core. */
export async function pin(pid: number, core: number): Promise<void> {
  if (PINS) await version("taskset", "--all-tasks", "--cpu-list", "--pid", String(core), String(pid));
}

/** Lets a process come before the others of its core, as if it had a machine of its own. @returns Whether it may. */
export function prefer(pid: number): boolean {
  try {
    setPriority(pid, -15);
    return true;
  } catch {
    return false;
  }
}

/** The first line that a command answers; undefined where there is no such command. */
export async function version(command: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
    if (!success) return undefined;
    const text = new TextDecoder().decode(stdout.length > 0 ? stdout : stderr);
    return text.trim().split("\n")[0];
  } catch {
    return undefined;
  }
}
