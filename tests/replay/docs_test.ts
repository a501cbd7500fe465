/** docs/replay.md: its addresses and commands are understood, its program runs, its tables are complete. */
import { deepStrictEqual as deepEqual, equal, ok } from "node:assert/strict";
import { COMMANDS, REPLAY_COMMANDS } from "../../lib/clients/json/commands/commands.ts";
import { readArguments } from "../../lib/config/cli.ts";
import { readConfig } from "../../lib/config/config.ts";
import { pageOf, words } from "../documented.ts";
import { send } from "../export/recorded.ts";
import { startProxy } from "../../lib/proxy.ts";
import { FakeUpstream } from "../fake_upstream.ts";
import { FakeClock } from "../fakes.ts";
import { proxyOptions } from "../proxy/rig.ts";
import { ltpTick } from "../ticks.ts";
import { ReplayStage } from "./stage.ts";

const { blocks, table } = pageOf("replay.md");

Deno.test("the documented addresses and commands are understood, and each command has its row", async () => {
  await using stage = new ReplayStage();
  const rows = table(/^\| command /).map(([cell]) => JSON.parse(words(cell!)[0]!));
  const own = [...REPLAY_COMMANDS.keys()].filter((name) => !COMMANDS.has(name));
  deepEqual(rows.map(({ command }) => command), own);
  for (const row of rows) ok(!("issues" in REPLAY_COMMANDS.get(row.command)!.read(row)), JSON.stringify(row));
  const asked = JSON.parse(blocks("json")[0]!);
  ok(!("issues" in COMMANDS.get("subscribe")!.read(asked)));
  const names = table(/^\| in the address /).flatMap(([cell]) => words(cell!));
  const values: Record<string, string> = {
    date: "2026-11-20",
    from: "09:15",
    to: "15:30",
    interval: "0",
    encoding: "json",
    recorded: "live",
    paused: "true",
  };
  const query = new URLSearchParams(names.map((name) => [name, values[name] ?? "1"]));
  ok(typeof stage.open(query.toString()) !== "string");
});

Deno.test("the documented program prints the recorded day", async () => {
  await using stage = new ReplayStage();
  await stage.record((recorder, clock) => send(recorder, clock, [ltpTick("nse:3045", 812.35)]));
  const clock = new FakeClock();
  const proxy = startProxy({ ...proxyOptions(new FakeUpstream(), clock), recordings: stage.folder.path });
  const program = `${stage.folder.path}/program.js`;
  await Deno.writeTextFile(program, blocks("js")[0]!);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net", "--no-lock", "--no-config", program, `ws://127.0.0.1:${proxy.port}`],
  }).output();
  let ended = false;
  const output = child.finally(() => ended = true);
  while (!ended) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    clock.advance(5);
  }
  const { stdout, stderr } = await output;
  equal(new TextDecoder().decode(stdout), "NAME3045-EQ 812.35\n", new TextDecoder().decode(stderr));
  let stopped = false;
  const stopping = proxy.stop().finally(() => stopped = true);
  while (!stopped) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    clock.advance(50);
  }
  await stopping;
});

Deno.test("the documented command lines are understood", () => {
  const lines = blocks("sh").flatMap((block) => block.trimEnd().split("\n"));
  ok(lines.length > 0);
  for (const line of lines) {
    const [program, ...args] = line.split(" ");
    equal(program, "smartapi-proxy");
    const invocation = readArguments(args);
    ok(invocation.kind === "run", line);
    readConfig(invocation.flags, invocation.command);
  }
});
