/**
 * Numbers of many things, side by side: a row of them is one or two lines of the processor's cache, where a number in a field of an
 * object is a piece of memory of its own.
 */
export class NumberRows {
  /** Another one whenever it grows: not to be kept. */
  values = new Float64Array(0);
  #rows = 0;
  readonly #free: number[] = [];

  /** @param width Numbers of a row. */
  constructor(private readonly width: number) {}

  /** A row of zeros. @returns Where it begins. */
  take(): number {
    const at = this.#free.pop() ?? this.#rows++ * this.width;
    if (at + this.width > this.values.length) {
      const grown = new Float64Array(Math.max(64 * this.width, 2 * this.values.length));
      grown.set(this.values);
      this.values = grown;
    }
    this.values.fill(0, at, at + this.width);
    return at;
  }

  give(at: number): void {
    this.#free.push(at);
  }
}
