import { systemClock } from "../../lib/util/clock.ts";
import type { Proxy } from "../../lib/proxy.ts";
import { type Simulator, type SimulatorOptions, startSimulator } from "../../lib/simulator/simulator.ts";
import { type RigProxyOptions, startProxyOn } from "../proxy/rig.ts";
import { linesOf } from "../lines_of.ts";

const CHROMIUM = "/usr/bin/chromium";

/** Whether there is a browser; the page's tests are skipped with a word where there is none. */
const there = await Deno.stat(CHROMIUM).then(() => true, () => false);
if (!there) console.warn(`tests/page: those in a browser are skipped, as there is no ${CHROMIUM}`);

/**
 * For tests in the browser. They end while it is still answering the close of its socket, and the runtime keeps that
 * socket's idle timer until then; what the proxy itself leaves behind is looked for by its own tests.
 */
export const IN_BROWSER = { ignore: !there, sanitizeOps: false, sanitizeResources: false };

/** The browser in its own process, asked line by line. */
export class Browser implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  private constructor(flags: readonly string[]) {
    const lock = new URL("deno.lock", import.meta.url).pathname;
    const script = new URL("browser_script.ts", import.meta.url).href;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-config", `--lock=${lock}`, "--frozen", "--allow-all", script, ...flags],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#lines = linesOf(this.#child.stdout);
    this.#writer = this.#child.stdin.getWriter();
  }

  /** @param flags For Chromium, beside the usual ones. */
  static async open(...flags: string[]): Promise<Browser> {
    const browser = new Browser(flags);
    await browser.#answer();
    return browser;
  }

  async ask(command: string, argument = ""): Promise<unknown> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify({ command, argument })}\n`));
    const { result, error } = await this.#answer();
    if (error !== undefined) throw new Error(`${command} ${argument}: ${error}`);
    return result;
  }

  async #answer(): Promise<{ result?: unknown; error?: string }> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("the browser has ended");
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.#child.status;
    await this.#lines.next();
  }
}

/** A simulated broker and a proxy on a port that stays the same through restarts; both in real time. */
export class Stage implements AsyncDisposable {
  readonly #options: RigProxyOptions;
  #proxy: Proxy;

  private constructor(readonly simulator: Simulator, options: RigProxyOptions) {
    this.#options = options;
    this.#proxy = this.#start(0);
  }

  static async open(
    { simulator = {}, proxy = {} }: {
      simulator?: Partial<SimulatorOptions>;
      proxy?: RigProxyOptions;
    } = {},
  ): Promise<Stage> {
    const options = { clock: systemClock, random: Math.random, rate: 60, ...simulator };
    return new Stage(await startSimulator(options), proxy);
  }

  get port(): number {
    return this.#proxy.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  stopProxy(): Promise<void> {
    return this.#proxy.stop();
  }

  restartProxy(): void {
    this.#proxy = this.#start(this.port);
  }

  #start(port: number): Proxy {
    return startProxyOn(this.simulator, systemClock, Math.random, {
      policy: { backoffBase: 200, backoffCap: 200 },
      ...this.#options,
      port,
    }).proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy.stop();
    await this.simulator.stop();
  }
}
