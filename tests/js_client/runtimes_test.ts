import { ok, strictEqual as equal } from "node:assert/strict";
import { packClient } from "../../scripts/pack_client.ts";
import { passes, runs, Stage } from "../proxy/stage.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { findChromium, findRuntime } from "./runtimes.ts";

const HERE = new URL("./", import.meta.url);
const STATIC = new URL("../../static/", import.meta.url);

/** What the exercise answers wherever the client works. */
const DONE = {
  status: "partial",
  rows: ["accepted", "accepted", "refused"],
  before: ["RELIANCE-EQ", "SBIN-EQ"],
  unpacked: true,
  refusal: "unknown_instrument",
  found: "Nifty Bank",
  gap: ["nse:3045", "nse:2885"],
  after: ["RELIANCE-EQ", "SBIN-EQ"],
  wanted: [["nse:3045", "snapquote"], ["nse:2885", "snapquote"]],
  ended: true,
};

/** A package of modules in which the packed client is installed. */
async function installed(): Promise<TemporaryFolder> {
  const folder = new TemporaryFolder();
  const packed = await packClient(folder.path);
  const home = `${folder.path}/node_modules/smartapi-proxy-client`;
  Deno.mkdirSync(home, { recursive: true });
  // What npm does with it; asking npm would ask its registry.
  const { success } = await new Deno.Command("tar", {
    args: ["xzf", packed, "-C", home, "--strip-components=1"],
  })
    .output();
  ok(success, packed);
  Deno.writeTextFileSync(`${folder.path}/package.json`, JSON.stringify({ type: "module" }));
  for (const name of ["exercise.js", "exercise_script.js"]) {
    Deno.copyFileSync(new URL(name, HERE), `${folder.path}/${name}`);
  }
  return folder;
}

/** The files that docs/protocol.md says are to be copied, in a folder of their own. */
function copied(): TemporaryFolder {
  const folder = new TemporaryFolder();
  Deno.mkdirSync(`${folder.path}/client`);
  const parts = Array.from(Deno.readDirSync(new URL("client/", STATIC)), ({ name }) => `client/${name}`);
  for (const name of ["client.js", "client.d.ts", ...parts]) {
    Deno.copyFileSync(new URL(name, STATIC), `${folder.path}/${name}`);
  }
  for (const name of ["exercise.js", "exercise_script.js"]) {
    Deno.copyFileSync(new URL(name, HERE), `${folder.path}/${name}`);
  }
  return folder;
}

const canPack = await new Deno.Command("npm", { args: ["--version"], stdout: "null", stderr: "null" })
  .output()
  .then(({ success }) => success, () => false);
const [node, bun, chromium] = await Promise.all([findRuntime("node"), findRuntime("bun"), findChromium()]);

/** The runtimes, and how each is called for the exercise at a proxy. */
const RUNTIMES: readonly {
  readonly name: string;
  readonly ignore: boolean;
  /** @param folders Where the client was copied to, and where it is installed. */
  readonly call: (host: string, folders: { copy: string; packed: string }) => readonly string[];
}[] = [
  {
    name: "Deno, imported from the proxy",
    ignore: false,
    call: (host) => [
      Deno.execPath(),
      "run",
      "--no-config",
      "--no-lock",
      `--reload=http://${host}`,
      `--allow-import=${host}`,
      `--allow-net=${host}`,
      new URL("exercise_script.js", HERE).pathname,
      `http://${host}/client.js`,
    ],
  },
  {
    name: "Node, copied anywhere",
    ignore: node === undefined,
    call: (_, { copy }) => [node!, `${copy}/exercise_script.js`, `${copy}/client.js`],
  },
  ...([["Node", node], ["Bun", bun]] as const).map(([name, path]) => ({
    name: `${name}, installed from the packed file`,
    ignore: path === undefined || !canPack,
    call: (_: string, { packed }: { packed: string }) => [
      path!,
      `${packed}/exercise_script.js`,
      "smartapi-proxy-client",
    ],
  })),
];

// On one stage, each after the other: to start the program for each would take longer than all their exercises.
Deno.test("the client works in each runtime", async (t) => {
  await using stage = await Stage.set();
  using copy = copied();
  using packed = canPack ? await installed() : undefined;
  const folders = { copy: copy.path, packed: packed?.path ?? "" };
  for (const { name, ignore, call } of RUNTIMES) {
    await t.step({
      name,
      ignore,
      async fn() {
        const [command, ...args] = call(stage.host, folders);
        await runs(stage, command!, [...args, `ws://${stage.host}`], DONE);
      },
    });
  }
});

