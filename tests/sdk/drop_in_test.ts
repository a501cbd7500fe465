import assert from "node:assert/strict";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { systemClock } from "../../lib/util/clock.ts";
import { seededRandom } from "../fakes.ts";
import { startProxyOn } from "../proxy/rig.ts";
import { TemporaryFolder } from "./program.ts";
import { downloadSdk, startScript } from "./sdk.ts";

Deno.test("the official SDK streams three modes from the proxy, with another address and nothing else", async () => {
  using folder = new TemporaryFolder();
  await downloadSdk();
  const random = seededRandom(3);
  const simulator = await startSimulator({ clock: systemClock, random, rate: 50 });
  const { proxy } = startProxyOn(simulator, systemClock, random);
  // Ends after the proxy, which sends nothing more upstream then.
  await using script = startScript("sdk_stream.ts", folder.path, [
    `ws://127.0.0.1:${proxy.port}/smart-stream`,
    "any",
  ]);
  try {
    const modes = () =>
      new Set(
        [...script.stdout.text().matchAll(/"subscription_mode":"?(\d)/g)].map(([, mode]) => mode),
      );
    const until = performance.now() + 20_000;
    while (modes().size < 3 && performance.now() < until) await new Promise((done) => setTimeout(done, 50));
    assert.deepEqual([...modes()].toSorted(), ["1", "2", "3"], script.output());
  } finally {
    await proxy.stop();
    await simulator.stop();
  }
});
