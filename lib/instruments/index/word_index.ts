/** Bits of an id; the others of an entry are of the word's hash. */
const ID_BITS = 21;

const ID_MASK = 2 ** ID_BITS - 1;

/**
 * Numbers, each below 2^21 - 1, by words that are kept elsewhere: what a `Map` does with a fifth of the memory, and without the pauses in
 * which a large one grows.
 */
export class WordIndex {
  readonly #wordOf: (id: number) => string;
  /** Ids plus one, and above them a part of the word's hash, so that hardly any other word is made to be compared. 0 is a free place. */
  readonly #places: Uint32Array;

  /**
   * @param most Words that it has to take.
   * @param wordOf The word of an id that was put in.
   */
  constructor(most: number, wordOf: (id: number) => string) {
    this.#places = new Uint32Array(2 ** Math.ceil(Math.log2(2 * most + 2)));
    this.#wordOf = wordOf;
  }

  get(word: string): number | undefined {
    const entry = this.#places[this.#placeOf(word, hash(word))]!;
    return entry === 0 ? undefined : idOf(entry);
  }

  /** Puts the word of an id in, which who has it at hand gives, unless it is there. @returns Whether it was put in. */
  add(id: number, word: string = this.#wordOf(id)): boolean {
    const bits = hash(word);
    const place = this.#placeOf(word, bits);
    if (this.#places[place] !== 0) return false;
    this.#places[place] = entryOf(id, bits);
    return true;
  }

  /** Puts an id in the place of the one that has the same word. */
  replace(id: number): void {
    const word = this.#wordOf(id);
    const bits = hash(word);
    this.#places[this.#placeOf(word, bits)] = entryOf(id, bits);
  }

  /** Where a word is, or the free place where it would be. */
  #placeOf(word: string, bits: number): number {
    const mask = this.#places.length - 1;
    for (let place = bits & mask;; place = (place + 1) & mask) {
      const entry = this.#places[place]!;
      if (entry === 0 || ((entry ^ bits) >>> ID_BITS === 0 && this.#wordOf(idOf(entry)) === word)) {
        return place;
      }
    }
  }
}

function entryOf(id: number, bits: number): number {
  return (bits & ~ID_MASK) | (id + 1);
}

function idOf(entry: number): number {
  return (entry & ID_MASK) - 1;
}

/** FNV-1a, its high bits folded in. */
function hash(word: string): number {
  let bits = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) bits = Math.imul(bits ^ word.charCodeAt(i), 0x01000193);
  return bits ^ (bits >>> 15);
}
