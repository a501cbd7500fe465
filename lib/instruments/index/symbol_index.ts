import { WordIndex } from "./word_index.ts";

/** Ids by words that several may share. */
export class SymbolIndex {
  readonly #first: WordIndex;
  /** Words of more than one id; there are few. */
  readonly #several = new Map<string, number[]>();

  /** As for {@linkcode WordIndex}. */
  constructor(most: number, private readonly wordOf: (id: number) => string) {
    this.#first = new WordIndex(most, wordOf);
  }

  /** @param bits As for {@linkcode WordIndex.add}. */
  add(id: number, bits?: number): void {
    if (this.#first.add(id, bits)) return;
    const word = this.wordOf(id);
    const several = this.#several.get(word);
    if (several === undefined) this.#several.set(word, [this.#first.get(word)!, id]);
    else several.push(id);
  }

  /** All ids of a word, in the order in which they were put in. */
  get(word: string): readonly number[] {
    const several = this.#several.get(word);
    if (several !== undefined) return several;
    const first = this.#first.get(word);
    return first === undefined ? [] : [first];
  }
}
