import { type Running, start } from "../../bench/processes.ts";
import { MASTER_PATH } from "../../lib/simulator/master.ts";
import type { SimulatedCredentials } from "../../lib/simulator/account.ts";
import type { Simulator } from "../../lib/simulator/simulator.ts";
import { freePort } from "../../tests/free_port.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

const PERMISSIONS = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys=networkInterfaces,hostname",
];

/** A program that is stopped, killed and started again. */
export class StormProgram {
  #running: Running | undefined;
  /** Spans in which it stood still or was away, ms since the Unix epoch; the last one without an end lasts. */
  readonly #still: { from: number; to?: number }[] = [];

  constructor(
    readonly name: string,
    private readonly args: readonly string[],
    private readonly env: Record<string, string>,
    private readonly folder: string,
    private readonly wrote: (line: string) => void,
  ) {}

  get port(): number {
    return Number(this.env.PORT);
  }

  async start(): Promise<void> {
    this.#running = await start({
      command: Deno.execPath(),
      args: ["run", ...PERMISSIONS, MAIN, ...this.args],
      cwd: this.folder,
      env: { HOST: "127.0.0.1", LOG_LEVEL: "warning,proxy=info", LOG_FORMAT: "json", ...this.env },
      wrote: this.wrote,
    });
    this.#goOn();
  }

  async kill(): Promise<void> {
    this.#stand();
    this.#signal("SIGKILL");
    await this.#running?.stop();
  }

  freeze(): void {
    this.#stand();
    this.#signal("SIGSTOP");
  }

  thaw(): void {
    this.#signal("SIGCONT");
    this.#goOn();
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
  }

  stoodStill(from: number, to: number): boolean {
    return this.#still.some((span) => span.from <= to && (span.to ?? Infinity) >= from);
  }

  #stand(): void {
    this.#still.push({ from: Date.now() });
  }

  #goOn(): void {
    const last = this.#still.at(-1);
    if (last !== undefined) last.to ??= Date.now();
  }

  #signal(signal: Deno.Signal): void {
    try {
      if (this.#running !== undefined) Deno.kill(this.#running.pid, signal);
    } catch {
      // It has ended already.
    }
  }
}

export function hubEnv(simulator: Simulator, { clientCode, pin, apiKey, totpSecret }: SimulatedCredentials) {
  return {
    PORT: String(freePort()),
    SMARTAPI_REST_URL: simulator.restUrl,
    SMARTAPI_STREAM_URL: simulator.streamUrl,
    SMARTAPI_CLIENT_CODE: clientCode,
    SMARTAPI_PIN: pin,
    SMARTAPI_API_KEY: apiKey,
    SMARTAPI_TOTP_SECRET: totpSecret,
    INSTRUMENTS_URL: simulator.restUrl + MASTER_PATH,
  };
}
