import { markEncoded } from "./encoded_words.ts";
import { bareLetters, bytesIn, codesIn, lettersOf, markBack, type Reading, readingsOf } from "./readings.ts";

/** Longest part of a broker's sentence that is repeated. */
const MAX_WORDS = 160;

/** What looks like a token: long, without blanks, and more than a word; a longer run of digits may be one as well. */
const TOKEN_LIKE = new RegExp(
  [
    "[A-Za-z0-9_\\-+/=.~]{24,}",
    "(?=[A-Za-z0-9_\\-+/=]*\\d)(?=[A-Za-z0-9_\\-+/=]*[A-Za-z])[A-Za-z0-9_\\-+/=]{16,}",
    // Case that goes up and down, as in a piece of Base64.
    "\\b(?:[A-Za-z0-9]*[a-z0-9][A-Z]){3}[A-Za-z0-9]*",
    "\\d{9,}",
  ].join("|"),
  "g",
);

/** What a piece of a secret belongs to. */
const WORD_LETTER = /[A-Za-z0-9_-]/;

/** A piece of a secret that is as long as this is redacted like the whole. */
const PIECE = 8;

/** Secrets that are remembered: those of the settings, and those of the sessions of some days. */
const MAX_SECRETS = 60;

const REDACTED = "[redacted]";

/**
 * What must not be repeated, and the one way to repeat what the broker says: every sentence of it that a client, a
 * report, a metric or the log is shown has passed {@linkcode PublicWords.of}.
 */
export class PublicWords {
  /** In lower case: a server may repeat a header in other letters. */
  readonly #secrets = new Set<string>();
  #pieces: ReadonlySet<string> | undefined;
  /** Their letters and digits alone. */
  #bare: { readonly secrets: readonly string[]; readonly pieces: ReadonlySet<string> } | undefined;

  /** @param secrets Values that are never to be shown, nor a piece of them of eight characters. */
  constructor(secrets: Iterable<string> = []) {
    this.learn(secrets);
  }

  /** Remembers more of them; the oldest are forgotten in time. */
  learn(secrets: Iterable<string>): void {
    for (const secret of secrets) {
      const lower = secret.toLowerCase();
      this.#secrets.delete(lower);
      if (lower !== "") this.#secrets.add(lower);
      if (this.#secrets.size > MAX_SECRETS) this.#secrets.delete(this.#secrets.values().next().value!);
    }
    this.#pieces = this.#bare = undefined;
  }

  /**
   * A sentence of the broker as it may be shown to anyone: short, in one line, without a secret or a piece of one, in its
   * own letters or others, and without whatever looks like a token.
   *
   * @param more What else is secret in this answer.
   */
  of(text: string, more: readonly string[] = []): string {
    const plain = text.replace(/[\p{Cc}\p{Cf}]+/gu, " ").replace(/\s+/g, " ").trim().slice(0, 20 * MAX_WORDS);
    const lower = plain.toLowerCase();
    // Letters whose lower case has another length would shift every place: rare, and then nothing is shown.
    if (lower.length !== plain.length) return REDACTED;
    const others = more.map((secret) => secret.toLowerCase());
    const redacted = new Uint8Array(plain.length);
    mark(redacted, lower, others, piecesOf(others));
    for (const reading of readingsOf(plain)) this.#markIn(redacted, reading);
    for (const { index, 0: found } of plain.matchAll(TOKEN_LIKE)) {
      redacted.fill(1, index, index + found.length);
    }
    spread(redacted, plain);
    const safe = without(redacted, plain);
    return safe.length <= MAX_WORDS ? safe : `${safe.slice(0, MAX_WORDS)}…`;
  }

  /** Marks the secrets in one reading of a text: as they are, encoded, and with other signs between their letters. */
  #markIn(redacted: Uint8Array, reading: Reading): void {
    const marksOf = (lower: string) => this.#marksOf(lower);
    const lower = reading.text.toLowerCase();
    const found = lower.length === reading.text.length
      ? marksOf(lower)
      : new Uint8Array(reading.text.length).fill(1);
    markEncoded(found, reading.text, marksOf);
    markBack(redacted, reading, found);
    const letters = lettersOf(reading);
    markBack(redacted, letters, this.#bareMarksOf(letters));
    for (const coded of [...bytesIn(letters), ...codesIn(reading)]) {
      markBack(redacted, coded, marksOf(coded.text.toLowerCase()));
    }
  }

  #marksOf(lower: string): Uint8Array {
    const found = new Uint8Array(lower.length);
    mark(found, lower, this.#secrets, this.#pieces ??= piecesOf(this.#secrets));
    return found;
  }

  /** What is shorter than a piece is found only where its letters stand in a pattern: other numbers have its digits, too. */
  #bareMarksOf(letters: Reading): Uint8Array {
    const { text } = letters;
    const found = new Uint8Array(text.length);
    const { secrets, pieces } = this.#bare ??= bareOf(this.#secrets);
    mark(found, text, secrets.filter(({ length }) => length >= PIECE), pieces);
    for (const secret of secrets) {
      if (secret.length >= PIECE || secret === "") continue;
      for (let at = -1; (at = text.indexOf(secret, at + 1)) >= 0;) {
        const end = at + secret.length;
        if (isEvenlySpaced(letters, at, end)) found.fill(1, at, end);
      }
    }
    return found;
  }
}

