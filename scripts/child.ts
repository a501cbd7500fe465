/** Gives a program a process group of its own, so that Ctrl-C reaches what stands behind it too, as in a terminal. */
export const GROUP = "setsid";

/** A running program: what it wrote so far, and how to wait for more. */
export class Child {
  text = "";
  readonly status: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  readonly #isGroup: boolean;
  #wake = () => {};

  /** @param input Lines for its standard input, which ends after them. */
  constructor(readonly command: readonly string[], cwd: string, input?: string) {
    const [program, ...args] = command;
    this.#isGroup = program === GROUP;
    this.#process = new Deno.Command(program!, {
      args,
      cwd,
      clearEnv: true,
      env: inherited(),
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (input !== undefined) this.#type(input);
    const read = Promise.all([this.#read(this.#process.stdout), this.#read(this.#process.stderr)]);
    this.status = Promise.all([this.#process.status, read]).then(([status]) => status);
  }

  /** Settles with what the pattern matches in all it wrote. */
  async writes(pattern: RegExp): Promise<RegExpExecArray> {
    let ended = false;
    this.status.then(() => (ended = true, this.#wake()));
    for (;;) {
      const found = pattern.exec(this.text);
      if (found !== null) return found;
      if (ended) throw new Error(`it ended without writing ${pattern}:\n${this.text}`);
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  async ends(code: number): Promise<void> {
    const status = await this.status;
    if (status.code !== code) throw new Error(`exit code ${status.code} instead of ${code}:\n${this.text}`);
  }

  /** Ctrl-C. Windows has no such signal to send to another program: it is ended there. */
  async interrupt(code: number): Promise<void> {
    if (Deno.build.os === "windows") {
      this.kill("SIGKILL");
      await this.status;
      return;
    }
    this.kill("SIGINT");
    await this.ends(code);
  }

  kill(signal: Deno.Signal): void {
    try {
      if (this.#isGroup) Deno.kill(-this.#process.pid, signal);
      else this.#process.kill(signal);
    } catch {
      // It has ended.
    }
  }

  async #type(input: string): Promise<void> {
    const writer = this.#process.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.text += text;
      this.#wake();
    }
  }
}

/** What a process needs of ours, and nothing that could configure the program. */
function inherited(): Record<string, string> {
  const names = [
    "PATH",
    "HOME",
    "USERPROFILE",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "DENO_DIR",
    "XDG_CACHE_HOME",
  ];
  const values = names.flatMap((name) => Deno.env.has(name) ? [[name, Deno.env.get(name)!] as const] : []);
  return { ...Object.fromEntries(values), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
}
