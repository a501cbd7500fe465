import { redact } from "../util/secret.ts";

/** Longest part of a broker's sentence that is repeated. */
const MAX_WORDS = 160;

/** What looks like a token: long, without blanks, and more than a word. A longer run of digits may be one as well. */
const TOKEN_LIKE =
  /[A-Za-z0-9_\-+/=.~]{24,}|(?=[A-Za-z0-9_\-+/=]*\d)(?=[A-Za-z0-9_\-+/=]*[A-Za-z])[A-Za-z0-9_\-+/=]{16,}|\d{9,}/g;

/**
 * A sentence of the broker as it may be shown to clients and written to the log: short, in one line, without our
 * secrets and without whatever looks like a token.
 */
export function publicWords(text: string, secrets: readonly string[]): string {
  const plain = redact(text, secrets).replace(/[\p{Cc}\p{Cf}]+/gu, " ").replace(/\s+/g, " ").trim();
  const safe = plain.replace(TOKEN_LIKE, "[redacted]");
  return safe.length <= MAX_WORDS ? safe : `${safe.slice(0, MAX_WORDS)}…`;
}
