/** What docs/scale.md and its examples say is what the program does. */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { readArguments } from "../../lib/config/cli.ts";
import { rowsOf } from "../../lib/config/setting.ts";
import { NATS_SETTINGS } from "../../lib/config/settings/nats.ts";
import { SETTINGS } from "../../lib/config/settings.ts";
import { startProgram } from "../proxy/process.ts";
import { NatsServer, natsTest } from "./nats_server.ts";

const DOCS = new URL("../../docs/", import.meta.url);
const PAGE = Deno.readTextFileSync(new URL("scale.md", DOCS));
const COMPOSE = Deno.readTextFileSync(new URL("examples/edges/compose.yaml", DOCS));

/** The arguments of each command line. */
function commandLines(text: string): string[][] {
  return [...text.matchAll(/^(?:smartapi-proxy|\s+command:) ((?:serve|edge) .+)$/gm)].map(([, words]) =>
    words!.split(" ")
  );
}

Deno.test("docs/scale.md names every setting of hub and edges, and no other", () => {
  const names = (pattern: RegExp) => new Set(PAGE.match(pattern));
  deepEqual(names(/\bNATS_[A-Z_]+/g), new Set(rowsOf(NATS_SETTINGS).map(({ env }) => env)));
  for (const { flag } of rowsOf(NATS_SETTINGS)) {
    ok(flag === undefined || PAGE.includes(`--${flag}\``), `--${flag}`);
  }
});

Deno.test("an edge takes every setting of serve but those of the account, the simulator, a recorded day and the hub", () => {
  const missing = SETTINGS.filter(({ commands }) => commands.includes("serve") && !commands.includes("edge"));
  const others = missing.map(({ env }) => env).filter((env) =>
    !/^(SMARTAPI_|SIMULATOR_|DEMO$|REPLAY)/.test(env)
  );
  deepEqual(others, ["NATS_EDGE_INSTRUMENTS"]);
});

Deno.test("the command lines of the page and of the compose file are understood, and its variables are settings", () => {
  equal(commandLines(PAGE).length, 3);
  equal(commandLines(COMPOSE).length, 3);
  for (const words of [...commandLines(PAGE), ...commandLines(COMPOSE)]) {
    equal(readArguments(words).kind, "run", words.join(" "));
  }
  const ours = COMPOSE.match(/\bNATS_[A-Z_]+(?=:)/g)!;
  for (const name of ours) ok(SETTINGS.some(({ env }) => env === name), name);
  // Users, names of edges and passwords are those of the server's file.
  const server = Deno.readTextFileSync(new URL("examples/edges/nats.conf", DOCS));
  for (const [, user] of COMPOSE.matchAll(/NATS_USER: (\w+)/g)) {
    ok(server.includes(`user: ${user}\n`), `user ${user}`);
  }
  for (const [, name] of COMPOSE.matchAll(/--edge-name (\w+)/g)) {
    ok(server.includes(`.ask.${name}.*`), `edge ${name}`);
  }
  deepEqual(new Set(server.match(/\w+_PASSWORD/g)), new Set(COMPOSE.match(/\b(HUB|EDGE\d)_PASSWORD/g)));
});

