import { Column } from "./column.ts";
import type { Steps } from "./steps.ts";

/** A look cuts a line out of the text and compares it with several words. */
const STEPS_PER_LOOK = 3;

/** A search through so many characters costs a step. */
const CHARACTERS_PER_STEP = 500;

/** Lines of one exchange in which words are looked for: one long string, since nothing is searched faster. */
export class SearchText {
  #parts: string[] = [];
  #length = 0;
  #text = "";
  readonly #starts = new Column();
  readonly #ids = new Column();

  /**
   * @param id Of what the line stands for; ids must rise.
   * @param symbol In capitals, as the name.
   */
  add(id: number, symbol: string, name: string): void {
    const line = symbol.includes(name) ? `\n${symbol}` : `\n${symbol}\t${name}`;
    this.#starts.push(this.#length);
    this.#ids.push(id);
    this.#parts.push(line);
    this.#length += line.length;
    if (this.#parts.length === 4096) this.#join();
  }

  /** After the last line. */
  seal(): void {
    this.#join();
    // A search makes one flat string of the pieces; better now than at the first question.
    this.#text.indexOf("\0");
  }

  /** The ids of lines whose symbol or name begins with the first word, and that contain the others. */
  beginning(words: readonly string[], limit: number, steps: Steps): number[] {
    const symbols = this.#scan(`\n${words[0]}`, words.slice(1), limit, steps);
    const names = this.#scan(`\t${words[0]}`, words.slice(1), limit, steps);
    return names.length === 0
      ? symbols
      : [...new Set([...symbols, ...names])].sort((a, b) => a - b).slice(0, limit);
  }

  /** The ids of lines that contain all words. */
  containing(words: readonly string[], limit: number, steps: Steps): number[] {
    // The longest is the rarest, most of the time.
    const rarest = words.reduce((a, b) => b.length > a.length ? b : a);
    return this.#scan(rarest, words.filter((word) => word !== rarest), limit, steps);
  }

  #scan(needle: string, others: readonly string[], limit: number, steps: Steps): number[] {
    const text = this.#text;
    const found: number[] = [];
    if (!steps.take(Math.ceil(text.length / CHARACTERS_PER_STEP))) return found;
    for (let at = text.indexOf(needle); at >= 0 && found.length < limit && steps.take(STEPS_PER_LOOK);) {
      const next = text.indexOf("\n", at + 1);
      const end = next < 0 ? text.length : next;
      if (others.length === 0 || hasAll(text.slice(text.lastIndexOf("\n", at), end), others)) {
        found.push(this.#ids.at(this.#lineAt(at)));
      }
      at = text.indexOf(needle, end);
    }
    return found;
  }

  #lineAt(at: number): number {
    const starts = this.#starts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts.at(middle) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #join(): void {
    this.#text += this.#parts.join("");
    this.#parts = [];
  }
}

function hasAll(line: string, words: readonly string[]): boolean {
  return words.every((word) => line.includes(word));
}
