/**
 * The one executable, made as `deno task compile` makes it and run with nothing beside it.
 *
 * `deno compile` downloads the runtime it puts into the executable; where it cannot, these tests are skipped and say
 * so. `PROXY_BINARY` names an executable made in another way.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import denoJson from "../../deno.json" with { type: "json" };
import { Program, TemporaryFolder } from "../sdk/program.ts";

const ROOT = new URL("../..", import.meta.url);

const STATIC = new URL("static/", ROOT);

/** A download that takes longer is taken for one that does not come. */
const COMPILE_WITHIN_MS = 20_000;

const folder = new TemporaryFolder();
addEventListener("unload", () => folder[Symbol.dispose]());
const binary = Deno.env.get("PROXY_BINARY") ?? await compile(`${folder.path}/smartapi-proxy`);

/** Does what the task does, but for where the executable goes; undefined when the runtime could not be had. */
async function compile(output: string): Promise<string | undefined> {
  const [, ...words] = denoJson.tasks.compile.command.split(" ");
  words[words.indexOf("--output") + 1] = output;
  // The types are checked before the tests run, and cost ten seconds here.
  words.splice(1, 0, "--no-check");
  const command = new Deno.Command(Deno.execPath(), {
    args: words,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(COMPILE_WITHIN_MS),
  });
  const { success, signal, stderr } = await command.output();
  if (success) return Deno.build.os === "windows" ? `${output}.exe` : output;
  const said = new TextDecoder().decode(stderr);
  if (!said.includes("/denort-") && signal === null) throw new Error(`deno compile failed:\n${said}`);
  console.warn("binary_test: skipped, as the runtime of `deno compile` cannot be downloaded here");
  return undefined;
}

/** Paths of all files in a folder, from there. */
function* filesIn(folder: URL, path = ""): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(path, folder))) {
    if (isDirectory) yield* filesIn(folder, `${path}${name}/`);
    else yield path + name;
  }
}

const ignore = binary === undefined;

Deno.test({
  name: "the executable shows the demo and its page from an empty folder, and ends in order",
  ignore,
  async fn() {
    using empty = new TemporaryFolder();
    const args = ["--demo", "--host", "127.0.0.1", "--port", "0"];
    await using program = new Program(args, { cwd: empty.path, executable: binary });
    const [, port] = await program.stderr.match(/listening on 127\.0\.0\.1:(\d+)/);
    const read = async (path: string) => await (await fetch(`http://127.0.0.1:${port}/${path}`)).text();
    for (const path of filesIn(STATIC)) {
      assert.equal(await read(path), await Deno.readTextFile(new URL(path, STATIC)), path);
    }
    assert.equal(await read(""), await read("client.html"));
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
    await new Promise<void>((resolve) => {
      socket.onmessage = ({ data }) => {
        const { type } = JSON.parse(data);
        if (type === "info") socket.send('{"command":"subscribe","exchange":"nse"}');
        if (type === "market_data") resolve();
      };
    });
    program.signal("SIGTERM");
    assert.equal((await closed).code, 1001);
    assert.equal(await program.ended, 0, program.output());
    assert.deepEqual([...Deno.readDirSync(empty.path)], []);
  },
});

Deno.test({
  name: "the executable knows its version",
  ignore,
  async fn() {
    using empty = new TemporaryFolder();
    await using program = new Program(["--version"], { cwd: empty.path, executable: binary });
    assert.equal(await program.ended, 0, program.output());
    assert.equal(program.stdout.text(), `smartapi-proxy ${denoJson.version}`);
  },
});

Deno.test({
  name: "no package of the tests is in the executable",
  ignore,
  async fn() {
    const bytes = await Deno.readFile(binary!);
    // Words of the packages' own code; that they are found at all is shown by one of ours.
    const contains = (word: string) => indexOf(bytes, word) >= 0;
    assert.ok(contains("SIMULATED FEED"));
    assert.ok(!contains("Property failed after"), "fast-check");
    assert.ok(!contains("Invalid Exchange type passed"), "smartapi-javascript");
  },
});

function indexOf(bytes: Uint8Array, word: string): number {
  return Buffer.from(bytes.buffer).indexOf(word);
}
