export interface RecentLine {
  /** Counts from 1 since the start. */
  readonly number: number;
  readonly text: string;
}

/** Lines that are kept for whoever looks in from afar. */
const KEPT = 200;

/** A longer line is cut: they are for a page, and all of them are sent. */
const MAX_LENGTH = 1_000;

/** The last lines of the log. */
export class RecentLines {
  readonly #lines: RecentLine[] = [];
  #count = 0;

  /** @param line As it is written, secrets redacted. */
  add(line: string): void {
    const text = line.trimEnd();
    this.#lines.push({
      number: ++this.#count,
      text: text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text,
    });
    if (this.#lines.length > KEPT) this.#lines.shift();
  }

  /** Those after a line, oldest first. */
  after(number: number): readonly RecentLine[] {
    return this.#lines.filter((line) => line.number > number);
  }
}
