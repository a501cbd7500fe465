import { Steps } from "./steps.ts";

/** Comparing two words letter by letter costs so many looks at a mask. */
const STEPS_PER_DISTANCE = 20;

/** What finding the nearest words may cost: half a millisecond. */
export const MOST_NEAREST_STEPS = 20_000;

interface Words {
  readonly words: string[];
  readonly masks: number[];
}

/** Finds the words nearest to one that was mistyped. */
export class NearestWords {
  /** By length, then by first letter: most people get the first letter right. */
  readonly #byLength: Map<string, Words>[] = [];

  /** @param word In capitals. */
  add(word: string): void {
    const byLetter = this.#byLength[word.length] ??= new Map();
    const letter = word.charAt(0);
    let list = byLetter.get(letter);
    if (list === undefined) byLetter.set(letter, list = { words: [], masks: [] });
    list.words.push(word);
    list.masks.push(maskOf(word));
  }

  /** The nearest words, best first; of those equally near, the ones that begin alike, then the ones added first. */
  find(word: string, limit: number, steps: Steps = new Steps(MOST_NEAREST_STEPS)): string[] {
    const most = word.length < 5 ? 1 : 2;
    const mask = maskOf(word);
    const found: { word: string; score: number }[] = [];
    for (const { words, masks } of this.#lists(word, most)) {
      for (let i = 0; i < words.length && steps.take(); i++) {
        // One change alters at most two letters of the set.
        if (bits(mask ^ masks[i]!) > 2 * most) continue;
        if (!steps.take(STEPS_PER_DISTANCE)) break;
        const other = words[i]!;
        const distance = editDistance(word, other, most);
        if (distance <= most) found.push({ word: other, score: distance + (other[0] === word[0] ? 0 : 0.5) });
      }
    }
    return found.sort((a, b) => a.score - b.score).slice(0, limit).map(({ word }) => word);
  }

  /** The words whose length may do: first those that begin alike, the nearest lengths first. */
  *#lists(word: string, most: number): Generator<Words> {
    const lengths = Array.from(
      { length: 2 * most + 1 },
      (_, i) => word.length + (i % 2 === 0 ? i : -i - 1) / 2,
    );
    const letter = word.charAt(0);
    for (const length of lengths) {
      const alike = this.#byLength[length]?.get(letter);
      if (alike !== undefined) yield alike;
    }
    for (const length of lengths) {
      for (const [other, list] of this.#byLength[length] ?? []) if (other !== letter) yield list;
    }
  }
}

/** Which letters a word has. */
function maskOf(word: string): number {
  let mask = 0;
  for (let i = 0; i < word.length; i++) mask |= 1 << (word.charCodeAt(i) & 31);
  return mask;
}

/** How many bits are set. */
function bits(mask: number): number {
  const pairs = mask - ((mask >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Letters to insert, take out, replace or swap with their neighbour; more than `most` once that is certain. */
export function editDistance(a: string, b: string, most: number): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, before[j - 2]! + 1);
      current.push(cost);
      least = Math.min(least, cost);
    }
    if (least > most) return most + 1;
    before = previous;
    previous = current;
  }
  return previous[b.length]!;
}
