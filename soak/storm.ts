import type { Control } from "../lib/simulator/control.ts";
import { type Faults, PACKET_FAULTS } from "../lib/simulator/faults.ts";
import { STREAM_ROWS, type StreamRow } from "../tests/broker_answers/stream_rows.ts";
import { pause, pick, type Random } from "./load.ts";
import type { Relay } from "./relay.ts";

/** One way to go wrong. */
interface Trouble {
  readonly name: string;
  /** Seconds it is kept up, from and to. */
  readonly seconds: readonly [number, number];
  /** Waits of half a minute and more follow from it. */
  readonly long?: boolean;
  /** After its end the feed must be back within so long, ms. */
  readonly within: number;
  /** Logins that the broker refuses, or sessions. The program makes a few of them an hour, and then waits for long. */
  readonly refusals?: number;
  readonly begin: (control: Control, random: Random) => void;
  /** Ends what the simulator's good behaviour does not. */
  readonly end?: () => void;
}

/** The longest wait between two tries of a socket, and a handshake. */
const RECONNECTED_MS = 65_000;

/** After a 429: half a minute at least, longer after each. */
const THROTTLED_MS = 100_000;

/** A refused session costs a login; a refused login waits for the next one-time code, or for a minute and more. */
const LOGGED_IN_MS = [65_000, 95_000, 190_000] as const;

/** Something that is so until it is over. */
function state(
  name: string,
  faults: Partial<Faults>,
  seconds: readonly [number, number],
  long = false,
): Trouble {
  return { name, seconds, long, within: RECONNECTED_MS, begin: (control) => control.set(faults) };
}

/** Something about dialling, seen by those whose sockets were cut just now. */
function dialling(
  name: string,
  faults: Partial<Faults>,
  seconds: readonly [number, number],
  long = false,
): Trouble {
  return {
    name,
    seconds,
    long,
    within: RECONNECTED_MS,
    begin(control) {
      control.set(faults);
      control.dropSockets();
    },
  };
}

/** A login is made only once the session was refused. */
function login(answer: NonNullable<Faults["login"]>["answer"], times: number, long = false): Trouble {
  const faults: Partial<Faults> = { refuseHandshake: { status: 401, times: 1 }, login: { answer, times } };
  return {
    ...dialling(`login answered with ${answer}, ${times}×`, faults, [4, 10], long),
    within: LOGGED_IN_MS[times as 1 | 2],
    refusals: 1 + times,
  };
}

/** Of the table of the suite: what is no trouble of packets, with which all storms are filled anyway, and no trouble for ever. */
const DRAWN: readonly Trouble[] = STREAM_ROWS
  .filter(({ name, backWithin }) => !name.startsWith("a packet") && backWithin < Infinity)
  .map(drawn);

/** A row lasts for as long as there, and a minute at most: a storm is short. */
function drawn({ name, lasts, begin, logins, told }: StreamRow): Trouble {
  const seconds = Math.min(60, lasts / 1000);
  const throttled = name.includes("429");
  return {
    name,
    seconds: [seconds, seconds],
    long: throttled || seconds >= 30,
    within: throttled ? THROTTLED_MS : logins[1] > 0 || told.length > 0 ? LOGGED_IN_MS[0] : RECONNECTED_MS,
    ...logins[1] > 0 ? { refusals: logins[1] } : {},
    begin,
  };
}

// A wrong PIN would mean a wait for ever, as it should.
const TROUBLES: readonly Trouble[] = [
  ...DRAWN,
  state("mute", { mute: true }, [2, 10]),
  state("session closed", { session: "closed" }, [2, 10]),
  state("mute for so long that it is noticed", { mute: true }, [82, 90], true),
  state("session closed", { session: "closed" }, [2, 10]),
  state("frozen", { freeze: true }, [3, 12]),
  state("frozen for so long that it is noticed", { freeze: true }, [28, 36], true),
  state("flapping slowly", { flapMs: 4_000 }, [8, 16]),
  state("idle clients are cut off", { idleSeconds: 4 }, [6, 12]),
  dialling("a slow handshake", { handshakeDelayMs: 3_000 }, [4, 8]),
  dialling("the oldest socket goes first", { overLimit: "close_oldest", ghostSeconds: 60 }, [2, 5]),
  ...([45_000, -45_000, 3_600_000] as const).map((dateOffsetMs): Trouble => ({
    ...dialling(
      `a clock that steps by ${dateOffsetMs / 1000} s`,
      { dateOffsetMs, refuseHandshake: { status: 401, times: 1 } },
      [3, 6],
    ),
    refusals: 1,
  })),
  login("AB2001", 2),
  login("AG8001", 2),
  login("AB1050", 1, true),
  login("throttled", 1, true),
  login("html_200", 1),
  login("html_403", 1, true),
  login("html_500", 2),
  login("html_502", 2),
  login("data_null", 2),
  login("hang", 1),
  login("reset", 2),
  ...(["huge", "endless_text"] as const).map((fault): Trouble => ({
    name: `a frame that is too large (${fault})`,
    seconds: [1, 3],
    within: RECONNECTED_MS,
    begin: (control) => control.inject(fault),
  })),
  {
    name: "a frame nobody knows",
    seconds: [0, 2],
    within: RECONNECTED_MS,
    begin: (control, random) => control.send(Uint8Array.from({ length: 100 }, () => random() * 256)),
  },
];

/** What goes beside it: no answer to a request depends on it while the proxy keeps to the quota. */
const QUOTAS = ["reject", "partial", "silent"] as const;

/** Those that break no connection. */
const SPOILT = PACKET_FAULTS.filter((fault) => fault !== "huge" && fault !== "endless_text");

/** Longer than any login may take here until it succeeds. */
const GOT_OVER_MS = 100_000;

/** Those that need more than the simulator. */
const STOPPED = "the broker stopped with SIGSTOP for a minute";
const REPEATING = "a broker that repeats secrets";

export function isTrouble(part: string): boolean {
  return [STOPPED, REPEATING, ...TROUBLES.map(({ name }) => name)].some((name) => name.includes(part));
}

/** The broker is stopped by a signal: its sockets stay open, and nothing is read or sent. What it then finds are ghosts. */
export function stopped(relay: Relay): Trouble {
  return {
    name: STOPPED,
    seconds: [60, 60],
    long: true,
    within: THROTTLED_MS,
    begin: () => relay.freeze(),
    end: () => relay.thaw(),
  };
}

/** What the broker says of our secrets, in the shapes of its errors. Nobody may hear of them. */
export function repeating(secrets: readonly string[]): Trouble {
  return {
    name: REPEATING,
    seconds: [0, 2],
    within: RECONNECTED_MS,
    begin(control, random) {
      const secret = pick(secrets, random);
      for (const said of [secret, secret.toUpperCase(), `key=${secret.slice(1)}`]) {
        control.send(JSON.stringify({ correlationID: "x", errorCode: "E1001", errorMessage: said }));
        control.send(JSON.stringify({ errorCode: said, errorMessage: "Invalid Request Payload." }));
        control.send(said);
      }
      control.dropSockets(1008, `token ${secret}`);
    },
  };
}

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
      const end = Date.now() + GOT_OVER_MS;
      while (control.stats().sockets < sockets && Date.now() < end) await pause(100);
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
    control.inject(pick(SPOILT, random), 1 + Math.floor(random() * 3));
    await pause(100 + random() * 900, over);
  }
}
