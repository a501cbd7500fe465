/**
 * Smoke test: does what a new user does first, and stops at the first thing that goes wrong: the README's command in the
 * checkout; then, in an empty folder, `init`, `check` and `doctor` against a simulated broker, `serve` with a recording,
 * `watch` in another terminal, Ctrl-C, `recordings`, `verify`, `export`, `serve --replay`.
 *
 *   deno run --allow-all scripts/smoke.ts [BINARY]      without a binary, the program runs from source
 */
import { Child, GROUP } from "./child.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const MAIN = `${ROOT}main.ts`;
const NO_FILE = "/dev/null";
const [binary] = Deno.args;
const COMMAND = binary === undefined
  ? [Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-all", MAIN]
  : [await Deno.realPath(binary)];

/** No step may take longer. */
const STEP_MS = 60_000;

const canTryReadme = (await Promise.all(
  ["npx", GROUP].map((command) =>
    new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" }).output()
      .then(({ success }) => success, () => false)
  ),
)).every(Boolean);
const folder = await Deno.makeTempDir({ prefix: "smoke-" });
const children: Child[] = [];

/** Our program with some arguments, in the empty folder. */
function run(args: readonly string[], input?: string): Child {
  const child = new Child([...COMMAND, ...args], folder, input);
  children.push(child);
  return child;
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

/** The first command of the README: Node and the checkout, and nothing else. */
async function tryReadme(): Promise<void> {
  const [line] = /^npx .* task demo$/m.exec(await Deno.readTextFile(`${ROOT}README.md`)) ?? [];
  expect(line !== undefined, "README.md has no npx command for the demo");
  const args = ["--env-file", NO_FILE, "--host", "127.0.0.1", "--port", "0"];
  const demo = new Child([GROUP, ...line!.split(" "), ...args], ROOT);
  children.push(demo);
  const [, port] = await demo.writes(/listening on 127\.0\.0\.1:(\d+)/);
  const page = await fetch(`http://127.0.0.1:${port}/`);
  expect((await page.text()).includes("<title>"), "no page");
  demo.kill("SIGINT");
  // npx has an exit code of its own.
  await demo.writes(/stopped\s*$/);
  await demo.status;
}

async function walk(): Promise<void> {
  if (canTryReadme) await step("the README's first command shows the demo", tryReadme);

  await step("--version says one, and --help names the commands", async () => {
    const version = run(["--version"]);
    await version.ends(0);
    expect(/^smartapi-proxy \d+\.\d+\.\d+\s*$/.test(version.text), version.text);
    const help = run(["--help"]);
    await help.ends(0);
    for (const command of ["init", "check", "serve", "watch", "export"]) {
      expect(help.text.includes(command), command);
    }
  });

  await step("check --demo needs no account", () => run(["check", "--demo"]).ends(0));

  const simulator = run(["simulate", "--port", "0"]);
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
    const init = run(["init", ...urls], [...values, "y", ""].join("\n"));
    await init.ends(0);
    expect(/ok +login[^]*ok +price[^]*Next:/.test(init.text), init.text);
    const { mode } = await Deno.stat(`${folder}/.env`);
    expect(Deno.build.os === "windows" || (mode! & 0o777) === 0o600, `.env has mode ${mode?.toString(8)}`);
  });

  await step("doctor finds nothing wrong", () => run(["doctor", "--port", "0"]).ends(0));

  const serve = run(["serve", "--host", "127.0.0.1", "--port", "0", "--record", "on"]);
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
    const watch = run(["watch", "--url", url, "--csv", "NSE:SBIN-EQ"]);
    await watch.writes(/SBIN-EQ[^]*\n[^]*SBIN-EQ/);
    await watch.interrupt(0);
  });

  await step("what comes is recorded", async () => {
    for (;;) {
      const { recording } = await (await fetch(`${url}/healthz`)).json();
      if (recording.records > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });

  await step("Ctrl-C ends the proxy in order", async () => {
    await serve.interrupt(0);
    if (Deno.build.os !== "windows") expect(/stopped/.test(serve.text), serve.text);
  });

  const day = await step("recordings lists the day, and verify finds it whole", async () => {
    const listed = run(["recordings"]);
    await listed.ends(0);
    const found = /\d{4}-\d\d-\d\d/.exec(listed.text);
    expect(found !== null, listed.text);
    if (Deno.build.os !== "windows") await run(["verify"]).ends(0);
    return found![0];
  });

  for (const format of ["csv", "parquet"]) {
    await step(`export writes ${format}`, async () => {
      const output = `out-${format}`;
      await run([
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

  await step("serve --replay plays the day again, and says what it is", async () => {
    const replay = run(["serve", "--replay", day, "--host", "127.0.0.1", "--port", "0"]);
    const [, port] = await replay.writes(/listening on 127\.0\.0\.1:(\d+)/);
    const status = await (await fetch(`http://127.0.0.1:${port}/status`)).text();
    expect(status.includes('"source":"replay"'), status);
    await replay.interrupt(0);
  });

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
  for (const { command, text } of children) console.log(`\n--- ${command.join(" ")}\n${text}`);
} finally {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(children.map(({ status }) => status));
  await Deno.remove(folder, { recursive: true });
}
Deno.exit(code);
