/**
 * Where the program's time goes: its V8 profile under load, by function.
 *
 *     deno run -A bench/profile.ts [ticks per second] [clients] [all | tenths] [query, such as encoding=json]
 */
import { measure } from "./measure.ts";
import { compile, MADE, startProxy, startSimulator } from "./world.ts";

/** A `.cpuprofile`, as far as it matters here. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** µs between samples. */
  readonly timeDeltas: readonly number[];
}

const [rate = "30000", clients = "100", wants = "all", query = ""] = Deno.args;
const FOLDER = `${MADE}profile`;
await compile("load.c", "load");
await Deno.remove(FOLDER, { recursive: true }).catch(() => {});
const simulator = await startSimulator(Number(rate));
// The sampler is a thread of the process: on the program's own core it would run when the program does not.
const proxy = await startProxy(simulator, {
  pinned: false,
  denoArgs: ["--cpu-prof", `--cpu-prof-dir=${FOLDER}`],
});
try {
  const load = {
    clients: Number(clients),
    wants: wants as "all",
    path: `/?${query}`,
    settleMs: 5_000,
    runMs: 6_000,
  };
  const { perTick, perFrame, cpu, ticksPerFrame } = await measure(proxy, load, simulator);
  console.log({ perTick, perFrame, cpu, ticksPerFrame });
} finally {
  await proxy.stop();
  await simulator.stop();
}
const [file] = [...Deno.readDirSync(FOLDER)];
const profile: Profile = JSON.parse(await Deno.readTextFile(`${FOLDER}/${file!.name}`));
const names = new Map(profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
  const place = url.replace(/^.*\/(?=[^/]+\/[^/]+$)/, "");
  return [id, `${functionName || "(anonymous)"} ${place}:${lineNumber + 1}`];
}));
const spent = new Map<string, number>();
let all = 0;
profile.samples.forEach((id, i) => {
  const name = names.get(id)!;
  if (name.startsWith("(idle)")) return;
  all += profile.timeDeltas[i]!;
  spent.set(name, (spent.get(name) ?? 0) + profile.timeDeltas[i]!);
});
for (const [name, us] of [...spent].sort(([, a], [, b]) => b - a).slice(0, 40)) {
  console.log(`${(100 * us / all).toFixed(1).padStart(5)} %  ${name}`);
}
