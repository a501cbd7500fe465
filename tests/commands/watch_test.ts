/** `smartapi-proxy watch` as a person and a script run it: the real program, against a real proxy. */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal, throws } from "node:assert/strict";
import denoJson from "../../deno.json" with { type: "json" };
import { streamOf } from "../../lib/commands/watch.ts";
import { readConfig } from "../../lib/config/config.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import { systemClock } from "../../lib/util/clock.ts";
import { RealClock } from "../real_clock.ts";
import { startProxyOn } from "../proxy/rig.ts";
import { pageOf, words } from "../documented.ts";
import { EXIT } from "../../lib/watch/watch.ts";
import { SETTINGS } from "../../lib/config/settings.ts";
import { Program, TemporaryFolder } from "../sdk/program.ts";
import { canTestTerminals, CTRL_C, inTerminal } from "./terminal.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

const TOKEN = "watcher-secret-0123456789";

/** The program with the permissions that its task gives it. */
function argumentsOf(port: number, args: readonly string[]): string[] {
  const [, run, ...words] = denoJson.tasks.watch.command.split(" ");
  return [
    run!,
    "--quiet",
    ...words,
    "--env-file",
    "/dev/null",
    "--url",
    `ws://127.0.0.1:${port}/ws`,
    ...args,
  ];
}

function watching(port: number, args: readonly string[], env: Record<string, string> = {}): Program {
  return new Program(argumentsOf(port, args), { cwd: ROOT, env });
}

/** A proxy on its own simulator, in this process and in real time. */
async function serving(access?: AccessList) {
  const clock = new RealClock();
  const simulator = await startSimulator({ clock, random: Math.random, rate: 20 });
  const { proxy } = startProxyOn(simulator, clock, Math.random, access === undefined ? {} : { access });
  return {
    port: proxy.port,
    async [Symbol.asyncDispose]() {
      await proxy.stop();
      await simulator.stop();
      clock.stop();
    },
  };
}

Deno.test("on a pipe come lines of JSON, or CSV, and nothing else; a signal ends it with 0", async () => {
  await using proxy = await serving();
  await using json = watching(proxy.port, ["NSE:SBIN-EQ", "nobody"]);
  await using csv = watching(proxy.port, ["mcx", "--csv", "--mode", "ltp"]);
  await json.stdout.match(/"type":"tick".*"symbol":"SBIN-EQ"/);
  await csv.stdout.match(/^simulated,(live|quiet),.*,mcx,/);
  for (const program of [json, csv]) {
    program.signal("SIGINT");
    equal(await program.ended, 0, program.output());
    match(program.stderr.text(), /^SIMULATED/);
  }
  for (const line of json.stdout.all) ok(typeof JSON.parse(line).type === "string", line);
  match(json.stderr.text(), /nobody: no instrument has this name today/);
  const columns = new Set(csv.stdout.all.map((line) => line.split(",").length));
  equal(columns.size, 1);
});

Deno.test("it ends with a code that says why", async () => {
  const entries = readTokens(JSON.stringify([{ name: "script", sha256: digestOf(TOKEN) }]));
  await using proxy = await serving(new AccessList(systemClock, entries));
  const cases = [
    [[], {}, 4, /access token/i],
    [["--token", "another-token-0123456789"], {}, 4, /access token/i],
    [["--mode", "full"], {}, 2, /ltp, quote, snapquote/],
    [["--none"], {}, 2, /--none/],
    [["--token", TOKEN], {}, 3, /no instrument/],
    [[], { ACCESS_TOKEN: TOKEN }, 3, /no instrument/],
  ] as const;
  await Promise.all(cases.map(async ([args, env, code, why]) => {
    await using program = watching(proxy.port, ["nobody", ...args], env);
    equal(await program.ended, code, program.output());
    match(program.stderr.text(), why);
    equal(program.stdout.text(), "");
    ok(!program.output().includes("0123456789"), program.output());
  }));
});

