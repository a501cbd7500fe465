import { istDate, istMidnight } from "../../market/ist.ts";
import type { RefusalKind } from "../../smartapi/broker_error.ts";
import type { Moment } from "../../util/clock.ts";
import type { Cause } from "../cause.ts";
import type { Policy } from "../policy.ts";

/** Why a login failed, as far as it decides when the next one may be tried. */
export interface LoginRefusal {
  readonly kind: RefusalKind;
  readonly message: string;
  /** The broker answered, whatever it was: such tries are counted, since too many of them can lock an account. */
  readonly answered: boolean;
  /** The broker's own wish, ms. */
  readonly retryAfterMs?: number;
}

/** What is remembered of the logins with the present credentials. */
export interface LoginState {
  readonly failure?: Cause;
  /** Wall time less elapsed time at the failure, ms: another value later shows that the clock was set. */
  readonly failedOffset: number;
  /** Tries in a row that reached nobody. */
  readonly unreachable: number;
  /** Wrong one-time codes in a row. */
  readonly wrongCodes: number;
  /** How often in a row credentials that had worked were refused. */
  readonly doubts: number;
  /** Failed tries that the broker answered, and sessions that it refused, by the day. */
  readonly answers: { readonly day: string; readonly count: number };
  /** When a login succeeded last, ms since the Unix epoch. */
  readonly succeededAt?: number;
}

