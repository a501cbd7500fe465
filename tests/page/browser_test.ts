import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { systemClock } from "../../lib/clock.ts";
import { type Proxy, startProxy } from "../../lib/proxy.ts";
import { type Simulator, startSimulator } from "../../lib/simulator/simulator.ts";
import { proxyOptions } from "../proxy/rig.ts";

const CHROMIUM = "/usr/bin/chromium";

const there = await Deno.stat(CHROMIUM).then(() => true, () => false);
if (!there) console.warn(`browser_test: skipped, as there is no ${CHROMIUM}`);

const STATIC = new URL("../../static", import.meta.url).pathname;

/** The browser in its own process, asked line by line. */
class Browser implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  private constructor() {
    const lock = new URL("deno.lock", import.meta.url).pathname;
    const script = new URL("browser_script.ts", import.meta.url).href;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-config", `--lock=${lock}`, "--frozen", "--allow-all", script],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#lines = linesOf(this.#child.stdout);
    this.#writer = this.#child.stdin.getWriter();
  }

  static async open(): Promise<Browser> {
    const browser = new Browser();
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

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

function start(simulator: Simulator, port: number): Proxy {
  return startProxy({
    ...proxyOptions(simulator, systemClock, Math.random),
    port,
    policy: { backoffBase: 200, backoffCap: 200 },
  });
}

Deno.test({
  name: "the page shows moving prices, stays true through a lost feed, and comes back after a restart",
  ignore: !there,
  async fn() {
    await using browser = await Browser.open();
    const simulator = await startSimulator({ clock: systemClock, random: Math.random, rate: 60 });
    let proxy = start(simulator, 0);
    const { port } = proxy;
    try {
      equal(await browser.ask("goto", `http://127.0.0.1:${port}/`), 200);
      await browser.ask("sees", "SIMULATED FEED");
      await browser.ask("sees", "SBIN-EQ");
      await browser.ask("sees", "₹");
      // It moves.
      await browser.ask("changes");
      deepEqual(await browser.ask("errors"), []);
      deepEqual(await browser.ask("hosts"), [`127.0.0.1:${port}`]);

      // The feed is lost, and comes back with a record of the gap.
      simulator.control.set({ refuseHandshake: { status: 502, times: 1_000 } });
      simulator.control.dropSockets();
      await browser.ask("sees", "No market data since");
      simulator.control.set({ refuseHandshake: null });
      await browser.ask("sees", "Market data again");
      deepEqual(await browser.ask("errors"), []);

      // The proxy goes away and comes back at the same address.
      await proxy.stop();
      await browser.ask("sees", "Server shutting down");
      proxy = start(simulator, port);
      await browser.ask("seesTwice", "Connected to the proxy");
      await browser.ask("changes");
    } finally {
      await proxy.stop();
      await simulator.stop();
    }
  },
});

Deno.test({
  name: "the page works from the disk: it draws itself, and says that it is looking for the proxy",
  ignore: !there,
  async fn() {
    await using browser = await Browser.open();
    await browser.ask("goto", `file://${STATIC}/client.html`);
    await browser.ask("sees", "Watch list");
    await browser.ask("sees", "localhost:8765");
    const errors = await browser.ask("errors") as string[];
    // Whether a proxy is there depends on the machine; Chromium itself reports a refused connection.
    ok(
      errors.every((error) => error.includes("WebSocket connection to 'ws://localhost:8765/'")),
      errors.join("\n"),
    );
  },
});
