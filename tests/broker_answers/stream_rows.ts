import type { Freshness } from "../../lib/feed/freshness.ts";
import type { InstrumentKey } from "../../lib/market/market.ts";
import type { Control } from "../../lib/simulator/control.ts";
import { type Faults, PACKET_FAULTS, type PacketFault } from "../../lib/simulator/faults.ts";

/** What the simulator and the broker in the hand can be told alike. */
export type StreamControl = Pick<Control, "set" | "dropSockets" | "inject" | "send">;

/** What must come of a row. */
export interface Outcome {
  /**
   * What clients of the JSON wire are told, each kind of news once, in the order of its first. Those of the broker's wire
   * are told nothing but packets.
   */
  readonly told: readonly string[];
  /** The first of it comes within so long, ms. */
  readonly toldWithin?: number;
  /**
   * What the last price is worth when the trouble has lasted for `lasts`, in `list_subscriptions`, in a quote over HTTP,
   * and by events; undefined for that of an instrument without a price.
   */
  readonly worth: Freshness | undefined;
  /** Whether `/readyz` is content at that moment. */
  readonly ready: boolean;
  /** What `list_subscriptions` says of the first instrument at that moment. */
  readonly lists?: RegExp;
  /** What a reason of `/readyz`, or the log, says of it. */
  readonly says?: RegExp;
  /** After the end of the trouble, prices of now come within so long, ms. */
  readonly backWithin: number;
  /** Handshakes, logins and requests that the broker sees in the hour from the beginning, least and most. */
  readonly dials: readonly [number, number];
  readonly logins: readonly [number, number];
  readonly requests: readonly [number, number];
  /** Packets that are counted as rejected, by reason. */
  readonly rejected?: readonly string[];
}

/** A way of the stream to go wrong, and what the program must make of it. */
export interface StreamRow<Broker = StreamControl> extends Outcome {
  readonly name: string;
  readonly begin: (broker: Broker) => void;
  /** How long the trouble lasts, ms. */
  readonly lasts: number;
  /** What the clients are subscribed to; by default an index and a share. */
  readonly watch?: readonly InstrumentKey[];
  /** It begins before the program does. */
  readonly fromStart?: true;
  /** Prices of the share or of the first instrument that no client may be told. */
  readonly never?: readonly number[];
  /** Prices that clients must be told. */
  readonly always?: readonly number[];
}

const SECOND = 1_000;
const MINUTE = 60_000;

/** Nothing to be noticed but by those who read the log. */
const HARMLESS: Outcome = {
  told: [],
  worth: "live",
  ready: true,
  backWithin: 0,
  dials: [0, 0],
  logins: [0, 0],
  requests: [0, 0],
};

const OUTAGE = ["upstream_down", "stale", "upstream_up", "fresh"] as const;

/** One connection is lost, and there again at once. */
const LOST: Outcome = {
  told: OUTAGE,
  toldWithin: 0,
  worth: "live",
  ready: true,
  backWithin: 0,
  dials: [1, 1],
  logins: [0, 0],
  requests: [1, 1],
};

/** The feed is down for as long as it lasts. */
const DOWN: Outcome = {
  told: OUTAGE,
  toldWithin: 0,
  worth: "stale",
  ready: false,
  backWithin: 65 * SECOND,
  dials: [2, 20],
  logins: [0, 0],
  requests: [1, 4],
};

function state(
  name: string,
  faults: Partial<Faults>,
  lasts: number,
  outcome: Outcome,
): StreamRow {
  return { ...outcome, name, lasts, begin: (control) => control.set(faults) };
}

/** Something about dialling, seen by those whose sockets were cut just now. */
function dialling(
  name: string,
  faults: Partial<Faults>,
  lasts: number,
  outcome: Outcome,
): StreamRow {
  return {
    ...outcome,
    name,
    lasts,
    begin(control) {
      control.set(faults);
      control.dropSockets();
    },
  };
}

function closed(code: number): StreamRow {
  return {
    ...LOST,
    name: `closed with ${code}`,
    lasts: 10 * SECOND,
    says: new RegExp(`closed by the server with ${code} "soak"`),
    begin: (control) => control.dropSockets(code, "soak"),
  };
}

