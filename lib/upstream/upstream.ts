/** Where ticks come from: the broker's sockets, a recording that is replayed, or another process. */
import type { Demand } from "../market/demand.ts";
import type { UpstreamCause, UpstreamEvent } from "../market/feed_event.ts";
import type { InstrumentKey, Mode, Tick } from "../market/market.ts";

export type { UpstreamCause, UpstreamEvent };

export interface Upstream {
  /** Joins the two sides, once, before {@linkcode start}. Nothing is reported before the start. */
  attach(demand: Demand, handler: UpstreamHandler): void;
  start(): void;
  /** Leaves the source in order; settles when nothing of it is left. Nothing is reported afterwards. */
  stop(): Promise<void>;
  /** How the source stands; plain data that survives JSON. */
  status(): UpstreamStatus;
  /**
   * Since when the feed of an instrument has been up, elapsed ms; undefined while it is down or silent
   * where it should tick. An instrument that was wanted a moment ago has the answer of the socket that will carry it.
   */
  upSince(key: InstrumentKey): number | undefined;
  /** What the source has answered instead of serving an instrument; undefined where it serves it, or has said nothing. */
  refusalOf(key: InstrumentKey): Refusal | undefined;
  /** How often an instrument has been asked for on the present connection without any answer; where requests may be lost. */
  unanswered?(key: InstrumentKey): number;
  /** Whether an instrument ticks so often that its silence in trading hours means something. */
  ticksOften(key: InstrumentKey): boolean;
}

/** Why a source does not serve an instrument. */
export interface Refusal {
  readonly code: string;
  /** Good to show to anyone. */
  readonly message: string;
  /** When it is asked again, ms since the Unix epoch. */
  readonly retryAt: number;
}

/** What a source reports, in the order in which it happened. A handler must not throw. */
export interface UpstreamHandler {
  /**
   * A well-formed tick of an instrument that was asked for, and the bytes it was read from. Both are the handler's to keep.
   *
   * @param cameAt Elapsed ms of its coming, where it has been on its way since; now by default.
   * @param isAnswer It is known to be a last value, and to tell of no trade of now.
   */
  tick(tick: Tick, packet: Uint8Array<ArrayBuffer>, cameAt?: number, isAnswer?: boolean): void;
  /** A packet that gives no tick. */
  rejected(packet: RejectedPacket): void;
  /** What is subscribed now: the demand, and what was given up a moment ago. Values of all others grow old unnoticed. */
  subscribed(keys: ReadonlyMap<InstrumentKey, Mode>): void;
  event(event: UpstreamEvent): void;
}

export interface RejectedPacket {
  /** A short word such as `wrong_length`, for counting. */
  readonly reason: string;
  /** Good during the call only. */
  readonly packet: Uint8Array;
  /** The instrument that it is about, where that can be told and it was asked for. */
  readonly key?: InstrumentKey;
}

export interface UpstreamStatus {
  /** Over all sockets: `up` when each of them is live. */
  readonly state: "connecting" | "up" | "down" | "refused";
  /** A sentence about what is wrong, where something is. */
  readonly reason?: string;
  /** Instruments that the source can carry. */
  readonly capacity: number;
  readonly login: LoginStatus;
  readonly sockets: readonly SocketStatus[];
  readonly traffic: TrafficStatus;
  /** Of an edge: how it stands with its hub. */
  readonly hub?: HubStatus;
}

export interface HubStatus {
  /** Whether the hub is heard, and what it says is of now. */
  readonly followed: boolean;
  /** How late its last sign of life was, ms. */
  readonly lateMs: number;
  /** Since it came, ms; undefined before the first one. */
  readonly beatAgeMs: number | undefined;
  /** How often messages of it were found missing. */
  readonly lostMessages: number;
  /** How many they were, by their numbers. */
  readonly missingMessages: number;
  /** What its exchanges do, by its own calendar. */
  readonly phases: Readonly<Record<string, string>>;
  /** Its list of instruments: how many there are, and of when it is, ms since the Unix epoch. */
  readonly instruments: { readonly rows: number; readonly asOf?: number | undefined };
}

/** How the account's login stands. Times in ms since the Unix epoch. */
export interface LoginStatus {
  /** When the present session was issued. */
  readonly loggedInAt?: number;
  /** When it is replaced by that of the next day. */
  readonly nextAt?: number;
  /** What the last login failed with, until one succeeds. */
  readonly failure?: UpstreamCause & { readonly final: boolean };
  /** How far the broker's clock is ahead of this machine's, ms. */
  readonly clockDriftMs?: number;
  /** Logins that were tried since the start. */
  readonly tries: number;
  /** How they came out: `ok`, or a word for the refusal. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** One of them succeeded with the present credentials. */
  readonly succeeded: boolean;
}

export interface SocketStatus {
  readonly state: "waiting" | "login" | "connecting" | "live" | "closing" | "stopped";
  /** Why it is not live, where there is a reason. */
  readonly cause?: UpstreamCause;
  /** Subscriptions (instrument and mode) that it holds. */
  readonly subscriptions: number;
  /** As many as it may hold. */
  readonly capacity: number;
}

/** What came from the source, counted since the start. */
export interface TrafficStatus {
  readonly packets: number;
  readonly bytes: number;
  /** Requests that were answered with an error. */
  readonly refusedRequests: number;
  /** Attempts to connect, by how they came out: `connected`, or the kind of the cause. */
  readonly connects: Readonly<Record<string, number>>;
  /** Connections that were live, by why they are no more. */
  readonly losses: Readonly<Record<string, number>>;
}
