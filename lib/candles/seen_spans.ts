/** Breaks that are remembered; of more, the time before the newest ones counts as not seen. */
const MAX_BREAKS = 30;

/** A stretch of time, ms since the Unix epoch; its end does not belong to it. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** When something was watched, by the exchange's clock: since when, and with which breaks. */
export class SeenSpans {
  #since = Infinity;
  readonly #breaks: Span[] = [];
  #brokenAt: number | undefined;
  /** Nothing is seen at present. */
  broken = true;

  /** From here on everything is seen. */
  resume(at: number): void {
    if (this.#since === Infinity) this.#since = at;
    else if (this.#brokenAt !== undefined) {
      this.#breaks.push({ from: this.#brokenAt, to: Math.max(at, this.#brokenAt) });
    }
    this.#brokenAt = undefined;
    this.broken = false;
    if (this.#breaks.length > MAX_BREAKS) this.#since = this.#breaks.shift()!.to;
  }

  /** From here on nothing is. */
  break(at: number): void {
    if (!this.broken) this.#brokenAt = at;
    this.broken = true;
  }

  /** Whether all of a stretch was seen, as far as there is anything to see. */
  covers({ from, to }: Span): boolean {
    return this.#since <= from && to <= (this.#brokenAt ?? Infinity) &&
      !this.#breaks.some((each) => each.from < to && from < each.to);
  }

  /** The parts of a stretch that were not seen, in their order. */
  missing({ from, to }: Span): Span[] {
    const unseen = [
      { from: -Infinity, to: this.#since },
      ...this.#breaks,
      ...this.#brokenAt === undefined ? [] : [{ from: this.#brokenAt, to: Infinity }],
    ];
    return unseen
      .map((each) => ({ from: Math.max(each.from, from), to: Math.min(each.to, to) }))
      .filter((each) => each.from < each.to);
  }
}
