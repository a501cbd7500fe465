import assert from "node:assert/strict";

const ROOT = new URL("../", import.meta.url);

/** Files of ours by what they import of ours; paths from the root. */
type Graph = ReadonlyMap<string, readonly string[]>;

/**
 * What a part may import beside itself. A part is a folder of `lib/`, or a file that lies in `lib/` itself.
 * Who is not named here joins others, and may import anything but the program.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  util: [],
  pricing: [],
  market: ["util"],
  smartapi: ["market", "util"],
  nats: ["market", "util"],
  upstream: ["nats", "smartapi", "market", "util"],
  hub: ["clients", "feed", "instruments", "market", "nats", "smartapi", "status", "util"],
  feed: ["market", "util"],
  candles: ["feed", "market", "recording", "smartapi", "util"],
  recording: ["market", "smartapi", "util"],
  instruments: ["market", "util"],
  chain: ["feed", "instruments", "market", "pricing", "util"],
  access: ["market", "util"],
  status: ["market", "recording", "upstream", "util"],
  clients: [
    "access",
    "candles",
    "chain",
    "config",
    "feed",
    "instruments",
    "market",
    "pricing",
    "smartapi",
    "status",
    "util",
  ],
  watch: ["clients", "feed", "market", "util"],
  export: ["clients", "market", "recording", "smartapi", "util"],
  metrics: ["clients", "feed", "recording", "server", "status", "upstream", "util"],
  server: ["config", "util", "access", "clients", "smartapi"],
  client_interfaces: [
    "access",
    "candles",
    "clients",
    "config",
    "feed",
    "instruments",
    "market",
    "recording",
    "smartapi",
    "status",
    "util",
  ],
  pipeline: [
    "access",
    "client_interfaces",
    "chain",
    "candles",
    "clients",
    "config",
    "feed",
    "hub",
    "instruments",
    "market",
    "recording",
    "smartapi",
    "status",
    "upstream",
    "util",
  ],
  replay: [
    "access",
    "clients",
    "feed",
    "instruments",
    "market",
    "pipeline",
    "recording",
    "simulator",
    "smartapi",
    "upstream",
    "util",
  ],
  simulator: ["market", "pricing", "util", "smartapi"],
  config: ["log", "market", "nats", "util", "smartapi"],
  init: ["config", "util"],
  doctor: ["config", "util"],
  log: ["market", "util"],
};

/** The part a file belongs to. */
function partOf(path: string): string {
  return path.replace(/^lib\//, "").replace(/\/.*$/, "").replace(/\.ts$/, "");
}

function* sources(folder: string, extension = ".ts"): Iterable<string> {
  for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) yield* sources(`${path}/`, extension);
    else if (path.endsWith(extension)) yield path;
  }
}

