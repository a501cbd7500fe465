const BEGIN = 0x811c9dc5;
const PRIME = 0x01000193;

/** Of a hash: what V8 keeps as a number without making an object for it. */
export const HASH_BITS = 30;

/** What each byte is in capitals. */
export const CAPITALS = Uint8Array.from(
  { length: 256 },
  (_, code) => code >= 97 && code <= 122 ? code - 32 : code,
);

/** FNV-1a, its high bits folded in, in {@linkcode HASH_BITS}. */
export function hash(word: string): number {
  let bits = BEGIN;
  for (let i = 0; i < word.length; i++) bits = Math.imul(bits ^ word.charCodeAt(i), PRIME);
  return folded(bits);
}

/** The same of a word in ASCII, of which the bytes are at hand. */
export function hashOfBytes(bytes: Uint8Array, from: number, to: number): number {
  let bits = BEGIN;
  for (let at = from; at < to; at++) bits = Math.imul(bits ^ bytes[at]!, PRIME);
  return folded(bits);
}

/** The same of the word in capitals. */
export function hashInCapitals(bytes: Uint8Array, from: number, to: number): number {
  let bits = BEGIN;
  for (let at = from; at < to; at++) bits = Math.imul(bits ^ CAPITALS[bytes[at]!]!, PRIME);
  return folded(bits);
}

function folded(bits: number): number {
  return (bits ^ (bits >>> 15)) & (2 ** HASH_BITS - 1);
}
