import type { Control } from "../lib/simulator/control.ts";
import { PACKET_FAULTS } from "../lib/simulator/faults.ts";
import { pause, pick, type Random } from "./load.ts";
import { type Trouble, TROUBLES } from "./troubles.ts";

/** What goes beside it: no answer to a request depends on it while the proxy keeps to the quota. */
const QUOTAS = ["reject", "partial", "silent"] as const;

/** Those that break no connection. */
const SPOILT = PACKET_FAULTS.filter((fault) => fault !== "huge" && fault !== "endless_text");

/** Refusals of the broker that the program answers within minutes; a few more, and it waits for an hour. */
const MAX_REFUSALS = 4;

export interface StormOptions {
  readonly control: Control;
  readonly random: Random;
  /** How long about, ms. */
  readonly ms: number;
  /** Whether it may begin with something whose end takes half a minute and more. */
  readonly long: boolean;
  /** Only troubles whose name holds this. */
  readonly only: string;
  /** What may go wrong beside `TROUBLES`. */
  readonly more: readonly Trouble[];
  /** Refusals that there were in the storms before. */
  readonly refusals: number;
  readonly tell: (what: string) => void;
  /** Told of a trouble that was not got over in the time that it may take. */
  readonly late: (what: string) => void;
}

export interface Storm {
  /** The feed must be back within so long, ms. */
  readonly within: number;
  /** Refusals of the broker, those of earlier storms included. */
  readonly refusals: number;
}

/** One trouble after the other, and spoilt packets all the while; good behaviour at its end. */
export async function storm(options: StormOptions): Promise<Storm> {
  const { control, random, ms, long, only, tell } = options;
  let { refusals } = options;
  let within = 0;
  const over = new AbortController();
  const spoiling = spoil(control, random, over.signal);
  const end = Date.now() + ms;
  const chosen = [...TROUBLES, ...options.more].filter(({ name }) => name.includes(only));
  const next = (isLong: boolean) => {
    const affordable = chosen.filter((each) => refusals + (each.refusals ?? 0) <= MAX_REFUSALS);
    const fitting = affordable.filter((each) => only !== "" || (each.long ?? false) === isLong);
    return pick(fitting.length > 0 ? fitting : [TROUBLES[0]!], random);
  };
  let trouble = next(long);
  do {
    refusals += trouble.refusals ?? 0;
    within = Math.max(within, trouble.within);
    const [least, most] = trouble.seconds;
    const lasts = 1000 * (least + random() * (most - least));
    tell(`${trouble.name} (${(lasts / 1000).toFixed(1)} s)`);
    control.set({
      quota: pick(QUOTAS, random),
      renewal: pick(["keeps_feed_token", "ends_feed_token"], random),
    });
    const { sockets, handshakes } = control.stats();
    trouble.begin(control, random);
    await pause(lasts);
    trouble.end?.();
    control.reset();
    // A second 401 before the first was got over is answered with a longer wait, as it should be.
    const { 401: denied = 0 } = control.stats().handshakes;
    if (denied > (handshakes[401] ?? 0)) {
      const end = Date.now() + trouble.within;
      while (control.stats().sockets < sockets && Date.now() < end) await pause(100);
      if (control.stats().sockets < sockets) {
        options.late(`${trouble.name}: not over after ${trouble.within / 1000} s`);
      }
    }
    await pause(random() * 3_000);
    trouble = next(false);
  } while (Date.now() < end);
  over.abort();
  await spoiling;
  control.reset();
  return { within, refusals };
}

async function spoil(control: Control, random: Random, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const fault = pick(SPOILT, random);
    // A wrong price that the next packet agrees with is a price: whoever sees no more than it has to believe it.
    control.inject(fault, fault === "outside_circuits" ? 1 : 1 + Math.floor(random() * 3));
    await pause(100 + random() * 900, over);
  }
}
