/** What may be a secret in other letters: no blanks, and none of the signs that stand around a value. */
const WORD = /[^\s"'<>,;(){}[\]|&?:=]{4,}/g;

/**
 * Marks the words of a text that hold a secret in other letters: percent signs, Base64, hexadecimal digits; and where one
 * stands from its end to its beginning.
 *
 * @param marksOf Where a secret stands in a text in lower case: 1 for each letter of it.
 */
export function markEncoded(
  redacted: Uint8Array,
  text: string,
  marksOf: (lower: string) => Uint8Array,
): void {
  const backwards = marksOf(text.toLowerCase().split("").reverse().join(""));
  backwards.reverse().forEach((mark, at) => redacted[at]! |= mark);
  for (const { index, 0: word } of text.matchAll(WORD)) {
    if (says(word, (each) => marksOf(each.toLowerCase()).includes(1))) {
      redacted.fill(1, index, index + word.length);
    }
  }
}

/** Whether a word says something in another encoding, or in two of them. */
function says(word: string, isIt: (reading: string) => boolean, levels = 2): boolean {
  return levels > 0 &&
    decodings(word).some((each) => isIt(each) || says(each.replace(/=+$/, ""), isIt, levels - 1));
}

/** What a word may say beside itself. */
function* decodings(word: string): Generator<string> {
  if (/%[0-9a-f]{2}/i.test(word)) yield word.replace(/%([0-9a-f]{2})/gi, (_, digits) => byte(digits));
  if (/^(?:[0-9a-f]{2}){4,}$/i.test(word)) yield word.replace(/../g, byte);
  // A piece of an address may be Base64, and a stroke may be a sign of it.
  for (const each of new Set([word, ...word.split("/")])) {
    if (!/^[\w+/-]{5,}$/.test(each)) continue;
    // It may be a piece that was cut anywhere.
    for (let from = 0; from < 4; from++) yield fromBase64(each.slice(from));
  }
}

function byte(digits: string): string {
  return String.fromCharCode(parseInt(digits, 16));
}

function fromBase64(word: string): string {
  const whole = word.length % 4 === 1 ? word.slice(0, -1) : word;
  return atob(whole.replaceAll("-", "+").replaceAll("_", "/"));
}
