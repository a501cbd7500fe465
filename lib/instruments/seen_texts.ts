import type { Buffer } from "node:buffer";

/** Texts that are kept: as many as 2 to the power of this. */
const PLACE_BITS = 13;

/**
 * What texts of a list mean, by their bytes. Most of them come again and again, so that neither a string is made of
 * one nor is it read anew. A text takes the place of another one of the same hash: nothing grows.
 */
export class SeenTexts<Meaning> {
  readonly #read: (text: string) => Meaning;
  readonly #places: ({ readonly text: string; readonly meaning: Meaning } | undefined)[];

  constructor(read: (text: string) => Meaning) {
    this.#read = read;
    this.#places = new Array(2 ** PLACE_BITS).fill(undefined);
  }

  /** What the text means that some bytes are, all of them ASCII. */
  of(bytes: Buffer, from: number, to: number): Meaning {
    let hash = 0;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    const place = (hash ^ (hash >>> 15)) & (2 ** PLACE_BITS - 1);
    const seen = this.#places[place];
    if (seen !== undefined && isText(seen.text, bytes, from, to)) return seen.meaning;
    const text = bytes.toString("latin1", from, to);
    const meaning = this.#read(text);
    this.#places[place] = { text, meaning };
    return meaning;
  }
}

function isText(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[from + i]) return false;
  return true;
}