Deno.test({
  name: "the client works in a browser, on a page of another origin",
  ignore: chromium === undefined,
  async fn() {
    await using stage = await Stage.set();
    await using site = new Site(stage.host);
    const profile = await Deno.makeTempDir();
    const browser = new Deno.Command(chromium!, {
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        `--user-data-dir=${profile}`,
        `http://${site.host}/`,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await passes(stage, site.said(), DONE);
    } finally {
      browser.kill();
      await browser.status;
      await remove(profile);
    }
  },
});

/** Chromium's other processes go on writing for a moment after the first has ended. */
async function remove(folder: string): Promise<void> {
  for (let tries = 100;; tries--) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch (error) {
      if (tries === 0) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** A page that is not the proxy's: its program comes from there, and says to its own server how far it is. */
class Site implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #lines = new TransformStream<string, string>();
  readonly #writer = this.#lines.writable.getWriter();

  constructor(proxy: string) {
    const page = `<!DOCTYPE html><title>exercise</title><script type="module">
      const say = (text) => fetch("/said", { method: "POST", body: text });
      try {
        const { exercise } = await import("/exercise.js");
        const client = await import("http://${proxy}/client.js");
        await say(JSON.stringify(await exercise(client, "ws://${proxy}", say)));
      } catch (error) {
        await say(JSON.stringify({ error: String(error) }));
      }
    </script>`;
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/said") {
        this.#writer.write(await request.text());
        return new Response();
      }
      if (pathname === "/") return new Response(page, { headers: { "content-type": "text/html" } });
      if (pathname !== "/exercise.js") return new Response("", { status: 404 });
      return new Response(await Deno.readTextFile(new URL("exercise.js", HERE)), {
        headers: { "content-type": "text/javascript" },
      });
    });
  }

  get host(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  said(): ReadableStream<string> {
    return this.#lines.readable;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** Imports of npm's `ws`, each with the type of its WebSocket. */
const WS = `// @ts-types="npm:@types/ws@8.18.2"
import Default, { WebSocket as Named } from "npm:ws@8.23.0";
`;

/** Programs that import the client from the proxy, and what is wrong with each. */
const PROGRAMS: Readonly<Record<string, { readonly body: string; readonly wrong: readonly RegExp[] }>> = {
  "right.ts": {
    body: `
await using client = connect("ws://localhost:8765", { encoding: "json", timeout: 1_000 });
const off: () => void = client.on("gap", ({ kind, from, to }) => console.log(kind, to - from));
client.on("conflated", ({ count, by }) => console.log(count + 1, by === "reader"));
try {
  const { results, budget } = await client.subscribe({ symbols: ["SBIN"], mode: "quote" });
  for (const { instrument, status } of results) console.log(instrument, status, budget?.left);
} catch (error) {
  if (error instanceof CommandError) console.log(error.code, error.message);
}
const show = ({ symbol, last_traded_price, bids }: Tick) => symbol + last_traded_price?.toFixed(2) + bids?.[0].price;
for await (const tick of client.ticks({ limit: 10 })) console.log(show(tick), tick.snapshot);
off();
`,
    wrong: [],
  },
  "wrong.ts": {
    body: `
const client = connect("ws://localhost:8765");
await client.subscribe({ symbols: ["SBIN"], mode: "full" });
client.on("tick", (tick) => tick.price);
`,
    wrong: [/'"full"' is not assignable/, /Property 'price' does not exist on type 'Tick'/],
  },
  "right_options.ts": {
    body: `${WS}
connect("ws://localhost:8765", { WebSocket: Default });
connect("ws://localhost:8765", { WebSocket: Named });
connect("ws://localhost:8765", { WebSocket: globalThis.WebSocket });
connect("ws://localhost:8765", { WebSocket: class extends Named {} });
connect("ws://localhost:8765", { WebSocket: class extends WebSocket {} });
connect("ws://localhost:8765", { token: async () => "x" });
`,
    wrong: [],
  },
  "wrong_options.ts": {
    body: `
connect("ws://localhost:8765", { WebSocket: class {} });
connect("ws://localhost:8765", { token: 7 });
`,
    wrong: [/missing the following properties from type 'Socket'/, /Type 'number' is not assignable/],
  },
};

Deno.test("programs that import the client from the proxy have its types, with npm's `ws` too", async () => {
  await using stage = await Stage.set();
  using folder = new TemporaryFolder();
  for (const [name, { body }] of Object.entries(PROGRAMS)) {
    const client = `import { CommandError, connect, type Tick } from "http://${stage.host}/client.js";\n`;
    Deno.writeTextFileSync(`${folder.path}/${name}`, client + body);
  }
  const { stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "check",
      "--no-config",
      "--no-lock",
      `--reload=http://${stage.host}`,
      `--allow-import=${stage.host}`,
      ...Object.keys(PROGRAMS),
    ],
    cwd: folder.path,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  // One check of all of them, since each costs seconds: every error names its file.
  const said = new TextDecoder().decode(stderr);
  const errors = said.split(/^TS\d+ \[ERROR\]: /m).slice(1);
  for (const [name, { wrong }] of Object.entries(PROGRAMS)) {
    const own = errors.filter((error) => error.includes(`/${name}:`));
    equal(own.length, wrong.length, `${name}: ${said}`);
    for (const pattern of wrong) {
      ok(own.some((error) => pattern.test(error)), `${name}: ${pattern} in ${said}`);
    }
  }
  equal(errors.length, 4, said);
});
