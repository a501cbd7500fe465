import { KNOWN_CODES, type KnownRefusal, knownSentence, type RefusalKind } from "./known_refusals.ts";
import { PublicWords, secretLooking } from "./public_words.ts";

export type { RefusalKind };

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
 * @param words What must not be repeated.
 * @param what Our word for what came, in place of the HTTP status.
 */
export function refusalOf(
  answer: BrokerAnswer,
  body: Record<string, unknown> | undefined,
  words: PublicWords = new PublicWords(),
  what = `HTTP ${answer.status}`,
): RestRefusal {
  const { status, text, driftMs, retryAfterMs } = answer;
  const parts = partsOf(body);
  const given = parts.flatMap((part) => [part.errorcode, part.errorCode, part.code, part.message])
    .map(codeIn).find((each) => each !== undefined);
  const said = parts.flatMap((part) => [part.message, part.errorMessage, part.error]).find(isSentence) ?? "";
  const known = given === undefined ? undefined : KNOWN_CODES.get(given);
  // A code that nobody knows may be anything.
  const code = known === undefined && given !== undefined && words.of(given) !== given ? undefined : given;
  // A page of somebody else decides nothing about our credentials.
  const sentence = body === undefined ? undefined : knownSentence(said);
  const kind = known?.kind ?? sentence?.kind ?? kindOfStatus(status, said || text, body);
  const advice = (kind === "relogin" ? NO_SESSION_YET : undefined) ?? sentence?.advice ?? known?.advice ??
    (body === undefined ? adviceForPage(status, text) : undefined) ?? UNKNOWN;
  const others = parts.flatMap((part) => {
    const rest = Object.entries(part).filter(([name, each]) =>
      !SENTENCES.has(name) && !parts.includes(each as never)
    );
    return secretLooking(Object.fromEntries(rest));
  });
  const quoted = isPlainSuccess(said) || said === code ? "" : words.of(said, others);
  const message = [
    code ?? what,
    code !== undefined && what !== `HTTP ${status}` ? what : "",
    quoted === "" ? "" : `"${quoted}"`,
    body === undefined ? `with ${natureOf(text)} that cannot be read` : "",
    `(${advice})`,
  ].filter((part) => part !== "").join(" ");
  return new RestRefusal(kind, message, {
    status,
    ...code === undefined ? {} : { code },
    ...driftMs === undefined ? {} : { driftMs },
    ...retryAfterMs === undefined ? {} : { retryAfterMs },
  });
}

/** At a login there is no token or session that could have ended. */
const NO_SESSION_YET = "check SMARTAPI_API_KEY, and that its app is active at smartapi.angelone.in";

/** What to do about a refusal that nobody knows. */
const UNKNOWN = "a minute later it may work; if not, ask the broker";

/** Fields that hold the broker's words. */
const SENTENCES: ReadonlySet<string> = new Set(["message", "errorMessage", "error"]);

/** Where a code and a sentence may stand: in the answer itself, or one step within it. */
function partsOf(body: Record<string, unknown> | undefined): Record<string, unknown>[] {
  if (body === undefined) return [];
  const within = [body.error, body.data, body.errors].map((each) => Array.isArray(each) ? each[0] : each);
  const isObject = (each: unknown) => typeof each === "object" && each !== null && !Array.isArray(each);
  return [body, ...within.filter(isObject) as Record<string, unknown>[]];
}

/** Codes are short words of letters and digits; anything else in their place is not repeated. */
function codeIn(value: unknown): string | undefined {
  const code = typeof value === "string" ? value.trim().toUpperCase() : "";
  return /^[A-Z]{1,4}[0-9]{3,5}$/.test(code) ? code : undefined;
}

/** A page in the place of a sentence is none. */
function isSentence(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "" && !/<[a-z!/]|[{}]/i.test(value);
}

function isPlainSuccess(said: string): boolean {
  return /^\s*(?:success|ok|true)\s*$/i.test(said);
}

/** What kind of thing a body is that is no JSON object. */
function natureOf(text: string): string {
  const trimmed = text.trim();
  if (trimmed === "") return "an empty answer";
  if (/^<|<html|<!doctype/i.test(trimmed)) return "a page";
  if (/^[{[]/.test(trimmed)) return "an incomplete answer";
  return "an answer";
}

/** Only what every such page has in common is looked for. */
function adviceForPage(status: number, text: string): string | undefined {
  const known: KnownRefusal | undefined = knownSentence(text.slice(0, 1_000));
  if (known?.kind === "slow_down") return known.advice;
  if (status === 429) return "too many requests; a minute later it may work";
  if (/<html|<!doctype/i.test(text) && status < 500) return "a firewall or a notice in front of the broker";
  return undefined;
}

function kindOfStatus(status: number, said: string, body: Record<string, unknown> | undefined): RefusalKind {
  if (status === 429 || status === 403 || /exceeding|access rate|rate limit/i.test(said)) return "slow_down";
  if (status === 401) return "relogin";
  if (status >= 500 || body === undefined || (status >= 200 && status < 300 && isPlainSuccess(said))) {
    return "retry";
  }
  // A refusal with a code that nobody has described: trying on fast could lock the account.
  return "slow_down";
}
