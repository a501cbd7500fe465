/**
 * Loaded into the proxy before its program: tells on its output for how long its event loop was held each time. What a
 * client sees beside that is the work of others on their way: simulator, load client, kernel.
 */

const ASK_EVERY_MS = 5;

/** What is shorter is the ordinary work of a turn. */
const WORTH_TELLING_MS = 5;

/** A line of the proxy's output: ms for which the loop was held, and ms of CPU that its thread used meanwhile. */
export const LOOP_LINE = /^loop held (\d+) ms, (\d+) of CPU$/gm;

/** CPU that this thread has used, ms. The runtime's other threads, which compress and collect garbage, are not in it. */
function threadCpu(): number {
  return Number(Deno.readTextFileSync("/proc/thread-self/schedstat").split(" ")[0]) / 1e6;
}

/** Called in the process that is measured; it needs all permissions, since `/proc` does. */
function watch(): void {
  let askedAt = performance.now();
  let used = threadCpu();
  Deno.unrefTimer(setInterval(() => {
    const now = performance.now();
    const held = now - askedAt - ASK_EVERY_MS;
    const cpu = threadCpu() - used;
    if (held > WORTH_TELLING_MS) console.log(`loop held ${Math.round(held)} ms, ${Math.round(cpu)} of CPU`);
    askedAt = performance.now();
    used = threadCpu();
  }, ASK_EVERY_MS));
}

// The benchmark reads this file too, for the form of the line.
if (Deno.env.has("WATCH_LOOP")) watch();