Deno.test("the commands of the page run", async () => {
  await using proxy = await serving();
  const { blocks } = pageOf("watch.md");
  const commands = blocks("sh").flatMap((block) => block.trim().split("\n"));
  ok(commands.length >= 4);
  using folder = new TemporaryFolder();
  await Promise.all(commands.map(async (command) => {
    const piped = command.includes("|");
    const program = argumentsOf(proxy.port, []).map((word) => `'${word}'`).join(" ");
    const main = `${Deno.execPath()} ${program.replace("'main.ts'", `'${ROOT}main.ts'`)}`;
    // Without its pipe, a command goes on until it is told to end; `exec` lets it hear that.
    const here = command.replace("smartapi-proxy watch", `${piped ? "" : "exec "}${main}`);
    await using shell = new Program(["-c", here], { cwd: folder.path, executable: "sh" });
    if (!piped) {
      await shell.stdout.match(/"type":"tick"/);
      shell.signal("SIGTERM");
    }
    equal(await shell.ended, 0, shell.output());
    const csv = command.includes("> ticks.csv");
    const out = csv ? Deno.readTextFileSync(`${folder.path}/ticks.csv`) : shell.stdout.text();
    match(out, csv ? /^source,freshness,.*\r\nsimulated,/ : /"type":"tick"/);
  }));
});

Deno.test("the page has every flag, every exit code and every type of line", () => {
  const { table, text } = pageOf("watch.md");
  const flags = SETTINGS.filter(({ commands }) => commands.includes("watch"));
  deepEqual(
    table(/^\| flag /).map(([flag, variable]) => [words(flag!)[0]!.split(" ")[0], words(variable!)[0]]),
    flags.map(({ flag, env }) => [`--${flag}`, env]),
  );
  const codes = table(/^\| code /).map(([code]) => Number(code));
  deepEqual(codes, [...new Set([...Object.values(EXIT), 1])].sort());
  for (const type of ["info", "tick", "conflated", "system", "gap", "close", "lost"]) {
    ok(table(/^\| `type` /).some(([cell]) => words(cell!).includes(type)), type);
  }
  ok(text.includes("10 s") && text.includes("30 s"));
});

Deno.test({
  name: "on a terminal stands a table, and the cursor is shown again when it ends",
  ignore: !canTestTerminals,
  async fn() {
    await using proxy = await serving();
    await using program = inTerminal(argumentsOf(proxy.port, ["SBIN", "--mode", "snapquote"]));
    await program.stdout.match(/SBIN-EQ +live +[\d.]+ /);
    await program.write(CTRL_C);
    equal(await program.ended, 0, program.output());
    match(program.stdout.text(), /SIMULATED: every price is made up/);
    ok(program.stdout.text().includes("\x1b[?25h"), "the cursor");
  },
});

Deno.test("where the prices come from is read of any address of a proxy", () => {
  const of = (values: Record<string, string>, ...names: string[]) => {
    const { url, token } = streamOf(readConfig(values, "watch"), names);
    return [url.href, token?.reveal()];
  };
  deepEqual(of({}, "sbin"), ["http://localhost:8765/events?symbols=sbin&mode=quote", undefined]);
  deepEqual(of({ PORT: "9000", ACCESS_TOKEN: TOKEN }, "NIFTY 50,M&M-EQ", "sbin"), [
    "http://localhost:9000/events?symbols=NIFTY+50%2CM%26M-EQ%2Csbin&mode=quote",
    TOKEN,
  ]);
  const addresses = {
    "ws://host:1/ws": "http://host:1/events",
    "wss://host/": "https://host/events",
    "https://host/proxy/": "https://host/proxy/events",
    [`ws://host/?token=${TOKEN}&encoding=json`]: "http://host/events",
  };
  for (const [address, events] of Object.entries(addresses)) {
    const [url, token] = of({ WATCH_URL: address }, "NSE");
    equal(url, `${events}?exchange=nse&mode=quote`);
    equal(token, address.includes("token") ? TOKEN : undefined);
  }
  throws(() => of({}, "nse", "SBIN"), /watch list/);
  throws(() => of({ WATCH_URL: "ws://host/?token=%0Anone" }, "nse"), /no access token/);
  throws(() => of({ WATCH_URL: "ftp://host" }, "nse"), /ws:\/\/ or wss:\/\//);
});
