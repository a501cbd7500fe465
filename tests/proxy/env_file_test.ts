import { strictEqual as equal } from "node:assert/strict";
import { systemClock } from "../../lib/clock.ts";
import { SIMULATED_CREDENTIALS, startSimulator } from "../../lib/simulator/simulator.ts";
import { startProgram } from "./process.ts";

Deno.test("a wrong PIN stops the program's knocking until .env is mended, without a restart", async () => {
  const simulator = await startSimulator({ clock: systemClock, random: Math.random });
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/.env`;
    const write = (pin: string) =>
      Deno.writeTextFile(
        path,
        [
          `SMARTAPI_REST_URL=${simulator.restUrl}`,
          `SMARTAPI_STREAM_URL=${simulator.streamUrl}`,
          `SMARTAPI_CLIENT_CODE=${SIMULATED_CREDENTIALS.clientCode}`,
          `SMARTAPI_PIN=${pin}`,
          `SMARTAPI_API_KEY=${SIMULATED_CREDENTIALS.apiKey}`,
          `SMARTAPI_TOTP_SECRET=${SIMULATED_CREDENTIALS.totpSecret}`,
        ].join("\n"),
      );
    await write("9999");
    await using program = await startProgram(["--env-file", path, "--host", "127.0.0.1", "--port", "0"]);
    await program.wrote("not tried again until the configuration changes");
    await write(SIMULATED_CREDENTIALS.pin);
    await program.wrote("socket 1: connected");
    equal(simulator.control.stats().logins.map(({ outcome }) => outcome).join(), "AB1007,ok");
    const health = await (await fetch(`http://127.0.0.1:${program.port}/healthz`)).json();
    equal(health.upstream.state, "up");
  } finally {
    await simulator.stop();
    await Deno.remove(folder, { recursive: true });
  }
});
