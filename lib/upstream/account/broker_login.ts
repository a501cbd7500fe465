import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../util/clock.ts";
import { istDate, istMidnight, istTimestamp } from "../../market/ist.ts";
import { RestRefusal } from "../../smartapi/broker_error.ts";
import type { BrokerSession, Rest } from "../../smartapi/rest.ts";
import { LoginFailure } from "../cause.ts";
import type { Cause } from "../cause.ts";
import type { Policy } from "../policy.ts";
import type { LoginStatus } from "../upstream.ts";

/** The one owner of the login: every connection asks here, and at most one login is under way. */
export interface BrokerLogin {
  /** The session of today, or a new one. @throws {LoginFailure} says until when not to ask again. */
  current(): Promise<BrokerSession>;
  /** The session was refused: it is not given out again. One that was replaced meanwhile changes nothing. */
  forget(session: BrokerSession): void;
  /** Forgets everything: the credentials are others. */
  reset(): void;
  /** When the session that is held has to be replaced by that of the next day, ms since the Unix epoch. */
  renewAt(): number;
  status(): LoginStatus;
}

/** The broker allows one authentication call a second. */
const MIN_SPACING_MS = 1_100;

const TOTP_STEP_MS = 30_000;

/** Everything dies at 00:00 IST, and nobody trades before 09:00: in between there is time, and no reason to crowd. */
const RENEW_FROM_MS = 5 * 60_000;
const RENEW_UNTIL_MS = (8 * 60 + 30) * 60_000;

/** Refusals on one day after which the tries become rare; tries that reached nobody do not count. */
const DAILY_BUDGET = 8;
const RARE_MS = 30 * 60_000;

/** One-time codes are good for 30 s either way, so a clock that is off by more than this deserves a word. */
const DRIFT_WARNING_MS = 10_000;

const DAY_MS = 86_400_000;

const log = getLogger(["broker", "login"]);

export function createBrokerLogin(
  { clock, rest, policy }: { clock: Clock; rest: Rest; policy: Policy },
): BrokerLogin {
  let held: BrokerSession | undefined;
  let flight: Promise<BrokerSession> | undefined;
  let failure: Cause | undefined;
  let attempts = 0;
  let wrongCodes = 0;
  let tries = 0;
  const outcomes = new Map<string, number>();
  let succeeded = false;
  let lastCallAt = -Infinity;
  /** Rises when the credentials change. */
  let eras = 0;
  let driftMs: number | undefined;
  const refusals = { day: "", count: 0 };
  /** The day of the last session, and the minute chosen for the next one. */
  const renewal = { day: "", at: 0 };

  async function logIn(): Promise<BrokerSession> {
    const wait = lastCallAt + MIN_SPACING_MS - clock.elapsed();
    if (wait > 0) await new Promise<void>((resolve) => clock.after(wait, resolve));
    tries++;
    const era = eras;
    try {
      const session = await rest.login();
      if (era !== eras) throw new RestRefusal("retry", "the credentials changed during the login");
      held = session;
      note("ok");
      succeeded = true;
      failure = undefined;
      attempts = 0;
      wrongCodes = 0;
      noteDrift(session.driftMs);
      log.info("logged in");
      return session;
    } catch (error) {
      const cause = causeOf(error);
      if (era === eras) failure = cause;
      throw new LoginFailure(era === eras ? cause : { ...cause, final: false });
    } finally {
      lastCallAt = clock.elapsed();
    }
  }

  function causeOf(error: unknown): Cause {
    const refusal = error instanceof RestRefusal ? error : new RestRefusal("retry", String(error));
    note(refusal.kind);
    noteDrift(refusal.driftMs);
    const drift = refusal.kind === "totp" && Math.abs(driftMs ?? 0) > DRIFT_WARNING_MS
      ? `; ${driftText(driftMs!)}`
      : "";
    const message = `login refused: ${refusal.message}${drift}`;
    const wrongCode = refusal.kind === "totp";
    wrongCodes = wrongCode ? wrongCodes + 1 : 0;
    if (refusal.kind === "final" || wrongCodes > 1) {
      log.error("{message}; not tried again until the configuration changes", { message });
      return { kind: "login", message, final: true };
    }
    const delay = wrongCode ? nextCodeIn(clock.now()) : delayOf(refusal);
    attempts++;
    log.warn("{message}; next try in {seconds} s", { message, seconds: Math.ceil(delay / 1000) });
    return { kind: "login", message, notBefore: clock.elapsed() + delay };
  }

  function delayOf(refusal: RestRefusal): number {
    const base = refusal.kind === "slow_down" ? policy.throttleBase : 0;
    const cap = refusal.kind === "slow_down" ? policy.throttleCap : policy.backoffCap;
    const ceiling = Math.min(cap, (base || policy.backoffBase) * 2 ** Math.min(attempts, 30));
    const delay = base + policy.random() * Math.max(0, ceiling - base);
    return refusal.kind === "slow_down" && budgetUsedUp() ? Math.max(delay, RARE_MS) : delay;
  }

  function budgetUsedUp(): boolean {
    const day = istDate(clock.now());
    refusals.count = refusals.day === day ? refusals.count + 1 : 1;
    refusals.day = day;
    return refusals.count > DAILY_BUDGET;
  }

  function note(outcome: string): void {
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

  /** The minute of the day after a session's at which the next one is fetched: chosen once, by chance. */
  function renewAt(): number {
    if (held === undefined) return Infinity;
    const day = istDate(held.issuedAt);
    if (renewal.day !== day) {
      const midnight = istMidnight(held.issuedAt) + DAY_MS;
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
      if (held !== undefined && istDate(held.issuedAt) === istDate(now)) return Promise.resolve(held);
      if (flight !== undefined) return flight;
      if (failure?.final || (failure?.notBefore ?? 0) > clock.elapsed()) {
        return Promise.reject(new LoginFailure(failure!));
      }
      if (held !== undefined && now < renewAt()) {
        return Promise.reject(new LoginFailure(overnight(renewAt(), clock)));
      }
      flight = logIn().finally(() => flight = undefined);
      return flight;
    },
    forget(session) {
      // One of an earlier day is dead anyway, and still tells when the next login is due.
      if (held === session && istDate(session.issuedAt) === istDate(clock.now())) held = undefined;
    },
    reset() {
      eras++;
      succeeded = false;
      held = undefined;
      failure = undefined;
      attempts = 0;
      wrongCodes = 0;
    },
    status: () => ({
      ...held === undefined ? {} : { loggedInAt: held.issuedAt, nextAt: renewAt() },
      ...failure === undefined
        ? {}
        : { failure: { kind: failure.kind, message: failure.message, final: failure.final ?? false } },
      ...driftMs === undefined ? {} : { clockDriftMs: driftMs },
      tries,
      outcomes: Object.fromEntries(outcomes),
      succeeded,
    }),
  };
}

function overnight(until: number, clock: Clock): Cause {
  const at = istTimestamp(until).slice(11, 16);
  return {
    kind: "login",
    message: `yesterday's session ended at midnight; the next login is at ${at} IST`,
    notBefore: clock.elapsed() + until - clock.now(),
    plannedAt: until,
  };
}

function driftText(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  return `this machine's clock is ${seconds} s ${ms > 0 ? "behind" : "ahead of"} the broker's; set it by NTP`;
}

/** To the beginning of the next window of one-time codes, and a little into it. */
function nextCodeIn(now: number): number {
  return TOTP_STEP_MS - now % TOTP_STEP_MS + 1_000;
}