/** @param within After so long it is got over, ms. */
function refused(
  status: 401 | 403 | 429 | 500 | 502,
  times: number,
  within: number,
  logins = 0,
): StreamRow {
  const faults = { refuseHandshake: { status, times } };
  return dialling(`handshakes refused with ${status}, ${times}×`, faults, within, {
    ...LOST,
    says: new RegExp(`the handshake was answered with HTTP ${status}`),
    dials: [times + 1, times + 1],
    logins: [logins, logins],
  });
}

/** @param dials Handshakes in the hour, least and most. */
function refusedForEver(
  status: 401 | 403 | 429,
  dials: readonly [number, number],
  logins: readonly [number, number],
): StreamRow {
  const faults = { refuseHandshake: { status, times: 1_000 } };
  return dialling(`handshakes refused with ${status}, for ever`, faults, 10 * MINUTE, {
    ...DOWN,
    told: ["upstream_down", "stale"],
    says: new RegExp(`HTTP ${status}|gives sessions and refuses them`),
    backWithin: Infinity,
    dials,
    logins,
    requests: [0, 0],
  });
}

function text(name: string, texts: readonly string[], outcome: Partial<Outcome>): StreamRow {
  return {
    ...HARMLESS,
    name: `a text frame: ${name}`,
    lasts: 10 * SECOND,
    ...outcome,
    begin: (control) => texts.forEach((each) => control.send(each)),
  };
}

const error = (errorCode: string, errorMessage: string, correlationID?: string) =>
  JSON.stringify({ correlationID, errorCode, errorMessage });

/** What a packet is rejected for. Those without an entry are good: a book of what may be in a call auction may cross. */
const REJECTED: Partial<Record<PacketFault, string>> = {
  truncated_47: "wrong_length",
  truncated_50: "wrong_length",
  truncated_122: "wrong_length",
  truncated_378: "wrong_length",
  unknown_mode_0: "unknown_mode",
  unknown_mode_9: "unknown_mode",
  token_without_nul: "not_asked",
  negative_price: "no_price",
  time_backwards: "time_backwards",
  outside_circuits: "outside_circuits",
  not_asked: "not_asked",
};

/** Too large for a connection to live through. */
const CUTTING: ReadonlySet<PacketFault> = new Set(["huge", "endless_text"]);

function packet(fault: PacketFault): StreamRow {
  const reason = REJECTED[fault];
  // What is doubtful about one packet is told, and taken back with the next.
  const doubtful = /^(?:truncated|negative|time_back|outside)/.test(fault);
  return {
    ...CUTTING.has(fault) ? LOST : HARMLESS,
    name: `a packet: ${fault.replaceAll("_", " ")}`,
    lasts: 10 * SECOND,
    ...doubtful ? { told: ["suspect", "fresh"], toldWithin: SECOND } : {},
    ...reason === undefined ? {} : { rejected: [reason] },
    begin: (control) => control.inject(fault),
  };
}