export const NO_LOGIN: LoginState = {
  failedOffset: 0,
  unreachable: 0,
  wrongCodes: 0,
  doubts: 0,
  answers: { day: "", count: 0 },
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TOTP_STEP_MS = 30_000;

/** Waits after failed tries that the broker answered, in their order on one day; the last one repeats. */
const ANSWER_WAITS_MS = [
  15_000,
  MINUTE_MS,
  5 * MINUTE_MS,
  15 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  4 * HOUR_MS,
];

/** A broker that asks for patience gets at least this. */
const SLOW_DOWN_MS = 30_000;

/** A longer wish of the broker is not followed: the trading day would be lost. */
const MAX_RETRY_AFTER_MS = 4 * HOUR_MS;

/** Wrong codes after which only the next trading day or a corrected clock helps. */
const MAX_WRONG_CODES = 3;

/** Before the exchanges open, every day has a try of its own. */
const MORNING_MS = 8 * HOUR_MS + 45 * MINUTE_MS;

/** Credentials that worked within this time, at the last login or the one before, are not refused for good at once. */
const TRUSTED_FOR_MS = 40 * HOUR_MS;

/** Waits after each refusal of credentials that had worked; one more is believed. */
const DOUBT_WAITS_MS = [10 * MINUTE_MS, HOUR_MS];

/** A session that lived so long was good: that it is refused now says nothing about the next. */
const GOOD_SESSION_MS = HOUR_MS;

/** A clock that was set by more than this makes other one-time codes. */
const CLOCK_SET_MS = 5_000;

/**
 * After so many of a day's tries, a clock that was set is no reason for one more: that of a laptop which sleeps looks
 * set at each waking.
 */
const MAX_TRIES_FOR_CLOCK = 6;

/** What is left of the past: the day's count, since a session may be given and refused again and again. */
export function loginSucceeded(state: LoginState, { now }: Moment): LoginState {
  return { ...NO_LOGIN, answers: state.answers, succeededAt: now };
}

/**
 * A session of ours was refused. The first of a day is replaced at once: a token may die. More of them count like
 * refused logins, since each costs a login.
 */
export function sessionRefused(state: LoginState, livedMs: number, at: Moment, policy: Policy): LoginState {
  const answers = counted(state, at);
  const next = { ...state, answers };
  if (answers.count === 1 || livedMs >= GOOD_SESSION_MS) return next;
  const message = "the broker gives sessions and refuses them";
  const refusal = { kind: "slow_down", message, answered: true } as const;
  return {
    ...next,
    failedOffset: at.now - at.elapsed,
    failure: waiting(message, answerWait(refusal, answers.count - 1, policy), at),
  };
}

/** Takes a failure into account; {@linkcode LoginState.failure} says what is next. */
export function loginFailed(
  state: LoginState,
  refusal: LoginRefusal,
  at: Moment,
  policy: Policy,
): LoginState {
  const { kind, message, answered } = refusal;
  const failedOffset = at.now - at.elapsed;
  if (!answered) {
    const ceiling = Math.min(policy.backoffCap, policy.backoffBase * 2 ** Math.min(state.unreachable, 30));
    const failure = waiting(message, policy.random() * ceiling, at);
    return { ...state, failure, failedOffset, unreachable: state.unreachable + 1 };
  }
  const answers = counted(state, at);
  const { count } = answers;
  const next = { ...state, failedOffset, unreachable: 0, answers };
  if (kind === "final") {
    const patience = isTrusted(state, at) ? DOUBT_WAITS_MS[state.doubts] : undefined;
    if (patience === undefined) return { ...next, failure: { kind: "login", message, final: true } };
    const wait = Math.max(patience, answerWait(refusal, count, policy));
    return { ...next, wrongCodes: 0, doubts: state.doubts + 1, failure: waiting(message, wait, at) };
  }
  if (kind === "totp") {
    const wrongCodes = state.wrongCodes + 1;
    const wait = wrongCodes === 1
      ? nextCodeIn(at.now)
      : wrongCodes < MAX_WRONG_CODES
      ? answerWait(refusal, count, policy)
      : untilMorning(at.now);
    return { ...next, wrongCodes, failure: waiting(message, wait, at) };
  }
  const wait = Math.min(answerWait(refusal, count, policy), untilMorning(at.now));
  return { ...next, wrongCodes: 0, failure: waiting(message, wait, at) };
}

/** Why no login is to be tried now; undefined when it may be. */
export function loginBlocked(
  { failure, failedOffset, wrongCodes, answers }: LoginState,
  at: Moment,
): Cause | undefined {
  if (failure === undefined) return undefined;
  if (failure.final) return failure;
  if (at.elapsed >= (failure.notBefore ?? 0) || at.now >= (failure.plannedAt ?? Infinity)) return undefined;
  // The codes of a clock that has come right are worth a try.
  const isClockSet = Math.abs(at.now - at.elapsed - failedOffset) > CLOCK_SET_MS;
  const isTryLeft = answers.count < MAX_TRIES_FOR_CLOCK || answers.day !== answerDay(at);
  return wrongCodes > 0 && isClockSet && isTryLeft ? undefined : failure;
}

function isTrusted({ succeededAt }: LoginState, { now }: Moment): boolean {
  return succeededAt !== undefined && Math.abs(now - succeededAt) < TRUSTED_FOR_MS;
}

/** The day of a try: it begins before the exchanges open. */
function answerDay({ now }: Moment): string {
  return istDate(now - MORNING_MS);
}

/** One more of the day's answers. */
function counted({ answers }: LoginState, at: Moment): LoginState["answers"] {
  const day = answerDay(at);
  return { day, count: answers.day === day ? answers.count + 1 : 1 };
}

function waiting(message: string, delay: number, { now, elapsed }: Moment): Cause {
  return { kind: "login", message, notBefore: elapsed + delay, plannedAt: now + delay };
}

function answerWait({ kind, retryAfterMs = 0 }: LoginRefusal, count: number, policy: Policy): number {
  const base = ANSWER_WAITS_MS[Math.min(count, ANSWER_WAITS_MS.length) - 1]!;
  const least = Math.max(kind === "slow_down" ? SLOW_DOWN_MS : 0, Math.min(retryAfterMs, MAX_RETRY_AFTER_MS));
  return Math.max(least, base * (1 + 0.4 * policy.random()));
}

/** To 08:45 IST, today's or tomorrow's. */
function untilMorning(now: number): number {
  const today = istMidnight(now) + MORNING_MS - now;
  return today > 0 ? today : today + 24 * HOUR_MS;
}

/** To the beginning of the next window of one-time codes, and a little into it. */
function nextCodeIn(now: number): number {
  return TOTP_STEP_MS - now % TOTP_STEP_MS + 1_000;
}
