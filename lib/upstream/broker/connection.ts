import type { Clock } from "../../util/clock.ts";
import type { BrokerSession } from "../../smartapi/rest.ts";
import type { OpenStream, StreamSocket } from "../../smartapi/stream.ts";
import { PING } from "../../smartapi/request.ts";
import { type Cause, LoginFailure } from "../cause.ts";
import type { Policy } from "../policy.ts";
import {
  type ConnectionEvent,
  type ConnectionState,
  deadline,
  type Effect,
  INITIAL,
  step,
} from "./connection_state.ts";
import { FrameTurns } from "./frame_turns.ts";

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly policy: Policy;
  readonly open: OpenStream;
  /** The session to dial with. @throws {LoginFailure} with the cause to wait on. */
  readonly session: () => Promise<BrokerSession>;
  /** The session was refused at the handshake: it must not be given out again. */
  readonly forget: (session: BrokerSession) => void;
  /** A new socket is open, and nothing is subscribed on it. */
  readonly opened: () => void;
  readonly text: (frame: string) => void;
  /** @param cameAt Elapsed ms. */
  readonly binary: (frame: Uint8Array, cameAt: number) => void;
  /** Called after each change of the state's kind. */
  readonly changed: (state: ConnectionState, before: ConnectionState) => void;
}

export interface Connection {
  state(): ConnectionState;
  start(): void;
  /** Closes the socket in favour of a new one. */
  reconnect(cause: Cause): void;
  /** Closes for good; settles once the socket is gone and the state is `stopped`. */
  stop(): Promise<void>;
  /** What the present socket, or the last one, was dialled with. */
  session(): BrokerSession | undefined;
  /** Sends on the live socket; does nothing without one. */
  send(text: string): void;
}

/** How exactly the time of the last frame is known: the limit of silence is many times this. */
const LIFE_RESOLUTION_MS = 250;

/** One socket at a time, driven by {@linkcode step}; one timer, set to the state's deadline. */
export function createConnection(options: ConnectionOptions): Connection {
  const { clock, policy } = options;
  let state = INITIAL;
  let socket: StreamSocket | undefined;
  let frames: FrameTurns | undefined;
  let session: BrokerSession | undefined;
  let disarm = () => {};
  let armedFor: number | undefined;
  let whenStopped: (() => void)[] = [];

  function handle(event: ConnectionEvent): void {
    const before = state;
    const [next, effects] = step(state, event, clock.elapsed(), policy);
    state = next;
    for (const effect of effects) perform(effect);
    arm();
    if (state.kind !== before.kind || state.epoch !== before.epoch) options.changed(state, before);
    if (state.kind !== "stopped") return;
    for (const resolve of whenStopped) resolve();
    whenStopped = [];
  }

  /** A frame only moves the deadline further; the timer that comes too early re-arms itself. */
  function arm(): void {
    const at = deadline(state);
    if (at === armedFor || (at !== undefined && armedFor !== undefined && armedFor < at)) return;
    disarm();
    armedFor = at;
    if (at === undefined) return;
    disarm = clock.after(Math.max(0, at - clock.elapsed()), () => {
      armedFor = undefined;
      handle({ kind: "due" });
    });
  }

  function perform(effect: Effect): void {
    switch (effect) {
      case "login":
        return logIn(state.epoch);
      case "dial":
        return dial(state.epoch);
      case "subscribe":
        return options.opened();
      case "ping":
        return socket?.send(PING);
      case "close":
        frames?.finish();
        return socket?.close();
      case "terminate":
        frames?.finish();
        return socket?.terminate();
      case "forget-session":
        if (session !== undefined) options.forget(session);
    }
  }

  function logIn(epoch: number): void {
    options.session().then((granted) => {
      if (epoch !== state.epoch) return;
      session = granted;
      handle({ kind: "session", epoch });
    }, (error: unknown) => {
      const cause: Cause = error instanceof LoginFailure
        ? error.reason
        : { kind: "login", message: "no login: a fault of the proxy" };
      handle({ kind: "ended", epoch, cause });
    });
  }

  function dial(epoch: number): void {
    const own = new FrameTurns({
      clock,
      follow: (frame, cameAt) =>
        typeof frame === "string" ? options.text(frame) : options.binary(frame, cameAt),
      pause: () => dialled?.pause(),
      resume: () => dialled?.resume(),
    });
    frames = own;
    let dialled: StreamSocket | undefined;
    const take = (frame: string | Uint8Array) => {
      const cameAt = noteFrame(epoch);
      if (cameAt !== undefined) own.take(frame, cameAt);
    };
    const ended = (cause: Cause) => {
      own.finish();
      if (epoch === state.epoch) socket = undefined;
      handle({ kind: "ended", epoch, cause });
    };
    try {
      socket = dialled = options.open(session!, {
        opened: () => handle({ kind: "opened", epoch }),
        text: take,
        binary: take,
        ended,
      });
    } catch {
      // A token that cannot stand in a header, for one: what was thrown may quote it. Not at once: we are inside a step.
      queueMicrotask(() =>
        ended({ kind: "refused", message: "the stream cannot be dialled with this session" })
      );
    }
  }

  /**
   * When a frame came, elapsed ms; undefined where it is not one of the live socket. The clock is asked once for a frame,
   * and the state is told of it now and then, not for each tick.
   */
  function noteFrame(epoch: number): number | undefined {
    if (epoch !== state.epoch || state.kind !== "live") return undefined;
    const now = clock.elapsed();
    if (state.silentAt - policy.silentAfter + LIFE_RESOLUTION_MS <= now) handle({ kind: "frame", epoch });
    return now;
  }

  return {
    state: () => state,
    start: () => handle({ kind: "start" }),
    reconnect: (cause) => handle({ kind: "reconnect", cause }),
    stop: () =>
      new Promise((resolve) => {
        whenStopped.push(resolve);
        handle({ kind: "stop" });
      }),
    session: () => session,
    send: (text) => socket?.send(text),
  };
}
