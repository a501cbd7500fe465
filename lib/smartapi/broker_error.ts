/**
 * What a refusal of the broker asks of us:
 * - `final`: the credentials are wrong or the account is blocked; trying again may lock it
 * - `totp`: the one-time code was wrong; the next 30 s window may be tried, once
 * - `relogin`: the token is dead; log in again
 * - `slow_down`: too many requests, or a refusal we cannot read
 * - `retry`: a fault of the network or the broker that passes
 */
export type RefusalKind = "final" | "totp" | "relogin" | "slow_down" | "retry";

/** A REST call that was not answered with success. The message holds the server's own words where there are any. */
export class RestRefusal extends Error {
  override readonly name = "RestRefusal";
  /** The broker's code, e.g. `AB1007`, where it gave one. */
  readonly code?: string;
  /** HTTP status, where there was an answer. */
  readonly status?: number;
  /** How far the broker's clock is ahead of ours, ms, when it sent one. */
  readonly driftMs?: number;

  constructor(
    readonly kind: RefusalKind,
    message: string,
    details: { code?: string; status?: number; driftMs?: number } = {},
  ) {
    super(message);
    this.code = details.code;
    this.status = details.status;
    this.driftMs = details.driftMs;
  }
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

/** What would help, beside the server's words. */
const HINTS: Readonly<Record<string, string>> = {
  AB1006: "the account is blocked; ask the broker",
  AB1007: "check SMARTAPI_CLIENT_CODE and SMARTAPI_PIN",
  AB1000: "check SMARTAPI_CLIENT_CODE and SMARTAPI_PIN",
  AB1002: "check SMARTAPI_PIN",
  AB1034: "check SMARTAPI_API_KEY",
  AG8004: "check SMARTAPI_API_KEY",
  AB1050: "check SMARTAPI_TOTP_SECRET and this machine's clock",
};

const MAX_WORDS = 160;

/**
 * Reads a refusal in any of the broker's shapes: the application's JSON (`errorcode`), the gateway's (`errorCode`,
 * no `status`), the rate limiter's plain text with 403, and pages of HTML.
 */
export function refusalOf(
  answer: { status: number; text: string; driftMs?: number },
  body: Record<string, unknown> | undefined,
): RestRefusal {
  const code = [body?.errorcode, body?.errorCode].find((each) => typeof each === "string" && each !== "") as
    | string
    | undefined;
  const said = typeof body?.message === "string" ? body.message : wordsOf(answer.text);
  const kind = code !== undefined && KIND_OF_CODE.get(code) || kindOfStatus(answer.status, said, body);
  const hint = code === undefined ? undefined : HINTS[code];
  const message = [
    code ?? `HTTP ${answer.status}`,
    said === "" ? "" : `"${said.slice(0, MAX_WORDS)}"`,
    hint === undefined ? "" : `(${hint})`,
  ].filter((part) => part !== "").join(" ");
  return new RestRefusal(kind, message, { code, status: answer.status, driftMs: answer.driftMs });
}

function kindOfStatus(status: number, said: string, body: Record<string, unknown> | undefined): RefusalKind {
  if (status === 429 || status === 403 || /exceeding|access rate|rate limit/i.test(said)) return "slow_down";
  if (status === 401) return "relogin";
  if (status >= 500 || body === undefined) return "retry";
  // A refusal with a code nobody has described: knocking on fast could lock the account.
  return "slow_down";
}

/** The visible words of an HTML page or a plain text. */
function wordsOf(text: string): string {
  return text.replace(/<(style|script)[^]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ")
    .trim();
}
