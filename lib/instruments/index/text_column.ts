import { Buffer } from "node:buffer";
import { Column } from "./column.ts";
import { CAPITALS, hash, hashInCapitals, hashOfBytes } from "./hash.ts";

/** Bytes of a block: as many as 2 to the power of this. */
const BLOCK_BITS = 16;

const BLOCK = 2 ** BLOCK_BITS;

const ZERO = 0x30;

/** A number with one more digit is still exact. */
const MAX_COUNTED = 10 ** 14;

/** What is longer has no bytes. */
const MAX_LENGTH = 255;

/**
 * A list of short texts as bytes, one behind the other: a string for each would cost three times the memory, and leave
 * the collector a heap full of holes. A text is made a string each time it is asked for.
 */
export class TextColumn {
  /** Each text has its length before it, and lies within one block. */
  readonly #blocks: Buffer[] = [];
  readonly #starts = new Column();
  /** Texts that are more than ASCII, or long; they have no bytes. */
  readonly #others = new Map<number, string>();
  #end = 0;

  get length(): number {
    return this.#starts.length;
  }

  push(text: string): void {
    const { length } = text;
    const block = this.#blockFor(Math.min(length, MAX_LENGTH) + 1);
    const from = this.#end % BLOCK + 1;
    this.#starts.push(this.#end);
    let i = 0;
    for (; i < length && i < MAX_LENGTH; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) break;
      block[from + i] = code;
    }
    if (i < length) {
      this.#others.set(this.length - 1, text);
      i = 0;
    }
    block[from - 1] = i;
    this.#end += i + 1;
  }

  /** Puts in a text that is all ASCII, of which the bytes are at hand. */
  pushAscii(bytes: Uint8Array, from: number, to: number): void {
    const length = to - from;
    if (length > MAX_LENGTH) return this.push(Buffer.from(bytes.subarray(from, to)).toString("latin1"));
    const block = this.#blockFor(length + 1);
    const place = this.#end % BLOCK;
    this.#starts.push(this.#end);
    block[place] = length;
    for (let i = 0; i < length; i++) block[place + 1 + i] = bytes[from + i]!;
    this.#end += length + 1;
  }

  at(index: number): string {
    const start = this.#starts.at(index);
    const block = this.#blocks[start >>> BLOCK_BITS]!;
    const from = start % BLOCK + 1;
    const length = block[from - 1]!;
    if (length === 0) return this.#others.get(index) ?? "";
    return block.toString("latin1", from, from + length);
  }

  /** The text's {@linkcode hash}; without making the text. */
  hash(index: number): number {
    const start = this.#starts.at(index);
    const block = this.#blocks[start >>> BLOCK_BITS]!;
    const from = start % BLOCK + 1;
    const length = block[from - 1]!;
    return length === 0 ? hash(this.at(index)) : hashOfBytes(block, from, from + length);
  }

  /** That of the text in capitals. */
  hashInCapitals(index: number): number {
    const start = this.#starts.at(index);
    const block = this.#blocks[start >>> BLOCK_BITS]!;
    const from = start % BLOCK + 1;
    const length = block[from - 1]!;
    return length === 0 ? hash(this.at(index).toUpperCase()) : hashInCapitals(block, from, from + length);
  }

  /** Whether a word stands in a text as it is in capitals; without making the text. */
  hasInCapitals(index: number, word: string): boolean {
    const start = this.#starts.at(index);
    const block = this.#blocks[start >>> BLOCK_BITS]!;
    const from = start % BLOCK + 1;
    const length = block[from - 1]!;
    if (length === 0) return this.at(index).toUpperCase().includes(word);
    if (word === "") return true;
    const first = word.charCodeAt(0);
    const last = from + length - word.length;
    for (let at = from; at <= last; at++) {
      if (CAPITALS[block[at]!] !== first) continue;
      let same = 1;
      while (same < word.length && CAPITALS[block[at + same]!] === word.charCodeAt(same)) same++;
      if (same === word.length) return true;
    }
    return false;
  }

  /** Whether a text ends with a word as it is in capitals. */
  endsInCapitals(index: number, word: string): boolean {
    const start = this.#starts.at(index);
    const block = this.#blocks[start >>> BLOCK_BITS]!;
    const to = start % BLOCK + 1 + block[start % BLOCK]!;
    const length = to - start % BLOCK - 1;
    if (length === 0) return this.at(index).toUpperCase().endsWith(word);
    return length >= word.length && isInCapitals(block, to - word.length, word);
  }

  /** Whether a text is, in capitals, two words and between them a number as `String()` writes it; nothing for 0. */
  isMadeOf(index: number, beginning: string, number: number, end: string): boolean {
    const start = this.#starts.at(index);
    const block = this.#blocks[start >>> BLOCK_BITS]!;
    const from = start % BLOCK + 1;
    const to = from + block[from - 1]! - end.length;
    const first = from + beginning.length;
    let digits = 0;
    for (let at = first; at < to; at++) {
      const digit = block[at]! - ZERO;
      // A fraction, or so many digits that they would not be counted right.
      if (digit < 0 || digit > 9 || digits > MAX_COUNTED) {
        return this.at(index).toUpperCase() === `${beginning}${number || ""}${end}`;
      }
      digits = 10 * digits + digit;
    }
    if (digits !== number || (first < to) !== (number > 0) || block[first] === ZERO) return false;
    return first <= to && isInCapitals(block, from, beginning) && isInCapitals(block, to, end);
  }

  /** The block that so many bytes go to. */
  #blockFor(bytes: number): Buffer {
    if (this.#end % BLOCK + bytes > BLOCK) this.#end = this.#blocks.length * BLOCK;
    if (this.#end === this.#blocks.length * BLOCK) this.#blocks.push(Buffer.alloc(BLOCK));
    return this.#blocks.at(-1)!;
  }
}

function isInCapitals(bytes: Uint8Array, from: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) if (CAPITALS[bytes[from + i]!] !== word.charCodeAt(i)) return false;
  return true;
}
