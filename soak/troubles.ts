import type { Control } from "../lib/simulator/control.ts";
import type { Faults } from "../lib/simulator/faults.ts";
import { LOGIN_ROWS, type LoginRow } from "../tests/broker_answers/login_rows.ts";
import { STREAM_ROWS, type StreamRow } from "../tests/broker_answers/stream_rows.ts";
import type { LoginGate } from "./login_gate.ts";
import type { Names } from "./names.ts";
import { pick, type Random } from "./load.ts";
import type { Relay } from "./relay.ts";

/** One way to go wrong. */
export interface Trouble {
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

/** How long a handshake may take after a login, with a wait before it. */
const DIALLED_MS = 35_000;

interface LoginTrouble extends Omit<Trouble, "begin"> {
  readonly row: LoginRow;
}

/**
 * Of the table of the suite: what is got over within minutes while the broker goes on so, and what is got over when it is
 * over. A wrong PIN would mean a wait for ever, and a wish of the broker for ten minutes one of ten minutes, as they should.
 */
const LOGIN_TROUBLES: readonly LoginTrouble[] = LOGIN_ROWS
  .filter(({ final, liveWithin, logins }) =>
    final !== true && (liveWithin === undefined ? logins[0] > 1 : liveWithin <= THROTTLED_MS)
  )
  .map((row) => {
    const { liveWithin, logins, name } = row;
    // The program tries a few times an hour, so that the first answer is all it gets of what goes on so.
    const within = liveWithin === undefined
      ? LOGGED_IN_MS[1]
      : Math.max(LOGGED_IN_MS[0], liveWithin + DIALLED_MS);
    return {
      row,
      name: `a login: ${name}`,
      seconds: [5, 8],
      long: liveWithin === undefined || liveWithin > DIALLED_MS,
      within,
      // The session that was refused, and each login that was in vain.
      refusals: 1 + Math.min(1, logins[0] - 1 + Number(liveWithin === undefined)),
    };
  });

// A wrong PIN would mean a wait for ever, as it should.
export const TROUBLES: readonly Trouble[] = [
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

/** Those that need more than the simulator. */
const STOPPED = "the broker stopped with SIGSTOP for a minute";
const REPEATING = "a broker that repeats secrets";
const NO_NAMES = "the broker's names do not resolve";

export function isTrouble(part: string): boolean {
  const names = [STOPPED, REPEATING, NO_NAMES, ...TROUBLES, ...LOGIN_TROUBLES].map((each) =>
    typeof each === "string" ? each : each.name
  );
  return names.some((name) => name.includes(part));
}

/** Logins are answered as in the table of the suite. */
export function answered(gate: LoginGate): readonly Trouble[] {
  return LOGIN_TROUBLES.map(({ row, ...trouble }) => ({
    ...trouble,
    begin(control) {
      gate.answer = row.answer;
      control.set({ refuseHandshake: { status: 401, times: 1 } });
      control.dropSockets();
    },
    end: () => gate.answer = undefined,
  }));
}

/** Names of the broker do not resolve for a while: the stream cannot be dialled, or there is no login for it. */
export function nameless(names: Names): readonly Trouble[] {
  return [{
    name: NO_NAMES,
    seconds: [5, 15],
    within: RECONNECTED_MS,
    begin(control) {
      names.lose("all");
      control.dropSockets();
    },
    end: () => names.find(),
  }, {
    name: `${NO_NAMES}, and the session is over`,
    seconds: [15, 30],
    long: true,
    within: LOGGED_IN_MS[0],
    refusals: 1,
    begin(control) {
      names.lose("rest");
      control.set({ refuseHandshake: { status: 401, times: 1 } });
      control.dropSockets();
    },
    end: () => names.find(),
  }];
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
