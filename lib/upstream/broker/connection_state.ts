import type { Cause } from "../cause.ts";
import type { Policy } from "../policy.ts";
import { type Counters, delayAfter, handshakePatience } from "./connection_waits.ts";

/** Every deadline is data; each arm holds what that state needs. Times are elapsed ms. */
export type ConnectionState =
  & Counters
  & (
    | { readonly kind: "waiting"; readonly retryAt: number; readonly cause?: Cause }
    | { readonly kind: "login" }
    | { readonly kind: "connecting"; readonly giveUpAt: number }
    | {
      readonly kind: "live";
      readonly pingAt: number;
      readonly silentAt: number;
      readonly healthyAt: number;
    }
    | {
      /** We closed; the next socket is dialled only when this one is gone. */
      readonly kind: "closing";
      readonly cause: Cause;
      readonly retryAt: number;
      readonly terminateAt: number;
      readonly terminated: boolean;
    }
    | { readonly kind: "stopped"; readonly cause: Cause }
  );

export type ConnectionEvent =
  | { readonly kind: "start" | "due" | "stop" }
  | { readonly kind: "session" | "opened" | "frame"; readonly epoch: number }
  /** The socket, or the try to get one, has come to its end: nothing of it is left. */
  | { readonly kind: "ended"; readonly epoch: number; readonly cause: Cause }
  /** There is a reason to replace the socket: a new session. */
  | { readonly kind: "reconnect"; readonly cause: Cause };

export type Effect = "login" | "dial" | "subscribe" | "ping" | "close" | "terminate" | "forget-session";

export type Step = readonly [ConnectionState, readonly Effect[]];

export const INITIAL: ConnectionState = {
  kind: "stopped",
  epoch: 0,
  attempt: 0,
  denials: 0,
  throttles: 0,
  timeouts: 0,
  cause: { kind: "shutdown", message: "not started" },
};

/** The life of one connection: pure, so that a test can walk it through any storm. */
export function step(state: ConnectionState, event: ConnectionEvent, now: number, policy: Policy): Step {
  switch (event.kind) {
    case "start":
      return state.kind === "stopped"
        ? begin({ ...state, attempt: 0, denials: 0, throttles: 0, timeouts: 0 })
        : [state, []];
    case "stop":
      return stop(state, now, policy);
    case "reconnect":
      return reconnect(state, event.cause, now, policy);
    case "due":
      return due(state, now, policy);
    default:
      return event.epoch === state.epoch ? ofSocket(state, event, now, policy) : [state, []];
  }
}

/** When the state wants to hear `due`; never, when undefined. */
export function deadline(state: ConnectionState): number | undefined {
  switch (state.kind) {
    case "waiting":
      return state.retryAt;
    case "connecting":
      return state.giveUpAt;
    case "live":
      return Math.min(state.pingAt, state.silentAt, state.healthyAt);
    case "closing":
      return state.terminateAt;
    default:
      return undefined;
  }
}

function counters(state: ConnectionState): Counters {
  const { epoch, attempt, denials, throttles, timeouts } = state;
  return { epoch, attempt, denials, throttles, timeouts };
}

/** A new try always begins with a session, read at this moment and never kept from an earlier one. */
function begin(state: ConnectionState): Step {
  return [{ ...counters(state), kind: "login", epoch: state.epoch + 1 }, ["login"]];
}

function ofSocket(
  state: ConnectionState,
  event: Extract<ConnectionEvent, { epoch: number }>,
  now: number,
  policy: Policy,
): Step {
  switch (event.kind) {
    case "session":
      if (state.kind !== "login") return [state, []];
      return [{ ...counters(state), kind: "connecting", giveUpAt: now + handshakePatience(state, policy) }, [
        "dial",
      ]];
    case "opened":
      if (state.kind !== "connecting") return [state, []];
      return [{
        ...counters(state),
        kind: "live",
        denials: 0,
        throttles: 0,
        // One who was slow and came will be slow again.
        timeouts: now > state.giveUpAt - handshakePatience(state, policy) + policy.handshakeTimeout
          ? state.timeouts
          : 0,
        pingAt: now + policy.pingEvery,
        silentAt: now + policy.silentAfter,
        healthyAt: now + policy.healthyAfter,
      }, ["subscribe"]];
    case "frame":
      return state.kind === "live" ? [{ ...state, silentAt: now + policy.silentAfter }, []] : [state, []];
    case "ended":
      return ended(state, event.cause, now, policy);
  }
}

