import { hash, HASH_BITS } from "./hash.ts";

/** Bits of an id; the others of an entry are of the word's hash. */
const ID_BITS = 21;

const ID_MASK = 2 ** ID_BITS - 1;

/** Brings the high bits of a hash to those of an entry. */
const SHIFT = 32 - HASH_BITS;

/**
 * Numbers, each below 2^21 - 1, by words that are kept elsewhere: what a `Map` does with a fifth of the memory, and without the pauses in
 * which a large one grows.
 */
export class WordIndex {
  readonly #wordOf: (id: number) => string;
  /** Ids plus one, and above them a part of the word's hash, so that hardly any other word is made to be compared. 0 is a free place. */
  readonly #places: Int32Array;

  /**
   * @param most Words that it has to take.
   * @param wordOf The word of an id that was put in.
   */
  constructor(most: number, wordOf: (id: number) => string) {
    this.#places = new Int32Array(2 ** Math.ceil(Math.log2(2 * most + 2)));
    this.#wordOf = wordOf;
  }

  get(word: string): number | undefined {
    const bits = hash(word);
    for (let place = this.#firstPlace(bits);; place = this.#nextPlace(place)) {
      const entry = this.#places[place]!;
      if (entry === 0) return undefined;
      if (isAlike(entry, bits) && this.#wordOf(idOf(entry)) === word) return idOf(entry);
    }
  }

  /**
   * Puts the word of an id in, unless it is there.
   *
   * @param bits The word's {@linkcode hash}, which who knows it without the word gives.
   * @returns Whether it was put in.
   */
  add(id: number, bits: number = hash(this.#wordOf(id))): boolean {
    const place = this.#placeOf(id, bits);
    if (this.#places[place] !== 0) return false;
    this.#places[place] = entryOf(id, bits);
    return true;
  }

  /** Puts an id in the place of the one that has the same word. */
  replace(id: number): void {
    const bits = hash(this.#wordOf(id));
    this.#places[this.#placeOf(id, bits)] = entryOf(id, bits);
  }

  /** Where the word of an id is, or the free place where it would be. */
  #placeOf(id: number, bits: number): number {
    let word: string | undefined;
    for (let place = this.#firstPlace(bits);; place = this.#nextPlace(place)) {
      const entry = this.#places[place]!;
      if (entry === 0) return place;
      if (!isAlike(entry, bits)) continue;
      word ??= this.#wordOf(id);
      if (this.#wordOf(idOf(entry)) === word) return place;
    }
  }

  #firstPlace(bits: number): number {
    return bits & (this.#places.length - 1);
  }

  #nextPlace(place: number): number {
    return (place + 1) & (this.#places.length - 1);
  }
}

function isAlike(entry: number, bits: number): boolean {
  return (entry ^ (bits << SHIFT)) >>> ID_BITS === 0;
}

function entryOf(id: number, bits: number): number {
  return ((bits << SHIFT) & ~ID_MASK) | (id + 1);
}

function idOf(entry: number): number {
  return (entry & ID_MASK) - 1;
}
