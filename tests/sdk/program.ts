import { SETTINGS } from "../../lib/config/settings.ts";

/** A program that is there for so long is killed, so that a test fails with its output instead of hanging. */
const KILLED_AFTER_MS = 60_000;

export interface ProgramOptions {
  /** The working folder. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** By default this Deno. */
  readonly executable?: string;
  /** When it is killed, ms; some things take their time. */
  readonly killedAfterMs?: number;
}

/** A program in a process of its own: its lines as they come, its end, and nothing left of it after the test. */
export class Program implements AsyncDisposable {
  readonly stdout: Lines;
  readonly stderr: Lines;
  /** Its exit code, when it has ended and all it wrote has been read. */
  readonly ended: Promise<number>;
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #killer: ReturnType<typeof setTimeout>;

  constructor(args: readonly string[], options: ProgramOptions) {
    const { cwd, env = {}, executable = Deno.execPath(), killedAfterMs = KILLED_AFTER_MS } = options;
    const inherited = Deno.env.toObject();
    // What would configure the proxy of whoever runs the tests.
    for (const setting of SETTINGS) delete inherited[setting.env];
    this.#process = new Deno.Command(executable, {
      args: [...args],
      cwd,
      env: { ...inherited, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", ...env },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.stdout = new Lines(this.#process.stdout, () => this.output());
    this.stderr = new Lines(this.#process.stderr, () => this.output());
    this.#input = this.#process.stdin.getWriter();
    this.#killer = setTimeout(() => this.signal("SIGKILL"), killedAfterMs);
    this.ended = Promise.all([this.#process.status, this.stdout.ended, this.stderr.ended])
      .then(([{ code }]) => code);
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Writes a line to its standard input. */
  async write(line: string): Promise<void> {
    await this.type(`${line}\n`);
  }

  /** Writes to its standard input, without a line break. */
  async type(keys: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(keys));
  }

  closeInput(): Promise<void> {
    return this.#input.close();
  }

  signal(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch {
      // It has ended.
    }
  }

  /** All it has written so far. */
  output(): string {
    return `${this.stdout.text()}\n${this.stderr.text()}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#killer);
    this.signal("SIGKILL");
    await this.ended;
    await this.#input.close().catch(() => {});
  }
}

/** The lines of a stream, those that came and those to come. */
export class Lines {
  readonly all: string[] = [];
  readonly ended: Promise<void>;
  #over = false;
  /** The beginning of a line that has not ended. */
  #rest = "";
  #waiting: (() => void)[] = [];
  readonly #outputOfAll: () => string;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>, outputOfAll: () => string) {
    this.#outputOfAll = outputOfAll;
    this.ended = this.#read(stream);
  }

  text(): string {
    return this.all.join("\n");
  }

  /** Settles when the pattern matches all that came, a question without a line break included. @throws The stream ended without. */
  async shows(pattern: RegExp): Promise<void> {
    while (!pattern.test(`${this.text()}\n${this.#rest}`)) {
      if (this.#over) throw new Error(`nothing matched ${pattern} in:\n${this.#outputOfAll()}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The first line, of those from `from` onwards, that the pattern matches. @throws The stream ended without. */
  async match(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    for (let i = from;;) {
      for (; i < this.all.length; i++) {
        const match = pattern.exec(this.all[i]!);
        if (match !== null) return match;
      }
      if (this.#over) throw new Error(`no line matched ${pattern} in:\n${this.#outputOfAll()}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (this.#rest + text).split(/\r?\n/);
      this.#rest = lines.pop()!;
      this.all.push(...lines);
      this.#wake();
    }
    if (this.#rest !== "") this.all.push(this.#rest);
    this.#rest = "";
    this.#over = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** A folder that is gone after the test. */
export class TemporaryFolder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "smartapi-proxy-" });

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}
