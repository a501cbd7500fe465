import { getLogger } from "@logtape/logtape";
import { DAY_MS, istDate, istMidnight, istTimestamp } from "../../market/ist.ts";
import { RestRefusal } from "../../smartapi/broker_error.ts";
import type { BrokerSession, Rest } from "../../smartapi/rest.ts";
import { type Clock, type Moment, momentOf } from "../../util/clock.ts";
import { type Cause, LoginFailure } from "../cause.ts";
import type { Policy } from "../policy.ts";
import type { LoginStatus } from "../upstream.ts";
import { loginBlocked, loginFailed, loginSucceeded, NO_LOGIN, sessionRefused } from "./login_state.ts";

/** The one owner of the login: every connection asks here, and at most one login is under way. */
export interface BrokerLogin {
  /** The session of today, or a new one. @throws {LoginFailure} says until when not to ask again. */
  current(): Promise<BrokerSession>;
  /** The session was refused: it is not given out again. One that was replaced meanwhile changes nothing. */
  forget(session: BrokerSession): void;
  /** Forgets everything: the credentials are others. */
  reset(): void;
  /** When the present session has to be replaced by that of the next day, ms since the Unix epoch. */
  renewAt(): number;
  status(): LoginStatus;
}

/** The broker allows one authentication call a second. */
const MIN_SPACING_MS = 1_100;

/** Everything dies at 00:00 IST, and nobody trades before 09:00: in between there is time, and no reason to crowd. */
const RENEW_FROM_MS = 5 * 60_000;
const RENEW_UNTIL_MS = (8 * 60 + 30) * 60_000;

/** One-time codes are good for 30 s either way, so a clock that is off by more than this deserves a word. */
const DRIFT_WARNING_MS = 10_000;

/** A wait for the next one-time code that is longer than this deserves a word, or it would look like a hang. */
const TOLD_WAIT_MS = 2_000;

const log = getLogger(["broker", "login"]);

