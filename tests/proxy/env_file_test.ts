import { strictEqual as equal } from "node:assert/strict";
import { systemClock } from "../../lib/util/clock.ts";
import { SIMULATED_CREDENTIALS, startSimulator } from "../../lib/simulator/simulator.ts";
import { simulatorEnv, startProgram } from "./process.ts";

Deno.test("a wrong PIN stops the program's knocking until .env is mended, without a restart", async () => {
  const simulator = await startSimulator({ clock: systemClock, random: Math.random });
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/.env`;
    // Another secret makes another one-time code: none is used twice, and the next one would be half a minute away.
    const write = (pin: string, totpSecret: string) =>
      Deno.writeTextFile(
        path,
        Object.entries({ ...simulatorEnv(simulator), SMARTAPI_PIN: pin, SMARTAPI_TOTP_SECRET: totpSecret })
          .map(([name, value]) => `${name}=${value}`)
          .join("\n"),
      );
    await write("9999", "KRSXG5CTMVRXEZLU");
    await using program = await startProgram(["--env-file", path, "--host", "127.0.0.1", "--port", "0"]);
    await program.wrote("not tried again until the configuration changes");
    await write(SIMULATED_CREDENTIALS.pin, SIMULATED_CREDENTIALS.totpSecret);
    await program.wrote("socket 1: connected");
    equal(simulator.control.stats().logins.map(({ outcome }) => outcome).join(), "AB1007,ok");
    const health = await (await fetch(`http://127.0.0.1:${program.port}/healthz`)).json();
    equal(health.upstream.state, "up");
  } finally {
    await simulator.stop();
    await Deno.remove(folder, { recursive: true });
  }
});
