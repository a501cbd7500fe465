/** `doctor` as a process, against a simulated broker. */
import { doesNotMatch, match, strictEqual as equal } from "node:assert/strict";
import denoJson from "../../deno.json" with { type: "json" };
import { SIMULATED_CREDENTIALS, startSimulator } from "../../lib/simulator/simulator.ts";
import { systemClock } from "../../lib/util/clock.ts";
import { simulatorEnv } from "../proxy/process.ts";
import { seededRandom } from "../fakes.ts";
import { Program, TemporaryFolder } from "../sdk/program.ts";

Deno.test("doctor finds all well, and then the open .env and the taken port; exit codes 0 and 1", async () => {
  const [, run, ...words] = denoJson.tasks.doctor.command.split(" ");
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const command = [run!, "--quiet", ...words.map((word) => word === "main.ts" ? main : word)];
  using folder = new TemporaryFolder();
  const simulator = await startSimulator({ clock: systemClock, random: seededRandom(3) });
  const env = { PORT: "0", HOST: "127.0.0.1" };
  try {
    const path = `${folder.path}/.env`;
    const lines = Object.entries(simulatorEnv(simulator)).map(([name, value]) => `${name}=${value}\n`);
    Deno.writeTextFileSync(path, lines.join(""), { mode: 0o600 });
    await using well = new Program(command, { cwd: folder.path, env });
    equal(await well.ended, 0, well.output());
    match(well.stdout.text(), /ok +settings[^]*ok +login[^]*ok +stream[^]*ok +clock[^]*ok +port[^]*ok +disk/);

    if (Deno.build.os !== "windows") Deno.chmodSync(path, 0o644);
    const port = new URL(simulator.restUrl).port;
    await using ill = new Program(command, {
      cwd: folder.path,
      env: { ...env, PORT: port, BATCH_MS: "soon" },
    });
    equal(await ill.ended, 1, ill.output());
    match(ill.stdout.text(), /FAILED settings +BATCH_MS "soon"[^]*-> mend it in the environment/);
    match(ill.stdout.text(), /FAILED port +\d+ is held by another program/);
    if (Deno.build.os !== "windows") match(ill.stdout.text(), /FAILED rights [^]*-> chmod 600 \.env/);
    const { apiKey, totpSecret } = SIMULATED_CREDENTIALS;
    doesNotMatch(well.output() + ill.output(), new RegExp(`${apiKey}|${totpSecret}`));
  } finally {
    await simulator.stop();
  }
});
