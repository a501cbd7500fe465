/** Work that may be done for one question, counted: a question that would take more gets the answer found by then. */
export class Steps {
  #left: number;

  /** @param most A step is a look at one row, or at one word: some 100 ns. */
  constructor(private readonly most: number) {
    this.#left = most;
  }

  get used(): number {
    return this.most - Math.max(0, this.#left);
  }

  /** Takes steps. @returns Whether there were any left. */
  take(steps = 1): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }
}
