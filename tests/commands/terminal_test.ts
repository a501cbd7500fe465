/** Ctrl-C as a person presses it: in a real terminal, where everything that was started gets the signal. */
import assert from "node:assert/strict";
import { systemClock } from "../../lib/util/clock.ts";
import { Program } from "../sdk/program.ts";
import { canTestTerminals, CTRL_C, inTerminal } from "./terminal.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** A task of `deno.json` in a terminal: what stands before the program gets each Ctrl-C too, and passes it on. */
function taskInTerminal(task: string, args: readonly string[]): Program {
  return inTerminal(["task", "--quiet", task, "--env-file", "/dev/null", ...args]);
}

Deno.test({
  name: "Ctrl-C in `deno task demo` ends it in order: notice, 1001, exit code 0",
  ignore: !canTestTerminals,
  async fn() {
    await using program = taskInTerminal("demo", ["--host", "127.0.0.1", "--port", "0"]);
    const [, port] = await program.stdout.match(/listening on 127\.0\.0\.1:(\d+)/);
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    const statuses: string[] = [];
    socket.onmessage = ({ data }) => statuses.push(JSON.parse(data).status);
    const closed = new Promise<number>((resolve) => socket.onclose = ({ code }) => resolve(code));
    await program.stdout.match(/client 1 connected/);
    await program.write(CTRL_C);
    assert.equal(await closed, 1001);
    assert.ok(statuses.includes("shutdown"), String(statuses));
    assert.equal(await program.ended, 0, program.output());
    assert.match(program.output(), /SIGINT: stopping[^]*stopped/);
  },
});

Deno.test({
  name: "Ctrl-C in `deno task simulate` ends it in order",
  ignore: !canTestTerminals,
  async fn() {
    await using program = taskInTerminal("simulate", ["--port", "0"]);
    await program.stdout.match(/Faults on demand/);
    await program.write(CTRL_C);
    assert.equal(await program.ended, 0, program.output());
  },
});

Deno.test({
  name: "SIGTERM to the whole process group, as systemd and containers send it, ends it in order",
  ignore: !canTestTerminals,
  async fn() {
    const command = [
      "task",
      "--quiet",
      "demo",
      "--env-file",
      "/dev/null",
      "--host",
      "127.0.0.1",
      "--port",
      "0",
    ];
    await using program = new Program([Deno.execPath(), ...command], { cwd: ROOT, executable: "setsid" });
    await program.stderr.match(/listening on/);
    Deno.kill(-program.pid, "SIGTERM");
    assert.equal(await program.ended, 0, program.output());
    assert.match(program.output(), /SIGTERM: stopping[^]*stopped/);
  },
});

Deno.test({
  name: "a terminal that is closed ends the program in order",
  ignore: !canTestTerminals,
  async fn() {
    await using program = taskInTerminal("demo", ["--host", "127.0.0.1", "--port", "0"]);
    const [, port] = await program.stdout.match(/listening on 127\.0\.0\.1:(\d+)/);
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    const closed = new Promise<number>((resolve) => socket.onclose = ({ code }) => resolve(code));
    await program.stdout.match(/client 1 connected/);
    const begun = systemClock.elapsed();
    program.signal("SIGKILL");
    assert.equal(await closed, 1001, `after ${systemClock.elapsed() - begun} ms`);
  },
});
