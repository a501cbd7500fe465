/** A histogram as plain numbers, cheap enough for the path of the ticks; who shows it reads it when asked. */
export class Histogram {
  /** How many values fell in each bucket; the last one is for those above every bound. Not cumulative. */
  readonly counts: number[];
  sum = 0;
  count = 0;

  /** @param bounds Upper bounds, each included in its bucket, ascending. */
  constructor(readonly bounds: readonly number[]) {
    this.counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const { bounds } = this;
    let i = 0;
    while (i < bounds.length && value > bounds[i]!) i++;
    this.counts[i]!++;
    this.sum += value;
    this.count++;
  }
}