function ended(state: ConnectionState, cause: Cause, now: number, policy: Policy): Step {
  // Also a handshake that we had given up may yet be answered with 401.
  const forget: Effect[] = cause.kind === "unauthorized" ? ["forget-session"] : [];
  if (state.kind === "closing") {
    const shared = { ...counters(state), cause: state.cause };
    if (state.cause.kind === "shutdown") return [{ ...shared, kind: "stopped" }, forget];
    return [{ ...shared, kind: "waiting", retryAt: Math.max(now, state.retryAt) }, forget];
  }
  if (state.kind !== "login" && state.kind !== "connecting" && state.kind !== "live") return [state, []];
  if (cause.final) return [{ ...counters(state), kind: "stopped", cause }, []];
  return [after(state, cause, now, policy), forget];
}

/** The wait that a cause asks for. */
function after(state: ConnectionState, cause: Cause, now: number, policy: Policy): ConnectionState {
  const denials = cause.kind === "unauthorized" ? state.denials + 1 : state.denials;
  const throttles = cause.kind === "throttled" ? state.throttles + 1 : 0;
  const timeouts = cause.kind === "timeout" ? state.timeouts + 1 : state.timeouts;
  const delay = cause.notBefore !== undefined
    ? Math.max(0, cause.notBefore - now)
    : delayAfter(cause, { attempt: state.attempt, denials, throttles }, policy);
  return {
    kind: "waiting",
    epoch: state.epoch,
    attempt: state.attempt + 1,
    denials,
    throttles,
    timeouts,
    retryAt: now + delay,
    cause,
  };
}

function due(state: ConnectionState, now: number, policy: Policy): Step {
  switch (state.kind) {
    case "waiting":
      return now >= state.retryAt ? begin(state) : [state, []];
    case "connecting":
      if (now < state.giveUpAt) return [state, []];
      return closeFor(state, { kind: "timeout", message: "no handshake in time" }, now, policy);
    case "live":
      return dueLive(state, now, policy);
    case "closing":
      if (now < state.terminateAt) return [state, []];
      if (!state.terminated) {
        return [{ ...state, terminated: true, terminateAt: now + policy.closeTimeout }, ["terminate"]];
      }
      // Cut, and still no word of its end: the next epoch makes whatever it may yet say harmless.
      return ended({ ...state, epoch: state.epoch + 1 }, state.cause, now, policy);
    default:
      return [state, []];
  }
}

function dueLive(
  state: Extract<ConnectionState, { kind: "live" }>,
  now: number,
  policy: Policy,
): Step {
  if (now >= state.silentAt) {
    const seconds = Math.round(policy.silentAfter / 1000);
    return closeFor(state, { kind: "silent", message: `no frame for ${seconds} s` }, now, policy);
  }
  const ping = now >= state.pingAt;
  const healthy = now >= state.healthyAt;
  return [{
    ...state,
    attempt: healthy ? 0 : state.attempt,
    healthyAt: healthy ? Infinity : state.healthyAt,
    pingAt: ping ? now + policy.pingEvery : state.pingAt,
  }, ping ? ["ping"] : []];
}

function closeFor(state: ConnectionState, cause: Cause, now: number, policy: Policy): Step {
  const next = after(state, cause, now, policy);
  return [{
    ...counters(next),
    kind: "closing",
    cause,
    retryAt: next.kind === "waiting" ? next.retryAt : now,
    terminateAt: now + policy.closeTimeout,
    terminated: false,
  }, ["close"]];
}

function reconnect(state: ConnectionState, cause: Cause, now: number, policy: Policy): Step {
  if (state.kind === "waiting") return [{ ...state, retryAt: now, denials: 0 }, []];
  if (state.kind !== "live" && state.kind !== "connecting") return [state, []];
  const [closing, effects] = closeFor(state, cause, now, policy);
  return [{ ...closing, retryAt: now, attempt: 0 } as ConnectionState, effects];
}

function stop(state: ConnectionState, now: number, policy: Policy): Step {
  const cause: Cause = { kind: "shutdown", message: "stopped" };
  switch (state.kind) {
    case "connecting":
    case "live":
      return closeFor(state, cause, now, policy);
    case "closing":
      return [{ ...state, cause }, []];
    default:
      return [{ ...counters(state), kind: "stopped", epoch: state.epoch + 1, cause }, []];
  }
}
