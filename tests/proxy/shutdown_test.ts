import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { systemClock } from "../../lib/util/clock.ts";
import { SIMULATED_CREDENTIALS, startSimulator } from "../../lib/simulator/simulator.ts";
import { simulatorEnv, startProgram } from "./process.ts";
import { connectClient } from "./test_client.ts";

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} under load: every client hears of it, exit code 0, nothing left`, async () => {
    const simulator = await startSimulator({ clock: systemClock, random: Math.random, rate: 1_000 });
    try {
      await using program = await startProgram(
        ["--port", "0", "--host", "127.0.0.1", "--log-level", "debug"],
        {
          ...simulatorEnv(simulator),
        },
      );
      const url = `ws://127.0.0.1:${program.port}`;
      const clients = await Promise.all(Array.from({ length: 20 }, () => connectClient(url)));
      for (const client of clients) client.send({ command: "subscribe", exchange: "nse" });
      await program.wrote("subscribe 8 instruments");
      const begun = performance.now();
      program.kill(signal);
      await Promise.all(clients.map((client) => client.gone));
      const status = await program.status;
      const took = performance.now() - begun;
      deepEqual([status.code, status.signal], [0, null]);
      ok(took < 5_000, `${took} ms`);
      for (const client of clients) {
        equal(client.closed!.code, 1001);
        deepEqual(client.messages.at(-1), {
          type: "system",
          message: "Server shutting down",
          status: "shutdown",
        });
      }
      // The broker was left in order: unsubscribed, and the closing handshake done.
      const { requests, sockets } = simulator.control.stats();
      equal(JSON.parse(requests.at(-1)!).action, 0);
      equal(sockets, 0);
      Deno.listen({ hostname: "127.0.0.1", port: program.port }).close();
      ok(program.log.includes("stopped"));
      noSecrets(program.log);
    } finally {
      await simulator.stop();
    }
  });
}

/** Nothing that was written may hold a secret, in whatever form it went over the wire. */
function noSecrets(log: string): void {
  const { pin, apiKey, totpSecret } = SIMULATED_CREDENTIALS;
  for (const secret of [apiKey, totpSecret]) ok(!log.includes(secret), `${secret} was written`);
  ok(!new RegExp(`\\b${pin}\\b`).test(log), "the PIN was written");
  ok(!/eyJ[\w-]+\./.test(log), "a token was written");
  ok(!/totp"?[:=]\s*"?\d{6}/i.test(log), "a one-time code was written");
}
