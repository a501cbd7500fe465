/** Kinds of bad rows that are named; a file that is something else would have as many kinds as rows. */
const MAX_KINDS = 50;

/** Segments of the broker's list that are known to have no stream. */
const KNOWN_SEGMENTS: ReadonlySet<string> = new Set(["segment NCO"]);

/** Rows that were left out of the table, and rows that lack something, counted by kind. */
export class ListReport {
  readonly #leftOut = new Map<string, Kind>();
  readonly #incomplete = new Map<string, Kind>();

  /** Rows that cannot be found. */
  get leftOut(): number {
    return [...this.#leftOut.values()].reduce((sum, { rows }) => sum + rows, 0);
  }

  /** Rows that can be found, and lack something. */
  get incomplete(): number {
    return [...this.#incomplete.values()].reduce((sum, { rows }) => sum + rows, 0);
  }

  /** Whether there is anything that the broker's list does not have every day. */
  get unusual(): boolean {
    return this.incomplete > 0 || [...this.#leftOut.keys()].some((reason) => !KNOWN_SEGMENTS.has(reason));
  }

  /** @param example Makes what the row says, for people; asked for the first row of a kind alone. */
  leaveOut(reason: string, example: () => string): void {
    count(this.#leftOut, reason, example);
  }

  /** @param what What it lacks. */
  note(what: string, example: () => string): void {
    count(this.#incomplete, what, example);
  }

  /** In words, the most frequent kinds first; empty where all is well. */
  toString(): string {
    const kinds = (all: ReadonlyMap<string, Kind>) =>
      [...all].sort(([, a], [, b]) => b.rows - a.rows).slice(0, 5)
        .map(([what, { rows, example }]) => `${rows} with ${what} (${example})`).join(", ");
    return [
      this.leftOut > 0 ? `${this.leftOut} rows are left out: ${kinds(this.#leftOut)}` : "",
      this.incomplete > 0 ? `${this.incomplete} rows lack something: ${kinds(this.#incomplete)}` : "",
    ].filter((each) => each !== "").join("; ");
  }
}

interface Kind {
  rows: number;
  readonly example: string;
}

function count(kinds: Map<string, Kind>, what: string, example: () => string): void {
  const name = kinds.has(what) || kinds.size < MAX_KINDS ? what : "other faults";
  const kind = kinds.get(name);
  if (kind !== undefined) kind.rows++;
  else kinds.set(name, { rows: 1, example: example().slice(0, 60) });
}
