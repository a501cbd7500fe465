/** Columns of the list of which something is made. */
const COLUMNS = [
  "token",
  "symbol",
  "name",
  "expiry",
  "strike",
  "lotsize",
  "instrumenttype",
  "exch_seg",
  "tick_size",
  "is_cas_enabled",
] as const;

/** The place of each column in a {@linkcode PlainRow}. */
export const PLACE = Object.fromEntries(COLUMNS.map((name, place) => [name, place])) as Readonly<
  Record<typeof COLUMNS[number], number>
>;

/** The place of all others. */
const OTHER = COLUMNS.length;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const CLOSING_BRACE = 0x7d;
const BLANK = 0x20;

/** 1 for each byte that stands for itself in a string of JSON. */
const PLAIN = Uint8Array.from(
  { length: 256 },
  (_, code) => Number(code >= BLANK && code < 0x7f && code !== QUOTE && code !== BACKSLASH),
);

const BARE_WORDS = ["true", "false", "null"].map((word) => new TextEncoder().encode(word));

/**
 * Finds the values of one row, an object of plain strings, and makes nothing of them: JSON.parse takes longer for its
 * strings than all else that is done with a row.
 */
export class PlainRow {
  /** Where the value of each column begins and ends, without blanks around it; nowhere for what a row lacks. */
  readonly from = new Int32Array(OTHER + 1);
  readonly to = new Int32Array(OTHER + 1);
  /** The keys with their colons as they stood in a row before: all have the same, in the same order. */
  readonly #keys: { readonly bytes: Uint8Array; readonly place: number }[] = [];

  /**
   * @param bytes With a zero behind the last one, at which every search ends.
   * @param at Of the opening brace.
   * @returns The place behind the closing brace; 0 where the row is not whole, or has more than plain strings.
   */
  scan(bytes: Uint8Array, at: number): number {
    this.from.fill(0);
    this.to.fill(0);
    at = afterBlanks(bytes, at + 1);
    for (let number = 0;; number++) {
      let key = this.#keys[number];
      if (key === undefined || !isAt(bytes, at, key.bytes)) {
        key = keyAt(bytes, at);
        if (key === undefined) return 0;
        this.#keys[number] = key;
      }
      at = this.#value(bytes, afterBlanks(bytes, at + key.bytes.length), key.place);
      if (at === 0) return 0;
      at = afterBlanks(bytes, at);
      if (bytes[at] === CLOSING_BRACE) return at + 1;
      if (bytes[at] !== COMMA) return 0;
      at = afterBlanks(bytes, at + 1);
    }
  }

  /** Takes the value at a place. @returns Where it ends; 0 where it is not plain. */
  #value(bytes: Uint8Array, at: number, place: number): number {
    if (bytes[at] !== QUOTE) return this.#bareWord(bytes, at, place);
    let from = at + 1;
    const end = endOfPlain(bytes, from);
    if (bytes[end] !== QUOTE) return 0;
    let to = end;
    while (from < to && bytes[from] === BLANK) from++;
    while (from < to && bytes[to - 1] === BLANK) to--;
    this.from[place] = from;
    this.to[place] = to;
    return end + 1;
  }

  /** Where strings are, anything else means something else. */
  #bareWord(bytes: Uint8Array, at: number, place: number): number {
    const word = BARE_WORDS.find((each) => isAt(bytes, at, each));
    if (word === undefined || (place !== OTHER && place !== PLACE.is_cas_enabled)) return 0;
    this.from[place] = at;
    return this.to[place] = at + word.length;
  }
}

function keyAt(bytes: Uint8Array, at: number): { bytes: Uint8Array; place: number } | undefined {
  if (bytes[at] !== QUOTE) return undefined;
  const end = endOfPlain(bytes, at + 1);
  if (bytes[end] !== QUOTE) return undefined;
  const colon = afterBlanks(bytes, end + 1);
  if (bytes[colon] !== COLON) return undefined;
  const name = new TextDecoder().decode(bytes.subarray(at + 1, end));
  const place = COLUMNS.findIndex((each) => each === name);
  return { bytes: Uint8Array.from(bytes.subarray(at, colon + 1)), place: place < 0 ? OTHER : place };
}

function endOfPlain(bytes: Uint8Array, at: number): number {
  while (PLAIN[bytes[at]!] === 1) at++;
  return at;
}

/** The place of the first byte that is none of JSON's blanks. */
export function afterBlanks(bytes: Uint8Array, at: number): number {
  for (;; at++) {
    const code = bytes[at];
    if (code !== BLANK && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
  }
}

function isAt(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}
