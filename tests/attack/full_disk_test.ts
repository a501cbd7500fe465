import { match, strictEqual as equal } from "node:assert/strict";
import { systemClock } from "../../lib/util/clock.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { simulatorEnv, startProgram } from "../proxy/process.ts";
import { connectClient } from "../proxy/test_client.ts";

Deno.test(
  "on a disk that is full the proxy says so, and goes on",
  {
    ignore: Deno.build.os !== "linux",
  },
  async () => {
    const simulator = await startSimulator({ clock: systemClock, random: Math.random, rate: 100 });
    const folder = await Deno.makeTempDir();
    try {
      // No file may grow beyond 1 kB, which is what a full disk looks like from here.
      await using program = await startProgram(
        ["--port", "0", "--host", "127.0.0.1"],
        {
          ...simulatorEnv(simulator),
          INSTRUMENTS_URL: simulator.instrumentsUrl,
          DATA_FOLDER: folder,
          LOG_FILE: `${folder}/proxy.log`,
          LOG_LEVEL: "debug",
        },
        [`--allow-write=${folder}`],
        ["sh", "-c", `trap '' XFSZ; ulimit -f 2; exec "$0" "$@"`],
      );
      await program.wrote("the instrument list is used, and cannot be kept");
      const client = await connectClient(`ws://127.0.0.1:${program.port}`);
      client.send({ command: "subscribe", exchange: "nse" });
      // Each of these is worth two lines of the log.
      for (let i = 0; i < 8; i++) await (await connectClient(`ws://127.0.0.1:${program.port}`)).close();
      await program.wrote(`LOG_FILE ${folder}/proxy.log cannot be written`);
      while (client.ticks.length < 200) await client.heard();
      equal(client.closed, undefined);
      match(program.log, /cannot be kept for the next start: .*(?:too large|os error)/i);
      match(program.log, /\d+ instruments \(download/);
      program.kill("SIGTERM");
      equal((await program.status).code, 0);
      await client.gone;
    } finally {
      await simulator.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
);