/** Drives `login_state.ts`: what may be tried when is decided there. */
export function createBrokerLogin(
  { clock, rest, policy }: { clock: Clock; rest: Pick<Rest, "login" | "codeWait">; policy: Policy },
): BrokerLogin {
  let state = NO_LOGIN;
  let current: BrokerSession | undefined;
  let inFlight: Promise<BrokerSession> | undefined;
  /** When the present session was granted, elapsed ms. */
  let grantedAt = 0;
  let lastCallAt = -Infinity;
  /** Rises when the credentials change. */
  let generation = 0;
  let driftMs: number | undefined;
  let tries = 0;
  const outcomes = new Map<string, number>();
  /** The day of the last session, and the minute chosen for the next one. */
  const renewal = { day: "", at: 0 };

  const moment = () => momentOf(clock);

  async function logIn(): Promise<BrokerSession> {
    const codeWait = rest.codeWait(codeOffset());
    const wait = Math.max(codeWait, lastCallAt + MIN_SPACING_MS - clock.elapsed());
    if (codeWait > TOLD_WAIT_MS) {
      const seconds = Math.ceil(codeWait / 1000);
      log.info("no one-time code is used twice: the login waits {seconds} s for the next one", { seconds });
    }
    if (wait > 0) await new Promise<void>((resolve) => clock.after(wait, resolve));
    tries++;
    const own = generation;
    try {
      const session = await rest.login(codeOffset());
      if (own !== generation) throw new RestRefusal("retry", "the credentials changed during the login");
      current = session;
      grantedAt = clock.elapsed();
      count("ok");
      noteDrift(session.driftMs);
      state = loginSucceeded(state, moment());
      log.info("logged in");
      return session;
    } catch (error) {
      const cause = failed(error);
      if (own !== generation) state = NO_LOGIN;
      throw new LoginFailure(own === generation ? cause : { ...cause, final: false });
    } finally {
      lastCallAt = clock.elapsed();
    }
  }

  function failed(error: unknown): Cause {
    const refusal = error instanceof RestRefusal ? error : new RestRefusal("retry", "a fault of the proxy");
    if (refusal !== error) {
      log.error("a login failed, a fault of the proxy; please report it: {error}", { error });
    }
    count(refusal.kind);
    noteDrift(refusal.driftMs);
    const answered = refusal.status !== undefined || refusal.sent === true || refusal.kind !== "retry";
    const drift = refusal.kind === "totp" && Math.abs(driftMs ?? 0) > DRIFT_WARNING_MS
      ? `; ${driftText(driftMs!)}`
      : "";
    const message = refusal.status !== undefined || refusal.kind !== "retry"
      ? `login refused: ${refusal.message}${drift}`
      : `no login: ${refusal.message}`;
    const { kind, retryAfterMs } = refusal;
    const seen = {
      kind,
      message,
      answered,
      ...retryAfterMs === undefined ? {} : { retryAfterMs },
    };
    state = loginFailed(state, seen, moment(), policy);
    const cause = state.failure!;
    if (cause.final) log.error("{message}; not tried again until the configuration changes", { message });
    else {
      const seconds = Math.ceil((cause.notBefore! - clock.elapsed()) / 1000);
      log.warn("{message}; next try in {seconds} s", { message, seconds });
    }
    return cause;
  }

  /**
   * How far one-time codes are made ahead of this machine's clock, ms: for the broker's time, where it is known. Where
   * that was refused, this machine's time is tried in turn.
   */
  function codeOffset(): number {
    return driftMs === undefined || state.wrongCodes % 2 === 0 && state.wrongCodes > 0 ? 0 : driftMs;
  }

  function count(outcome: string): void {
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }

  function noteDrift(ms: number | undefined): void {
    const known = driftMs;
    driftMs = ms ?? driftMs;
    if (ms === undefined || Math.abs(ms) <= DRIFT_WARNING_MS) return;
    // Once for each drift that is news.
    if (known !== undefined && Math.abs(known - ms) < DRIFT_WARNING_MS) return;
    log.warn("{drift}", { drift: driftText(ms) });
  }

  /**
   * When the present session was issued, ms since the Unix epoch, by the wall clock as it is set now. One that was set
   * back makes it earlier. One that runs ahead of the timers may as well be that of a machine that slept.
   */
  function issuedAt(session: BrokerSession): number {
    return Math.min(session.issuedAt, clock.now() - (clock.elapsed() - grantedAt));
  }

  /** The minute of the day after a session's at which the next one is fetched: chosen once, by chance. */
  function renewAt(): number {
    if (current === undefined) return Infinity;
    const at = issuedAt(current);
    const day = istDate(at);
    if (renewal.day !== day) {
      const midnight = istMidnight(at) + DAY_MS;
      renewal.day = day;
      renewal.at = midnight + RENEW_FROM_MS + Math.floor(policy.random() * (RENEW_UNTIL_MS - RENEW_FROM_MS));
    }
    return renewal.at;
  }

  return {
    renewAt,
    current() {
      const now = clock.now();
      // Everything issued on an earlier day is dead by definition.
      if (current !== undefined && istDate(issuedAt(current)) === istDate(now)) {
        return Promise.resolve(current);
      }
      if (inFlight !== undefined) return inFlight;
      const blocked = loginBlocked(state, moment());
      if (blocked !== undefined) return Promise.reject(new LoginFailure(blocked));
      if (current !== undefined && now < renewAt()) {
        return Promise.reject(new LoginFailure(overnight(renewAt(), moment())));
      }
      inFlight = logIn().finally(() => inFlight = undefined);
      return inFlight;
    },
    forget(session) {
      // One of an earlier day is dead anyway, and still tells when the next login is due.
      if (current !== session || istDate(issuedAt(session)) !== istDate(clock.now())) return;
      current = undefined;
      state = sessionRefused(state, clock.elapsed() - grantedAt, moment(), policy);
    },
    reset() {
      generation++;
      current = undefined;
      state = NO_LOGIN;
    },
    status: () => ({
      ...current === undefined ? {} : { loggedInAt: issuedAt(current), nextAt: renewAt() },
      ...state.failure === undefined ? {} : { failure: failureStatus(state.failure) },
      ...driftMs === undefined ? {} : { clockDriftMs: driftMs },
      tries,
      outcomes: Object.fromEntries(outcomes),
      succeeded: state.succeededAt !== undefined,
    }),
  };
}

function failureStatus({ kind, message, final = false }: Cause) {
  return { kind, message, final };
}

function overnight(until: number, { now, elapsed }: Moment): Cause {
  const at = istTimestamp(until).slice(11, 16);
  return {
    kind: "login",
    message: `yesterday's session ended at midnight; the next login is at ${at} IST`,
    notBefore: elapsed + until - now,
    plannedAt: until,
  };
}

function driftText(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  return `this machine's clock is ${seconds} s ${ms > 0 ? "behind" : "ahead of"} the broker's; set it by NTP`;
}