Deno.test("docs/scale.md names every series of hub and edges, and no other", () => {
  const source = Deno.readTextFileSync(new URL("../../lib/metrics/edge_metrics.ts", import.meta.url));
  const given = [...source.matchAll(/(?:gauge|counter)\(\s*"(\w+)"/g)].map(([, name]) => name);
  const table = PAGE.slice(PAGE.indexOf("\n## Metrics"), PAGE.indexOf("\n## In containers"));
  const named = [...table.matchAll(/^\| (`.+?) +\|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`(\w+)/g)].map(([, name]) => name)
  );
  deepEqual(named.sort(), given.sort());
});

Deno.test("the containers of the compose file are those of the image, and nothing in them can be written but their volumes", () => {
  const image = Deno.readTextFileSync(new URL("../../deploy/Dockerfile", import.meta.url));
  const [, home] = /^VOLUME (\S+)$/m.exec(image)!;
  const [head, ...services] = COMPOSE.split(/\n(?= {2}\w+:\n)/);
  const ours = services.filter((text) => text.includes("<<: *proxy"));
  equal(ours.length, 3);
  for (const text of ours) {
    const [, name] = /^ {2}(\w+):/.exec(text)!;
    ok(text.includes(`volumes: [${name}:${home}`), `${name}`);
    ok(new RegExp(`^volumes: .*\\b${name}: {}`, "m").test(COMPOSE), `${name}`);
  }
  // The image runs the program by itself: what stands here are its words.
  match(image, /^ENTRYPOINT \["\/usr\/local\/bin\/smartapi-proxy"\]$/m);
  match(head!, /^x-proxy: &proxy\n {2}image: \$\{SMARTAPI_PROXY_IMAGE:\?/m);
  for (const line of ["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"]) {
    ok(head!.includes(line), line);
  }
});

Deno.test("the lines of nsc give the permissions of nats.conf", () => {
  const conf = Deno.readTextFileSync(new URL("examples/edges/nats.conf", DOCS));
  for (const name of ["hub", "edge1"]) {
    const line = new RegExp(`^nsc add user --name ${name} .*$`, "m").exec(PAGE)![0];
    const user = conf.slice(conf.indexOf(`user: ${name}\n`)).split("user: ")[1]!;
    for (const [flag, word] of [["allow-pub", "publish"], ["allow-sub", "subscribe"]]) {
      const [, given] = new RegExp(`--${flag} '([^']+)'`).exec(line)!;
      const [, allowed] = new RegExp(`${word}: \\{ allow: (\\[.+\\]) \\}`).exec(user)!;
      deepEqual(given!.split(","), JSON.parse(allowed!), `${name} ${flag}`);
    }
    const [, max, expires] = /allow_responses: \{ max: (\d+), expires: "(\w+)"/.exec(user) ?? [];
    equal(line.includes("--allow-pub-response"), max !== undefined, name);
    if (max !== undefined) ok(line.endsWith(`--allow-pub-response=${max} --response-ttl ${expires}`), line);
    ok(PAGE.includes(`nsc generate creds --name ${name} --output-file ${name}.creds`), name);
  }
});

const hasCompose = await isCommand("docker-compose", "--version");

Deno.test({
  name: hasCompose
    ? "docker-compose takes the file, and nothing it needs is left without a word"
    : "docker-compose takes the file (no docker-compose here)",
  ignore: !hasCompose,
  async fn() {
    const cwd = new URL("examples/edges/", DOCS).pathname;
    const needed = [...new Set([...COMPOSE.matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name!))];
    const config = (names: readonly string[]) =>
      new Deno.Command("docker-compose", {
        args: ["config"],
        cwd,
        env: Object.fromEntries(names.map((name) => [name, `a-${name.toLowerCase()}`])),
      }).output();
    const { success, stdout } = await config(needed);
    ok(success);
    const read = new TextDecoder().decode(stdout);
    equal(read.match(/image: a-smartapi_proxy_image/g)!.length, 3);
    for (const missing of needed) {
      const { success, stderr } = await config(needed.filter((name) => name !== missing));
      equal(success, false, missing);
      ok(new TextDecoder().decode(stderr).includes(missing), missing);
    }
  },
});

async function isCommand(command: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

natsTest("the lines to try it: a hub with a simulated market, and an edge that has its prices", async () => {
  await using server = await NatsServer.start();
  const [hubLine, edgeLine] = commandLines(PAGE).map((words) =>
    words.map((word) => word.startsWith("nats://") ? server.url : word)
  ) as [string[], string[]];
  const port = edgeLine.indexOf("--port");
  // The edge is started first, and waits.
  const starting = startProgram([...edgeLine.toSpliced(port, 2), "--host", "127.0.0.1", "--port", "0"]);
  await using hub = await startProgram([...hubLine, "--host", "127.0.0.1", "--port", "0"]);
  await using edge = await starting;
  const quotes = `http://127.0.0.1:${edge.port}/quotes?symbols=NSE:SBIN-EQ`;
  let answer = await (await fetch(quotes)).json();
  // The hub's next beat says that its feed is up; a tick may come before it.
  for (let tries = 0; answer.data[0].freshness === "stale" && tries < 50; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    answer = await (await fetch(quotes)).json();
  }
  const { source, data: [{ last_traded_price: price, freshness }] } = answer;
  deepEqual([source, freshness, price > 0], ["simulated", "live", true]);
  const health = async (at: number) => await (await fetch(`http://127.0.0.1:${at}/healthz`)).json();
  deepEqual((await health(hub.port)).edges, { edge1: 1 });
  equal((await health(edge.port)).hub.followed, true);
  ok(edge.log.includes("SIMULATED FEED"));
  hub.kill("SIGTERM");
  await edge.wrote("the hub shuts down");
  edge.kill("SIGTERM");
  deepEqual([(await hub.status).code, (await edge.status).code], [0, 0]);
});
