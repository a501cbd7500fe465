/**
 * How smooth the page is: 1,000 instruments that tick 3,000 times a second, with the chart and the heat map open, on this
 * machine and as on a phone that is six times slower. `deno task bench:page [SECONDS]`
 *
 * The browser draws without a graphics card, and shares the processors with the proxy and the simulated broker. On a busy
 * machine the processor time of the page's process says more than its frames do.
 */
import { manyInstruments } from "../lib/simulator/instruments.ts";
import { catalogOf } from "../tests/instruments/catalog_of.ts";
import { Browser, Stage } from "../tests/page/browser.ts";
import { SIMULATED_INSTRUMENTS } from "../tests/simulator/simulated.ts";

const ROWS = 1_000;
const TICKS_PER_SECOND = 3_000;

/** What comes at first is not counted: the list is built, and the code compiled. */
const WARM_MS = 5_000;

interface Smoothness {
  /** Frames of the display in a second, in the mean. */
  readonly frames: number;
  /** Between two frames, ms: the longest of 99 of 100. */
  readonly p99: number;
  /** Tasks of 50 ms and more, and the longest, ms. */
  readonly tasks: number;
  readonly longest: number;
  readonly ticks: string;
  readonly missing: string;
  readonly heapMb: number;
}

const measured = (ms: number) =>
  `new Promise((resolve) => {
  const tasks = [];
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration);
  });
  observer.observe({ type: "longtask" });
  const times = [];
  let before = performance.now();
  const begin = before;
  requestAnimationFrame(function next() {
    const now = performance.now();
    times.push(now - before);
    before = now;
    if (now - begin < ${ms}) return requestAnimationFrame(next);
    observer.disconnect();
    times.sort((a, b) => a - b);
    resolve({
      frames: 1000 * times.length / (now - begin),
      p99: times[Math.floor(times.length * 0.99)],
      tasks: tasks.length,
      longest: Math.max(0, ...tasks),
      ticks: document.getElementById("tick-rate").textContent,
      missing: document.getElementById("missing").textContent,
      heapMb: performance.memory.usedJSHeapSize / 1e6,
    });
  });
})`;

const seconds = Number(Deno.args[0] ?? 20);
if (!(seconds >= 1 && seconds <= 600)) {
  console.error("usage: deno task bench:page [SECONDS], 1 to 600");
  Deno.exit(2);
}

// A list without an index of the NSE is no list of the broker's.
const instruments = [SIMULATED_INSTRUMENTS[0]!, ...manyInstruments(ROWS - 1)];
await using browser = await Browser.open();
await using stage = await Stage.open({
  simulator: { instruments, rate: TICKS_PER_SECOND },
  proxy: {
    maxSockets: 2,
    instruments: (await catalogOf(instruments)).instruments,
    watchlist: new Map([["nse", instruments.map(({ token }) => token)]]),
  },
});
const ask = (command: string, argument?: string) => browser.ask(command, argument);

async function look(name: string): Promise<void> {
  await ask("value", `new Promise((resolve) => setTimeout(resolve, ${WARM_MS}))`);
  const [before, begin] = [await ask("processor") as number, performance.now()];
  const { frames, p99, tasks, longest, ticks, missing, heapMb } = await ask(
    "value",
    measured(seconds * 1_000),
  ) as Smoothness;
  const busy = 1e6 * (await ask("processor") as number - before) / (performance.now() - begin);
  const load = Deno.build.os === "linux" ? `, load of the machine ${Deno.loadavg()[0]!.toFixed(1)}` : "";
  console.log(
    [
      `${name}: ${frames.toFixed(1)} frames/s, 99 of 100 within ${p99.toFixed(0)} ms`,
      `${tasks} tasks over 50 ms, the longest ${longest.toFixed(0)} ms`,
      `${ticks} ticks/s, ${missing} missing`,
      `${busy.toFixed(0)} ms of processor time a second`,
      `heap ${heapMb.toFixed(0)} MB${load}`,
    ].join("; "),
  );
}

await ask("size", "1440x900");
await ask("goto", "about:blank");
const display = await ask(
  "value",
  measured(2_000).replaceAll(/document.getElementById\([^)]*\).textContent/g, '""'),
);
console.log(`an empty page: ${(display as Smoothness).frames.toFixed(1)} frames/s`);
await ask("goto", stage.url);
await ask("sees", "LOAD1-EQ");
await ask("value", `document.querySelector('[id="row-nse:100001"] .name').click()`);
await ask("holds", `document.querySelectorAll("#chart canvas").length > 0`);
await look("the list and the chart");
await ask("value", `document.querySelector("#movers summary").click()`);
await ask("holds", `document.querySelectorAll("#movers-tiles .tile:not([hidden])").length === ${ROWS}`);
await look("with the heat map");
await ask("value", `document.querySelector("#movers summary").click()`);
await ask("size", "390x844");
await ask("slow", "6");
await look("a phone, 6 times slower, with the chart");
