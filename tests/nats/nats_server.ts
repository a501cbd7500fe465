import type { Bus } from "../../lib/nats/bus.ts";
import { connectNats, type NatsOptions } from "../../lib/nats/nats_bus.ts";

/** Debian's place, and where it is in an image of its makers. */
const PATH = ["/usr/sbin/nats-server", "/usr/local/bin/nats-server", "/nats-server"].find(isFile);

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** A test with a real server; skipped with a message where none is installed. */
export function natsTest(name: string, run: () => Promise<void>): void {
  Deno.test(PATH === undefined ? `${name} (no nats-server here: apt-get install nats-server)` : name, {
    ignore: PATH === undefined,
  }, run);
}

/** Settles when the connection is there, or is not. */
export function becomes(bus: Bus, connected: boolean): Promise<void> {
  return new Promise((resolve) => {
    if (bus.connected === connected) return resolve();
    const end = bus.onChange(() => {
      if (bus.connected !== connected) return;
      end();
      resolve();
    });
  });
}

/** What is wrong with a connection, once it is this. */
export async function troubled(bus: Bus, pattern: RegExp): Promise<string> {
  while (bus.trouble === undefined || !pattern.test(bus.trouble)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return bus.trouble;
}

/** A real nats-server on a free port, which can be stopped, killed and started again there. */
export class NatsServer implements AsyncDisposable {
  #child: Deno.ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  readonly #folder = Deno.makeTempDirSync();
  #said = "";
  /** Called when it has said something, or nothing will come any more. */
  #heard = () => {};

  private constructor(readonly port: number) {}

  /** @param config In the server's own words. */
  static async start(config = ""): Promise<NatsServer> {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const server = new NatsServer(port);
    await server.restart(config);
    return server;
  }

  /** Of the process. */
  get pid(): number {
    return this.#child!.pid;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** A connection that has been made. */
  async connect(name: string, options: Partial<NatsOptions> = {}): Promise<Bus> {
    const bus = await this.dial(name, options);
    await becomes(bus, true);
    return bus;
  }

  /** A connection that may never be made. */
  dial(name: string, options: Partial<NatsOptions> = {}): Promise<Bus> {
    return connectNats({ servers: [this.url], name, inbox: `_INBOX_${name}`, ...options });
  }

  async restart(config?: string): Promise<void> {
    if (config !== undefined) this.#configure(config);
    const child = new Deno.Command(PATH!, {
      args: ["--addr", "127.0.0.1", "--port", `${this.port}`, "--config", `${this.#folder}/nats.conf`],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#child = child;
    this.#said = "";
    this.#ended = (async () => {
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        this.#said += text;
        this.#heard();
      }
      this.#child = undefined;
      this.#heard();
      await child.status;
    })();
    await this.#says("Server is ready");
  }

  /** Takes another configuration while it runs. */
  async reload(config: string): Promise<void> {
    this.#configure(config);
    this.#said = "";
    this.#child?.kill("SIGHUP");
    await this.#says("Reloaded server configuration");
  }

  #configure(config: string): void {
    Deno.writeTextFileSync(`${this.#folder}/nats.conf`, config);
  }

  #says(words: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#heard = () => {
        if (this.#said.includes(words)) resolve();
        else if (this.#child === undefined) reject(new Error(this.#said));
      };
      this.#heard();
    });
  }

  /** It stands still; its connections do not notice. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#ended;
    this.#child = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
