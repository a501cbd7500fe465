import type { RedactionPattern } from "@logtape/redaction";
import type { Secret } from "../util/secret.ts";

const REDACTED = "[redacted]";

/** A shorter secret, taken out by its letters alone, would be betrayed by the innocent numbers it takes along. */
const MIN_LENGTH = 6;

/** Words that a secret stands behind, wherever it comes from. Bounded at the end, so that no line takes long to read. */
const NAMES = "(?:token|secret|passw(?:or)?d|api[_-]?key|totp|authorization|credentials?)[\\w-]{0,20}";

/** The lines of a log have secrets only by mistake; these are the mistakes that can be recognised. */
const BY_SHAPE: readonly RedactionPattern[] = [
  // A JSON Web Token. Its header is short; without that bound, a line of its first letters alone takes for ever.
  { pattern: /eyJ[\w-]{0,300}\.[\w-]*\.[\w-]*/g, replacement: REDACTED },
  // token=… in an address or a form, also percent-encoded; pin=… only as a word of its own.
  {
    pattern: new RegExp(`((?:${NAMES}|\\bm?pin)(?:=|%3D))(?!\\[redacted\\])[^&\\s"'\\\\#<>;,]+`, "gi"),
    replacement: `$1${REDACTED}`,
  },
  // "jwtToken": "…", also within a text of JSON. The broker's number of an instrument is called a token as well.
  {
    pattern: new RegExp(
      `((?:${NAMES}|\\bm?pin)\\\\{0,3}["']\\s{0,5}:\\s{0,5}\\\\{0,3}["'])(?!\\d{1,25}\\\\{0,3}["'])[^"'\\\\]+`,
      "gi",
    ),
    replacement: `$1${REDACTED}`,
  },
  // A header: the scheme stays, what follows it goes.
  {
    pattern:
      /(\b(?:x-[a-z-]{0,20}(?:token|key)|x-privatekey|authorization)\s{0,5}:\s{0,5}(?:(?:bearer|basic|token)\s+)?)[^\s"'\\,;]+/gi,
    replacement: `$1${REDACTED}`,
  },
  { pattern: /(\bbearer(?:\s+|%20|\+))[\w.~+/=-]{4,}/gi, replacement: `$1${REDACTED}` },
  // user:password@host
  { pattern: /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"'\\]{1,200}@/gi, replacement: `$1${REDACTED}@` },
];

/** What is taken out of every line: the known secrets in each form they can take in a line, and what looks like one. */
export function redactionPatterns(secrets: readonly Secret[]): RedactionPattern[] {
  const words = secrets.map((secret) => secret.reveal()).filter((word) => word.length >= MIN_LENGTH);
  const forms = new Set(
    words.flatMap((word) => [word, encodeURIComponent(word), JSON.stringify(word).slice(1, -1), btoa(word)]),
  );
  // The longest first, so that nothing of it is left over.
  const source = [...forms].sort((a, b) => b.length - a.length).map(escaped).join("|");
  return source === ""
    ? [...BY_SHAPE]
    : [{ pattern: new RegExp(source, "g"), replacement: REDACTED }, ...BY_SHAPE];
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\\/-]/g, "\\$&");
}
