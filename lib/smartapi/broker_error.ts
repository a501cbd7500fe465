import { publicWords } from "./public_words.ts";

/**
 * What a refusal of the broker asks of us:
 * - `final`: the credentials are wrong or the account is blocked; trying again may lock it
 * - `totp`: the one-time code was wrong; the next 30 s window may be tried, once
 * - `relogin`: the token is dead; log in again
 * - `slow_down`: too many requests, or a refusal we cannot read
 * - `retry`: a fault of the network or the broker that passes
 */
export type RefusalKind = "final" | "totp" | "relogin" | "slow_down" | "retry";

/** A REST call that was not answered with success. The message may be shown to anyone: it quotes no body. */
export class RestRefusal extends Error {
  override readonly name = "RestRefusal";
  /** The broker's code, e.g. `AB1007`, where it gave one. */
  readonly code?: string;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /** How far the broker's clock is ahead of ours, ms, when it sent one. */
  readonly driftMs?: number;
  /** How long the broker asks to wait, ms, when it does. */
  readonly retryAfterMs?: number;
  /** The request may have reached the broker although no answer came in time. */
  readonly sent?: boolean;

  constructor(readonly kind: RefusalKind, message: string, details: RefusalDetails = {}) {
    super(message);
    Object.assign(this, details);
  }
}

export interface RefusalDetails {
  /** The request may have reached the broker although no answer came in time. */
  readonly sent?: boolean;
  readonly code?: string;
  readonly status?: number;
  readonly driftMs?: number;
  readonly retryAfterMs?: number;
}

/**
 * What the broker's codes ask of us.
 *
 * Sources: the "Exceptions" page of the documentation; AG8004 from the official Java SDK; AB1021, AB1034 and AB1050
 * from the official forum. AB1007 is "AMX error" in the table, and in practice the answer to a wrong client code or PIN.
 */
const KIND_OF_CODE: ReadonlyMap<string, RefusalKind> = new Map([
  ...["AG8001", "AG8002", "AG8003", "AB8050", "AB8051", "AB1010", "AB1011"].map((code) =>
    [code, "relogin"] as const
  ),
  ...["AB1000", "AB1001", "AB1002", "AB1005", "AB1006", "AB1007", "AB1032", "AB1034", "AG8004"].map((code) =>
    [code, "final"] as const
  ),
  ["AB1050", "totp"],
  ["AB2000", "retry"],
  ["AB2001", "retry"],
  ["AB1004", "slow_down"],
  ["AB1021", "slow_down"],
]);

/** What would help, for each code that is known. */
const ADVICE: Readonly<Record<string, string>> = {
  AB1000: "check SMARTAPI_CLIENT_CODE and SMARTAPI_PIN",
  AB1001: "check SMARTAPI_CLIENT_CODE and SMARTAPI_PIN",
  AB1002: "check SMARTAPI_PIN",
  AB1004: "the broker has a fault of its own; it is tried again later",
  AB1005: "check SMARTAPI_CLIENT_CODE: the broker does not know this kind of user",
  AB1006: "the account is blocked; ask the broker",
  AB1007: "check SMARTAPI_CLIENT_CODE and SMARTAPI_PIN",
  AB1010: "the session has ended; a new login follows",
  AB1011: "the session has ended; a new login follows",
  AB1021: "too many logins; it is tried again later",
  AB1032: "this client may not log in; ask the broker",
  AB1034: "check SMARTAPI_API_KEY",
  AB1050: "check SMARTAPI_TOTP_SECRET and this machine's clock",
  AB2000: "the broker has a fault of its own; it is tried again",
  AB2001: "the broker has a fault of its own; it is tried again",
  AB8050: "the session has ended; a new login follows",
  AB8051: "the session has ended; a new login follows",
  AG8001: "the token is no longer good; a new login follows",
  AG8002: "the token is no longer good; a new login follows",
  AG8003: "the token is missing; a new login follows",
  AG8004: "check SMARTAPI_API_KEY",
};

/** Advice for sentences that come without a code. */
const ADVICE_FOR_WORDS: readonly (readonly [RegExp, string])[] = [
  [/exceeding|access rate|rate limit|too many/i, "too many requests; it is tried again later"],
  [/invalid totp/i, "check SMARTAPI_TOTP_SECRET and this machine's clock"],
  [/invalid (?:client|user|password|pin|m-?pin)/i, "check SMARTAPI_CLIENT_CODE and SMARTAPI_PIN"],
  [/api ?key|private ?key/i, "check SMARTAPI_API_KEY"],
  [/blocked|locked|suspended/i, "the account may be blocked; ask the broker"],
];

/** What came back, before anything is believed of it. */
export interface BrokerAnswer {
  readonly status: number;
  readonly text: string;
  readonly driftMs?: number;
  readonly retryAfterMs?: number;
}

/**
 * Reads a refusal in any of the broker's shapes: the application's JSON (`errorcode`), the gateway's (`errorCode`,
 * no `status`), the rate limiter's plain text with 403, and pages of HTML. The message is our sentence about it, with
 * the broker's code and at most its own `message`; nothing else of the body is quoted.
 *
 * @param secrets Taken out of the broker's message: it may repeat the request.
 */
export function refusalOf(
  answer: BrokerAnswer,
  body: Record<string, unknown> | undefined,
  secrets: readonly string[] = [],
): RestRefusal {
  const { status, driftMs, retryAfterMs } = answer;
  const code = [body?.errorcode, body?.errorCode].find(isCode);
  const said = typeof body?.message === "string" ? body.message : "";
  const kind = code !== undefined && KIND_OF_CODE.get(code) ||
    kindOfStatus(status, said || answer.text, body);
  const advice = adviceFor(code, said || (body === undefined ? answer.text.slice(0, 1_000) : ""));
  const words = publicWords(said, secrets);
  const message = [
    code ?? `HTTP ${status}`,
    words === "" ? "" : `"${words}"`,
    body === undefined && advice === undefined ? "with an answer that cannot be read" : "",
    advice === undefined ? "" : `(${advice})`,
  ].filter((part) => part !== "").join(" ");
  return new RestRefusal(kind, message, {
    status,
    ...code === undefined ? {} : { code },
    ...driftMs === undefined ? {} : { driftMs },
    ...retryAfterMs === undefined ? {} : { retryAfterMs },
  });
}

/** Codes are short words of letters and digits; anything else in their place is not repeated. */
function isCode(value: unknown): value is string {
  return typeof value === "string" && /^[A-Z]{1,4}[0-9]{3,5}$/.test(value);
}

function adviceFor(code: string | undefined, words: string): string | undefined {
  if (code !== undefined && ADVICE[code] !== undefined) return ADVICE[code];
  return ADVICE_FOR_WORDS.find(([pattern]) => pattern.test(words))?.[1];
}

function kindOfStatus(status: number, said: string, body: Record<string, unknown> | undefined): RefusalKind {
  if (status === 429 || status === 403 || /exceeding|access rate|rate limit/i.test(said)) return "slow_down";
  if (status === 401) return "relogin";
  if (status >= 500 || body === undefined) return "retry";
  // A refusal with a code that nobody has described: trying on fast could lock the account.
  return "slow_down";
}
