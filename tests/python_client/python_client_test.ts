import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import { findPython, pageOf, run, words } from "../documented.ts";
import { FakeClock } from "../fakes.ts";
import { Rig } from "../proxy/rig.ts";
import { runs, Stage } from "../proxy/stage.ts";

const ROOT = new URL("../../", import.meta.url);
const FOLDER = new URL("clients/python/", ROOT).pathname;
const CLIENT = `${FOLDER}smartapi_proxy.py`;
const HERE = new URL("./", import.meta.url).pathname;
const EXAMPLES = new URL("docs/examples/", ROOT).pathname;

const ENVIRONMENT = { NO_COLOR: "1", PYTHONPATH: FOLDER, PYTHONDONTWRITEBYTECODE: "1" };

/** Whatever Python would rather not see is an error. */
const STRICT = ["-X", "dev", "-W", "error"];

const python = await findPython("websockets, sys; assert sys.version_info >= (3, 11)");
if (python === undefined) {
  console.warn("SKIPPED, the Python client is not tried: no python3 from 3.11 on has the module websockets");
}
const pandas = python === undefined ? undefined : await findPython("websockets, pandas");
if (pandas === undefined) console.warn("SKIPPED, no data frame is made: no python3 has the module pandas");

const mypy = await ran("mypy", ["--version"]).then(() => "mypy", () => undefined);
if (mypy === undefined) console.warn("SKIPPED, the types of the Python client are not checked: no mypy");

async function ran(command: string, args: readonly string[]): Promise<{ success: boolean; text: string }> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd: HERE,
    env: { ...ENVIRONMENT, MYPYPATH: `${FOLDER}:${HERE}` },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { success, text: text(stdout) + text(stderr) };
}

function pythonFiles(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => folder + name).filter((path) =>
    path.endsWith(".py")
  );
}

Deno.test({
  name: "the Python client passes its own tests, against a proxy in the hand",
  ignore: python === undefined,
  async fn() {
    const { success, text } = await ran(python!, [...STRICT, "-m", "unittest", "discover", "--start", HERE]);
    ok(success, text);
    const [, count] = /^Ran (\d+) tests/m.exec(text)!;
    ok(Number(count) >= 20, text);
  },
});

Deno.test({
  name: "the Python client, its tests and its examples have the types they say, strictly and for Python 3.9",
  ignore: mypy === undefined || python === undefined,
  async fn() {
    const options = ["--strict", "--python-executable", python!, "--cache-dir", "/dev/null"];
    const examples = ["stream.py", "frame.py", "chain.py"].map((name) => EXAMPLES + name);
    const files = [CLIENT, ...pythonFiles(HERE), ...examples];
    const runs = [[...options, ...files], [...options, "--python-version", "3.9", CLIENT]];
    for (const { success, text } of await Promise.all(runs.map((args) => ran(mypy!, args)))) {
      ok(success, text);
    }
  },
});

Deno.test({
  name: "the Python client works with the real program, and has all again when that was away",
  ignore: python === undefined,
  async fn() {
    await using stage = await Stage.set();
    const script = `${HERE}exercise.py`;
    await runs(stage, python!, [...STRICT, script, `ws://${stage.host}`], {
      status: "partial",
      rows: ["accepted", "accepted", "refused"],
      before: ["RELIANCE-EQ", "SBIN-EQ"],
      refusal: "unknown_instrument",
      found: "Nifty Bank",
      own: [2, 2],
      gap: ["nse:3045", "nse:2885"],
      after: ["RELIANCE-EQ", "SBIN-EQ"],
      wanted: [["nse:3045", "snapquote"], ["nse:2885", "snapquote"]],
      contract: { encoding: "gzip", interval: 500, fields: ["last_traded_price"] },
      left: 1,
      took: true,
      rest: 0,
    }, ENVIRONMENT);
  },
});

Deno.test({
  name:
    "a token lets the Python client in, however it is brought, and a wrong one ends it without being shown",
  ignore: python === undefined,
  async fn() {
    const token = "phone-secret-0123456789";
    const clock = new FakeClock();
    const entries = readTokens(JSON.stringify([{ name: "phone", sha256: digestOf(token) }]));
    await using rig = await Rig.start({ clock, proxy: { access: new AccessList(clock, entries) } });
    const address = `ws://127.0.0.1:${rig.proxy.port}`;
    const args = [...STRICT, `${HERE}guarded.py`, address, token];
    const out = await run(rig, python!, args, undefined, ENVIRONMENT);
    const lines = out.trimEnd().split("\n");
    for (const line of lines.splice(0, 3)) match(line, /^(text|function|address): conflated by proxy$/);
    match(lines[0]!, /^wrong text: token_refused ws:\/\/127\.0\.0\.1:\d+\/ refused the access token: \w/);
    match(lines[1]!, /^wrong address: token_refused ws:\/\/127\.0\.0\.1:\d+\/ refused .*: HTTP 401$/);
    match(lines[2]!, /^none: token_required ws:\/\/127\.0\.0\.1:\d+\/ asks for an access token/);
    ok(!out.includes("secret"), out);
  },
});

Deno.test("the proxy serves the Python client, to pages of other origins too, with or without a token", async () => {
  const clock = new FakeClock();
  await using rig = await Rig.start({ clock, proxy: { access: new AccessList(clock, readTokens("[]")) } });
  const response = await fetch(`http://127.0.0.1:${rig.proxy.port}/client.py`);
  equal(response.headers.get("content-type"), "text/x-python; charset=utf-8");
  equal(response.headers.get("access-control-allow-origin"), "*");
  equal(await response.text(), await Deno.readTextFile(CLIENT));
});

const { blocks, table } = pageOf("python.md");

Deno.test("docs/python.md shows the examples", () => {
  const shown = ["stream.py", "frame.py"].map((name) => Deno.readTextFileSync(EXAMPLES + name));
  equal(blocks("python").slice(0, 2).join("\n"), shown.join("\n"));
});

Deno.test("docs/python.md has all events and commands of the client, and no others", () => {
  const source = Deno.readTextFileSync(CLIENT);
  const [, events] = /^_EVENTS = \(([^)]+)\)/m.exec(source)!;
  deepEqual(
    new Set(table(/^\| event /).map(([cell]) => words(cell!)[0])),
    new Set([...events!.matchAll(/"(\w+)"/g)].map(([, name]) => name)),
  );
  const client = source.slice(source.indexOf("\nclass Client:"), source.indexOf("\ndef _http_status"));
  const names = [...client.matchAll(/^ {4}(?:async )?def ([a-z]\w*)\(/gm)].map(([, name]) => name);
  const documented = table(/^\| of a client /).flatMap(([cell]) => words(cell!))
    .map((word) => /^(?:await )?(\w+)/.exec(word)![1]);
  deepEqual(new Set(documented), new Set(names));
});

Deno.test({
  name: "the examples of docs/python.md run",
  ignore: python === undefined,
  async fn() {
    await using rig = await Rig.start();
    const address = `ws://127.0.0.1:${rig.proxy.port}`;
    const out = await run(rig, python!, [...STRICT, `${EXAMPLES}stream.py`, address], undefined, ENVIRONMENT);
    match(out, /^nse:99926000 accepted *\nnse:3045 accepted *\n((Nifty 50|SBIN-EQ) [\d.]+ .*\n){10}$/);
    if (pandas === undefined) return;
    const table = await run(rig, pandas, [`${EXAMPLES}frame.py`, address], undefined, ENVIRONMENT);
    match(table, /open +high +low +close/);
    match(table, /^SBIN-EQ( +[\d.]+){4}$/m);
  },
});
