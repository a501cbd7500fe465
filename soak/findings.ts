/** What was seen that must not be: the same sentence once, with how often. */
export class Findings {
  readonly #counts = new Map<string, number>();

  /** @param heard Called when something new is found. */
  constructor(private readonly heard: (what: string) => void) {}

  /** @param what The same for the same trouble. @param details Of this time; only those of the first are shown. */
  add(what: string, details = ""): void {
    const count = this.#counts.get(what) ?? 0;
    this.#counts.set(what, count + 1);
    if (count === 0) this.heard(details === "" ? what : `${what}: ${details}`);
  }

  get found(): readonly (readonly [string, number])[] {
    return [...this.#counts];
  }
}
