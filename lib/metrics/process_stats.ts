import process from "node:process";
import { Histogram } from "../util/histogram.ts";
import type { Clock } from "../util/clock.ts";

/** How often the event loop is asked how late it is. */
const ASK_EVERY_MS = 500;

/** How late timers come: the time in which nothing else could run. */
export class EventLoopLag {
  readonly seconds = new Histogram([0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]);
  #disarm = () => {};

  constructor(private readonly clock: Clock) {}

  start(): void {
    const due = this.clock.elapsed() + ASK_EVERY_MS;
    this.#disarm = this.clock.after(ASK_EVERY_MS, () => {
      this.seconds.observe(Math.max(0, this.clock.elapsed() - due) / 1000);
      this.start();
    });
  }

  stop(): void {
    this.#disarm();
  }
}

/** Processor time that this process has used, s. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Files and sockets that are open; undefined where the system does not tell, or the runtime may not ask. */
export function openFiles(): number | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    let count = 0;
    for (const _ of Deno.readDirSync("/proc/self/fd")) count++;
    return count;
  } catch {
    // Deno 2.9 lets it be read with --allow-all alone.
    return undefined;
  }
}