/** Everything a source imports or re-exports, types and dynamic imports included. */
function importsOf(source: string): string[] {
  const code = source.replace(/\/\*[^]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const statements = code.matchAll(/(?:^|[;}\n])\s*(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']/g);
  const bare = code.matchAll(/(?:^|[;}\n])\s*import\s*["']([^"']+)["']/g);
  const dynamic = code.matchAll(/\bimport\s*\(\s*["']([^"']+)["']/g);
  return [...statements, ...bare, ...dynamic].map(([, specifier]) => specifier!);
}

function readGraph(): Graph {
  const graph = new Map<string, string[]>();
  for (const path of ["main.ts", ...sources("lib/")]) {
    const imported = importsOf(Deno.readTextFileSync(new URL(path, ROOT)))
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => new URL(specifier, new URL(path, ROOT)).href.slice(ROOT.href.length))
      .filter((target) => target.endsWith(".ts"));
    graph.set(path, imported);
  }
  return graph;
}

function forbiddenEdges(graph: Graph): string[] {
  const found: string[] = [];
  for (const [path, imported] of graph) {
    if (path === "main.ts") continue;
    const part = partOf(path);
    for (const target of imported) {
      const other = partOf(target);
      if (target === "main.ts" || (part !== other && ALLOWED[part]?.includes(other) === false)) {
        found.push(`${path} -> ${target}`);
      }
    }
  }
  return found;
}

/** The first cycle that a walk along the imports meets. */
function cycleIn(graph: Graph): string | undefined {
  const done = new Set<string>();
  function walk(path: string, trail: readonly string[]): string | undefined {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path].join(" -> ");
    if (done.has(path)) return undefined;
    for (const target of graph.get(path) ?? []) {
      const cycle = walk(target, [...trail, path]);
      if (cycle !== undefined) return cycle;
    }
    done.add(path);
    return undefined;
  }
  for (const path of graph.keys()) {
    const cycle = walk(path, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

const GRAPH = readGraph();

Deno.test("the walk sees the imports there are", () => {
  assert.ok(GRAPH.get("main.ts")?.includes("lib/commands/serve.ts"));
  assert.ok(GRAPH.get("lib/pipeline.ts")?.includes("lib/upstream/upstream.ts"));
  assert.ok(GRAPH.get("lib/smartapi/packet.ts")?.includes("lib/market/market.ts"));
  const files = new Set(GRAPH.keys());
  for (const [path, imported] of GRAPH) {
    for (const target of imported) {
      assert.ok(files.has(target), `${path} imports ${target}, which is not there`);
    }
  }
  const edges = [...GRAPH.values()].reduce((sum, imported) => sum + imported.length, 0);
  assert.ok(edges > 100, `only ${edges} imports`);
});

Deno.test("importsOf() finds every form of an import, and none in a comment", () => {
  const source = `
import a from "./a.ts"; import { b } from './b.ts'
import {
  c,
  type C,
} from "./c.ts";
import type { D } from "./d.ts";
export { e } from "./e.ts";
export * from "./f.ts";
import "./g.ts";
const h = await import("./h.ts");
// import { x } from "./x.ts";
/** import { y } from "./y.ts"; */
`;
  assert.deepEqual(importsOf(source).sort(), [..."abcdefgh"].map((name) => `./${name}.ts`));
});

Deno.test("forbiddenEdges() and cycleIn() find what is put in", () => {
  const graph = new Map([
    ["lib/upstream/a.ts", ["lib/clients/b.ts", "lib/market/market.ts", "lib/upstream/c.ts"]],
    ["lib/upstream/c.ts", ["lib/upstream/a.ts"]],
    ["lib/market/market.ts", ["lib/log/log.ts"]],
    ["lib/feed/subscribers.ts", ["main.ts"]],
    ["main.ts", ["lib/upstream/a.ts"]],
  ]);
  assert.deepEqual(forbiddenEdges(graph), [
    "lib/upstream/a.ts -> lib/clients/b.ts",
    "lib/market/market.ts -> lib/log/log.ts",
    "lib/feed/subscribers.ts -> main.ts",
  ]);
  assert.equal(cycleIn(graph), "lib/upstream/a.ts -> lib/upstream/c.ts -> lib/upstream/a.ts");
  assert.equal(cycleIn(new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", []]])), undefined);
});

Deno.test("every part imports only what it may", () => {
  assert.deepEqual(forbiddenEdges(GRAPH), []);
});

Deno.test("every part but those that join others has its rule", () => {
  const parts = new Set([...GRAPH.keys()].filter((path) => path !== "main.ts").map(partOf));
  assert.deepEqual([...parts].filter((part) => !(part in ALLOWED)).sort(), ["commands", "proxy"]);
});

Deno.test("the proxy is joined by the commands alone, and they by main.ts", () => {
  const importersOf = (part: string) =>
    [...GRAPH].filter(([path, imported]) =>
      partOf(path) !== part && imported.some((each) => partOf(each) === part)
    )
      .map(([path]) => partOf(path));
  assert.deepEqual([...new Set(importersOf("proxy"))], ["commands"]);
  assert.deepEqual([...new Set(importersOf("commands"))], ["main"]);
});

Deno.test("upstream and clients never import each other", () => {
  for (const [path, imported] of GRAPH) {
    for (const target of imported) {
      const parts = [partOf(path), partOf(target)].sort().join();
      assert.notEqual(parts, "clients,upstream", `${path} -> ${target}`);
    }
  }
});

Deno.test("no files import each other in a circle", () => {
  assert.equal(cycleIn(GRAPH), undefined);
});

Deno.test("the program imports nothing that is meant for tests", () => {
  for (const path of GRAPH.keys()) {
    for (const specifier of importsOf(Deno.readTextFileSync(new URL(path, ROOT)))) {
      assert.doesNotMatch(specifier, /tests\/|fast-check|smartapi-javascript/, path);
    }
  }
});

Deno.test("the client of NATS is loaded by who connects, and not by the program's start", () => {
  for (const path of GRAPH.keys()) {
    const text = Deno.readTextFileSync(new URL(path, ROOT));
    assert.doesNotMatch(text, /^(?:import|export) (?!type )[^;(]*"@nats-io\//m, path);
  }
});

Deno.test("a command is loaded when it is asked for, and not by the program's start", () => {
  const main = Deno.readTextFileSync(new URL("main.ts", ROOT));
  const commands = [...sources("lib/commands/")].filter((path) => main.includes(`import("./${path}")`));
  assert.ok(commands.length >= 11, `${commands}`);
  for (const path of commands) {
    assert.doesNotMatch(main, new RegExp(`^import (?!type )[^;(]*"\\./${path.replaceAll(".", "\\.")}"`, "m"));
  }
});

/** A file is one idea; what grows past this is to be cut by purpose. */
const MAX_LINES = 250;

Deno.test("no file of the program or of the page has more lines than a reader takes in", () => {
  const files = ["main.ts", ...sources("lib/"), ...sources("static/", ".js")];
  const lengths = files.map((path) =>
    [path, Deno.readTextFileSync(new URL(path, ROOT)).split("\n").length - 1] as const
  );
  assert.ok(lengths.some(([path]) => path === "static/client/connect.js"));
  assert.deepEqual(lengths.filter(([, lines]) => lines > MAX_LINES), []);
});

/** What Deno 2.4 has of each module: the executable must run there too, and a missing name keeps it from loading. */
const IN_DENO_2_4 = new Set([
  "node:buffer Buffer",
  "node:crypto createCipheriv",
  "node:crypto createDecipheriv",
  "node:crypto createHash",
  "node:crypto createHmac",
  "node:crypto timingSafeEqual",
  "node:dns lookup",
  "node:fs statfs",
  "node:http createServer",
  "node:net connect as connectTcp",
  "node:net isIP",
  "node:os hostname",
  "node:os networkInterfaces",
  "node:stream Readable",
  "node:timers setImmediate",
  "node:tls connect as connectTls",
  "node:util parseArgs",
  "node:zlib crc32",
]);

Deno.test("the program imports by name only what older runtimes have; another name is to be tried there first", () => {
  for (const path of GRAPH.keys()) {
    const text = Deno.readTextFileSync(new URL(path, ROOT));
    for (const [, names, specifier] of text.matchAll(/^import \{([^}]*)\} from "(node:[^"]+)"/gm)) {
      for (const name of names!.split(",").map((each) => each.trim())) {
        if (name === "" || name.startsWith("type ")) continue;
        assert.ok(IN_DENO_2_4.has(`${specifier} ${name}`), `${path}: ${name} of ${specifier}`);
      }
    }
  }
});
