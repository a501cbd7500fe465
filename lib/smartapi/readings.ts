/** What a text says in another form: its letters, and from where to where each of them stands in the text itself. */
export interface Reading {
  readonly text: string;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Escapes within escapes that are read. */
const MAX_ROUNDS = 3;

/** `%41`, `\u0041`, `\x41`, `&#x41;` and `&#65;`. */
const ESCAPE =
  /%([0-9a-f]{2})|\\+u\{?([0-9a-f]{4,5})\}?|\\+x([0-9a-f]{2})|&#x([0-9a-f]{1,5});|&#([0-9]{1,6});/gi;

/** A text as it is, and as often as there are escapes in it, with these read. */
export function* readingsOf(text: string): Generator<Reading> {
  const places = Array.from({ length: text.length }, (_, at) => at);
  let reading: Reading = { text, from: places, to: places.map((at) => at + 1) };
  yield reading;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = unescaped(reading);
    if (next.text === reading.text) return;
    yield reading = next;
  }
}

function unescaped({ text, from, to }: Reading): Reading {
  const next = { text: "", from: [] as number[], to: [] as number[] };
  let at = 0;
  const copy = (end: number) => {
    next.text += text.slice(at, end);
    next.from.push(...from.slice(at, end));
    next.to.push(...to.slice(at, end));
  };
  for (const { index, 0: escape, 1: percent, 2: u, 3: x, 4: hex, 5: decimal } of text.matchAll(ESCAPE)) {
    copy(index);
    at = index + escape.length;
    const letter = String.fromCodePoint(
      decimal === undefined ? parseInt((percent ?? u ?? x ?? hex)!, 16) : Number(decimal),
    );
    next.text += letter;
    for (let i = 0; i < letter.length; i++) {
      next.from.push(from[index]!);
      next.to.push(to[at - 1]!);
    }
  }
  copy(text.length);
  return next;
}

/** The letters and digits of a reading alone, in lower case and in their usual form, whatever stands between them. */
export function lettersOf({ text, from, to }: Reading): Reading {
  const letters = { text: "", from: [] as number[], to: [] as number[] };
  for (let at = 0; at < text.length; at++) {
    const letter = bareLetters(text[at]!);
    if (letter.length !== 1) continue;
    letters.text += letter;
    letters.from.push(from[at]!);
    letters.to.push(to[at]!);
  }
  return letters;
}

/** The letters and digits of a text, in lower case and in their usual form. */
export function bareLetters(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** What hexadecimal digits in a row say, beginning at the first and at the second of them. */
export function* bytesIn({ text, from, to }: Reading): Generator<Reading> {
  for (const { index, 0: digits } of text.matchAll(/[0-9a-f]{8,}/g)) {
    for (let begin = index; begin < index + 2; begin++) {
      const bytes = { text: "", from: [] as number[], to: [] as number[] };
      for (let at = begin; at + 2 <= index + digits.length; at += 2) {
        bytes.text += String.fromCharCode(parseInt(text.slice(at, at + 2), 16));
        bytes.from.push(from[at]!);
        bytes.to.push(to[at + 1]!);
      }
      yield bytes;
    }
  }
}

/** What a list of numbers says, each being the code of a letter: `[97, 98, 99, 100]`. */
export function* codesIn({ text, from, to }: Reading): Generator<Reading> {
  for (const { index, 0: list } of text.matchAll(/[0-9]{2,3}(?:[^0-9a-z]{1,3}[0-9]{2,3}){3,}/gi)) {
    const codes = { text: "", from: [] as number[], to: [] as number[] };
    for (const { index: at, 0: code } of list.matchAll(/[0-9]+/g)) {
      codes.text += String.fromCharCode(Number(code));
      codes.from.push(from[index + at]!);
      codes.to.push(to[index + at + code.length - 1]!);
    }
    yield codes;
  }
}

/** Marks in the text itself what is marked in a reading of it, and what stands between two letters that are. */
export function markBack(redacted: Uint8Array, { from, to }: Reading, found: Uint8Array): void {
  for (let at = 0; at < found.length; at++) {
    if (found[at] === 1) redacted.fill(1, from[at], found[at + 1] === 1 ? from[at + 1] : to[at]);
  }
}