/** Rows that the soak plays as well, on the program itself. */
export const STREAM_ROWS: readonly StreamRow[] = [
  state("pongs and no ticks, briefly", { mute: true }, 50 * SECOND, { ...HARMLESS }),
  state("pongs and no ticks, until it is noticed", { mute: true }, 5 * MINUTE, {
    told: ["upstream_silent", "stale", "upstream_up", "fresh"],
    toldWithin: 80 * SECOND,
    worth: "stale",
    ready: false,
    says: /connected, but no tick for 75 s in trading hours/,
    backWithin: 5 * SECOND,
    dials: [2, 2],
    logins: [0, 1],
    requests: [2, 6],
  }),
  state("a snapshot for each request, and silence", { session: "closed" }, 10 * MINUTE, {
    told: ["upstream_silent", "stale", "upstream_up", "fresh"],
    toldWithin: 80 * SECOND,
    worth: "stale",
    ready: false,
    says: /connected, but no tick for/,
    backWithin: 5 * SECOND,
    dials: [2, 2],
    logins: [0, 1],
    requests: [2, 8],
  }),
  state("half-open: nothing is read or sent, for a minute", { freeze: true }, MINUTE, {
    ...DOWN,
    toldWithin: 26 * SECOND,
    says: /no frame for 25 s/,
    dials: [1, 4],
  }),
  state("no pongs, while ticks come", { silentPong: true }, 2 * MINUTE, HARMLESS),
  state("it flaps every 700 ms", { flapMs: 700 }, 30 * SECOND, {
    ...DOWN,
    toldWithin: 2 * SECOND,
    dials: [5, 40],
    requests: [5, 40],
  }),
  dialling("no answer to the handshake", { handshake: "hang" }, 5 * MINUTE, {
    ...DOWN,
    says: /no handshake in time/,
  }),
  dialling("garbage for a handshake", { handshake: "garbage" }, 5 * MINUTE, { ...DOWN, says: /Parse Error/ }),
  dialling("a handshake that takes 12 s", { handshakeDelayMs: 12 * SECOND }, MINUTE, {
    ...DOWN,
    worth: "live",
    ready: true,
    backWithin: 0,
    dials: [1, 1],
  }),
  dialling(
    "a handshake that takes 20 s: the second try is given the time",
    {
      handshakeDelayMs: 20 * SECOND,
    },
    2 * MINUTE,
    { ...DOWN, worth: "live", ready: true, backWithin: 0, dials: [2, 3] },
  ),
  refused(401, 1, 40 * SECOND, 1),
  refused(403, 1, 15 * SECOND),
  refused(403, 6, 3 * MINUTE),
  refused(429, 1, 40 * SECOND),
  refused(429, 4, 12 * MINUTE),
  refused(500, 2, 15 * SECOND),
  refused(502, 3, 25 * SECOND),
  refusedForEver(401, [2, 8], [1, 7]),
  refusedForEver(403, [60, 150], [0, 0]),
  refusedForEver(429, [10, 40], [0, 0]),
  {
    ...LOST,
    name: "sockets cut",
    lasts: 10 * SECOND,
    says: /the connection broke without a closing handshake/,
    begin: (control) => control.dropSockets(),
  },
  ...[1000, 1001, 1008, 1011, 1012, 1013, 4000, 4001].map(closed),
  text("JSON that nobody knows", ['{"soak":"a text"}'], { says: /an unknown text, which is ignored/ }),
  text("no JSON", ["hello", "", "{", "[]", "null"], { says: /an unknown text, which is ignored/ }),
  text("E1001 that names no request", [error("E1001", "Invalid Request Payload.")], {
    says: /E1001 Invalid Request Payload.; are these tokens of today\?/,
  }),
  text("E1002 that names no request", [error("E1002", "Invalid Request. Subscription Limit Exceeded.")], {
    says: /E1002 .*; a socket carries 1000 subscriptions/,
  }),
  text("a code that nobody knows", [error("E9999", "Xyzzy"), error("E1001", "x".repeat(9_000))], {
    says: /E9999 Xyzzy; the broker's documentation does not name this code/,
  }),
  text("pings, and pongs in other letters", ["ping", "PONG", " pong\n", "\ufeffpong"], {}),
  text("a code that is a number, and others that are none", [
    '{"errorCode":1001,"errorMessage":"x"}',
    '{"errorCode":null}',
    '{"errorCode":{"a":["E1001"]}}',
    '["E1001"]',
    '"E1001"',
  ], { says: /an unknown text, which is ignored/ }),
  text("an error in the words of the answers over HTTP", [
    '\ufeff{"success":false,"errorcode":" e1001 ","message":"Invalid Request Payload.","data":null}',
  ], { says: /E1001 Invalid Request Payload.; are these tokens of today\?/ }),
  text("the token is dead, in the words of the answers over HTTP", [
    '{"status":false,"errorcode":"AG8001","message":"Invalid Token","data":""}',
  ], { ...LOST, says: /AG8001/, logins: [1, 1] }),
  text("the token is dead, AG8001", [error("AG8001", "Invalid Token")], {
    ...LOST,
    says: /AG8001/,
    logins: [1, 1],
  }),
  ...PACKET_FAULTS.map(packet),
];
