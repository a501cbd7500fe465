/** Finds the words nearest to one that was mistyped. */
export class NearestWords {
  readonly #words: string[] = [];
  readonly #masks: number[] = [];

  /** @param word In capitals. */
  add(word: string): void {
    this.#words.push(word);
    this.#masks.push(maskOf(word));
  }

  /** The nearest words, best first; of those equally near, the ones that begin alike, then the ones added first. */
  find(word: string, limit: number): string[] {
    const most = word.length < 5 ? 1 : 2;
    const mask = maskOf(word);
    const found: { word: string; score: number }[] = [];
    for (let i = 0; i < this.#words.length; i++) {
      // One change alters at most two letters of the set.
      if (bits(mask ^ this.#masks[i]!) > 2 * most) continue;
      const other = this.#words[i];
      if (Math.abs(other!.length - word.length) > most) continue;
      const distance = editDistance(word, other!, most);
      if (distance <= most) found.push({ word: other!, score: distance + (other![0] === word[0] ? 0 : 0.5) });
    }
    return found.sort((a, b) => a.score - b.score).slice(0, limit).map(({ word }) => word);
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
