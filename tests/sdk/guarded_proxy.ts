import { AccessList, digestOf } from "../../lib/access/access_list.ts";
import { readTokens } from "../../lib/access/token_file.ts";
import { startSimulator } from "../../lib/simulator/simulator.ts";
import { seededRandom } from "../fakes.ts";
import { RealClock } from "../real_clock.ts";
import { type RigProxyOptions, startProxyOn } from "../proxy/rig.ts";

/** The access token that {@linkcode startGuarded} lets in. */
export const PROXY_TOKEN = "sdk-secret-0123456789";

/** Simulator and proxy, which wants an access token. */
export async function startGuarded(options: RigProxyOptions = {}) {
  const random = seededRandom(3);
  const clock = new RealClock();
  const simulator = await startSimulator({ clock, random, rate: 50 });
  const entries = readTokens(JSON.stringify([{ name: "sdk", sha256: digestOf(PROXY_TOKEN) }]));
  const access = new AccessList(clock, entries);
  const { proxy } = startProxyOn(simulator, clock, random, { access, ...options });
  const stop = async () => {
    await proxy.stop();
    await simulator.stop();
    clock.stop();
  };
  return { address: `127.0.0.1:${proxy.port}`, simulator, [Symbol.asyncDispose]: stop };
}
