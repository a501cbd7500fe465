import { Buffer } from "node:buffer";
import { Column } from "./column.ts";

/** Characters of a block: as many as 2 to the power of this. */
const BLOCK_BITS = 16;

const BLOCK = 2 ** BLOCK_BITS;

const UPPER_A = 65;
const LOWER_A = 97;
const LOWER_Z = 122;

/**
 * A list of short texts as bytes, one behind the other: a string for each would cost three times the memory, and leave
 * the collector a heap full of holes. A text is made a string each time it is asked for.
 */
export class TextColumn {
  readonly #blocks: Buffer[] = [];
  readonly #starts = new Column((length) => new Uint32Array(length));
  /** Texts that are more than ASCII; they have no bytes. */
  readonly #others = new Map<number, string>();
  #end = 0;

  get length(): number {
    return this.#starts.length;
  }

  push(text: string): void {
    this.#starts.push(this.#end);
    const from = this.#end;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        this.#end = from;
        this.#others.set(this.length - 1, text);
        return;
      }
      if (this.#end >>> BLOCK_BITS === this.#blocks.length) this.#blocks.push(Buffer.alloc(BLOCK));
      this.#blocks[this.#end >>> BLOCK_BITS]![this.#end % BLOCK] = code;
      this.#end++;
    }
  }

  at(index: number): string {
    const other = this.#others.get(index);
    if (other !== undefined) return other;
    const from = this.#starts.at(index);
    const to = this.#endOf(index);
    let text = "";
    for (let at = from; at < to;) {
      const begin = at % BLOCK;
      const end = Math.min(begin + to - at, BLOCK);
      text += this.#blocks[at >>> BLOCK_BITS]!.toString("latin1", begin, end);
      at += end - begin;
    }
    return text;
  }

  /** Whether a word stands in a text as it is in capitals; without making the text. */
  hasInCapitals(index: number, word: string): boolean {
    const other = this.#others.get(index);
    if (other !== undefined) return other.toUpperCase().includes(word);
    const end = this.#endOf(index);
    for (let at = this.#starts.at(index); at + word.length <= end; at++) {
      let same = 0;
      while (same < word.length && this.#capitalAt(at + same) === word.charCodeAt(same)) same++;
      if (same === word.length) return true;
    }
    return false;
  }

  #endOf(index: number): number {
    return index + 1 < this.length ? this.#starts.at(index + 1) : this.#end;
  }

  #capitalAt(place: number): number {
    const code = this.#blocks[place >>> BLOCK_BITS]![place % BLOCK]!;
    return code >= LOWER_A && code <= LOWER_Z ? code - LOWER_A + UPPER_A : code;
  }
}