/** Whether either all letters of a part stand apart from each other, or none does. */
function isEvenlySpaced({ from, to }: Reading, begin: number, end: number): boolean {
  const gaps = from.slice(begin + 1, end).map((each, i) => each > to[begin + i]!);
  return gaps.every((gap) => gap === gaps[0]);
}

/** Marks where a secret stands, or a piece of one. */
function mark(
  redacted: Uint8Array,
  lower: string,
  secrets: Iterable<string>,
  pieces: ReadonlySet<string>,
): void {
  for (const secret of secrets) {
    for (let at = -1; (at = lower.indexOf(secret, at + 1)) >= 0;) redacted.fill(1, at, at + secret.length);
  }
  if (pieces.size === 0) return;
  for (let at = 0; at + PIECE <= lower.length; at++) {
    if (pieces.has(lower.slice(at, at + PIECE))) redacted.fill(1, at, at + PIECE);
  }
}

/** Marks the whole word of which a part is marked: what is left of a token may say the rest of it. */
function spread(redacted: Uint8Array, text: string): void {
  const reach = (at: number, before: number) => {
    if (
      redacted[at] === 0 && redacted[before] === 1 && WORD_LETTER.test(text[at]!) &&
      WORD_LETTER.test(text[before]!)
    ) {
      redacted[at] = 1;
    }
  };
  for (let at = 1; at < text.length; at++) reach(at, at - 1);
  for (let at = text.length - 2; at >= 0; at--) reach(at, at + 1);
}

function without(redacted: Uint8Array, text: string): string {
  let shown = "";
  for (let at = 0; at < text.length; at++) {
    if (redacted[at] === 0) shown += text[at];
    else if (at === 0 || redacted[at - 1] === 0) shown += REDACTED;
  }
  return shown;
}

function bareOf(secrets: Iterable<string>) {
  const bare = Array.from(secrets, bareLetters);
  return { secrets: bare, pieces: piecesOf(bare) };
}

function piecesOf(secrets: Iterable<string>): Set<string> {
  const pieces = new Set<string>();
  for (const secret of secrets) {
    for (let at = 0; at + PIECE <= secret.length; at++) pieces.add(secret.slice(at, at + PIECE));
  }
  return pieces;
}

/** Names of fields whose values are secrets, however they look. */
const SECRET_FIELD = /token|jwt|key|secret|pin|passw|totp|auth/i;

/** The texts in an answer that may be secrets: by the name of their field, or since they are no plain words. */
export function secretLooking(value: unknown, field = "", found: string[] = []): string[] {
  if (typeof value === "string") {
    const named = SECRET_FIELD.test(field);
    for (const word of value.split(/\s+/)) {
      if (word.length >= PIECE && (named || word.length >= 20 || /[^A-Za-z,.:;!?'"()]/.test(word))) {
        found.push(word);
      }
    }
  } else if (typeof value === "object" && value !== null && found.length < MAX_SECRETS) {
    for (const [name, each] of Object.entries(value)) secretLooking(each, name, found);
  }
  return found;
}
