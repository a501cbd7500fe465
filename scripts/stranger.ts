/**
 * Does what a stranger does on the first evening, in an empty folder, and stops at the first thing that goes wrong:
 * `init`, `check` and `doctor` against a simulated broker, `serve` with a recording, `watch` in another terminal, Ctrl-C,
 * `recordings`, `verify`, `export`.
 *
 *   deno run --allow-all scripts/stranger.ts [BINARY]      without a binary, the program runs from source
 */
const MAIN = new URL("../main.ts", import.meta.url).pathname;
const [binary] = Deno.args;
const COMMAND = binary === undefined
  ? [Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-all", MAIN]
  : [await Deno.realPath(binary)];

/** No step may take longer. */
const STEP_MS = 60_000;

const folder = await Deno.makeTempDir({ prefix: "stranger-" });
const children: Child[] = [];

/** A running program: what it wrote so far, and how to wait for more. */
class Child {
  text = "";
  readonly status: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  #wake = () => {};

  constructor(readonly args: readonly string[], input?: string) {
    const [command, ...words] = [...COMMAND, ...args];
    this.#process = new Deno.Command(command!, {
      args: words,
      cwd: folder,
      clearEnv: true,
      env: inherited(),
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    children.push(this);
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
    this.kill("SIGINT");
    if (Deno.build.os === "windows") await this.status;
    else await this.ends(code);
  }

  kill(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
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

async function step<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${STEP_MS / 1000} s`)), STEP_MS);
  });
  try {
    const result = await Promise.race([run(), late]);
    console.log(`ok      ${name}`);
    return result;
  } catch (error) {
    console.log(`FAILED  ${name}: ${error instanceof Error ? error.message : error}`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function expect(isSo: boolean, what: string): void {
  if (!isSo) throw new Error(what);
}

async function walk(): Promise<void> {
  await step("--version says one, and --help names the commands", async () => {
    const version = new Child(["--version"]);
    await version.ends(0);
    expect(/^smartapi-proxy \d+\.\d+\.\d+\s*$/.test(version.text), version.text);
    const help = new Child(["--help"]);
    await help.ends(0);
    for (const command of ["init", "check", "serve", "watch", "export"]) {
      expect(help.text.includes(command), command);
    }
  });

  await step("check --demo needs no account", () => new Child(["check", "--demo"]).ends(0));

  const simulator = new Child(["simulate", "--port", "0"]);
  const account = await step("simulate says what to log in with", async () => {
    await simulator.writes(/Faults on demand/);
    return Object.fromEntries(
      [...simulator.text.matchAll(/^(SMARTAPI_\w+)=(\S*)/gm)].map(([, k, v]) => [k, v!]),
    );
  });

  await step("init asks for the account, writes .env, and tries it", async () => {
    const values = ["CLIENT_CODE", "PIN", "API_KEY", "TOTP_SECRET"].map((name) =>
      account[`SMARTAPI_${name}`]
    );
    const urls = ["--rest-url", account.SMARTAPI_REST_URL!, "--stream-url", account.SMARTAPI_STREAM_URL!];
    const init = new Child(["init", ...urls], [...values, "y", ""].join("\n"));
    await init.ends(0);
    expect(/ok +login[^]*ok +price[^]*Next:/.test(init.text), init.text);
    const { mode } = await Deno.stat(`${folder}/.env`);
    expect(Deno.build.os === "windows" || (mode! & 0o777) === 0o600, `.env has mode ${mode?.toString(8)}`);
  });

  await step("doctor finds nothing wrong", () => new Child(["doctor", "--port", "0"]).ends(0));

  const serve = new Child(["serve", "--host", "127.0.0.1", "--port", "0", "--record", "on"]);
  const port = await step(
    "serve finds .env and listens",
    async () => (await serve.writes(/listening on 127\.0\.0\.1:(\d+)/))[1]!,
  );
  const url = `http://127.0.0.1:${port}`;

  await step("the page and the clients come from the same port", async () => {
    for (const path of ["", "client.js", "client.py"]) {
      const response = await fetch(`${url}/${path}`);
      await response.body?.cancel();
      expect(response.ok, `/${path}: HTTP ${response.status}`);
    }
  });

  await step("watch shows prices in another terminal, and Ctrl-C ends it", async () => {
    const watch = new Child(["watch", "--url", url, "--csv", "NSE:SBIN-EQ"]);
    await watch.writes(/SBIN-EQ[^]*\n[^]*SBIN-EQ/);
    await watch.interrupt(0);
  });

  await step("Ctrl-C ends the proxy in order", async () => {
    // The recorder writes each second; a stop in order writes the rest.
    await serve.interrupt(0);
    if (Deno.build.os !== "windows") expect(/stopped/.test(serve.text), serve.text);
  });

  const day = await step("recordings lists the day, and verify finds it whole", async () => {
    const listed = new Child(["recordings"]);
    await listed.ends(0);
    const found = /\d{4}-\d\d-\d\d/.exec(listed.text);
    expect(found !== null, listed.text);
    if (Deno.build.os !== "windows") await new Child(["verify"]).ends(0);
    return found![0];
  });

  for (const format of ["csv", "parquet"]) {
    await step(`export writes ${format}`, async () => {
      const output = `out-${format}`;
      await new Child([
        "export",
        "--date",
        day,
        "--source",
        "simulated",
        "--format",
        format,
        "--output",
        output,
      ])
        .ends(0);
      const sizes = await sizesIn(`${folder}/${output}`);
      expect(sizes.some((size) => size > 100), `no file of any size: ${sizes}`);
    });
  }

  await step("Ctrl-C ends the simulator in order", () => simulator.interrupt(0));
}

async function sizesIn(path: string): Promise<number[]> {
  const sizes: number[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) sizes.push(...await sizesIn(`${path}/${name}`));
    else sizes.push((await Deno.stat(`${path}/${name}`)).size);
  }
  return sizes;
}

let code = 1;
try {
  await walk();
  code = 0;
} catch {
  // The step has said it.
  for (const { args, text } of children) console.log(`\n--- ${args.join(" ")}\n${text}`);
} finally {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(children.map(({ status }) => status));
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(code);
