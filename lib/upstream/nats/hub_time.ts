/** A hub's elapsed time that jumped by more than this against ours: its machine slept, or ours. */
const JUMP_MS = 1_000;

/**
 * The hub's elapsed time in terms of ours. Two measures from each question and answer: the middle between them, for
 * how late something is; and the least difference there can be, so that nothing of the hub ever seems to be of later
 * than it was. That only sinks, so that what was compared once keeps its order.
 */
export class HubTime {
  #middle: number | undefined;
  #least = Infinity;

  /** Another hub, with a clock of its own. */
  reset(): void {
    this.#middle = undefined;
    this.#least = Infinity;
  }

  /** @param hubElapsed What the answer says. Ours are elapsed ms, too. */
  note(askedAt: number, answeredAt: number, hubElapsed: number): void {
    const least = askedAt - hubElapsed;
    this.#middle = (askedAt + answeredAt) / 2 - hubElapsed;
    this.#least = least > this.#least + JUMP_MS ? least : Math.min(this.#least, least);
  }

  /** When something was at the hub, in our elapsed time. */
  toLocal(hubElapsed: number): number {
    return hubElapsed + (this.#least === Infinity ? 0 : this.#least);
  }

  /** How long something was on its way, ms; 0 where that cannot be told yet. */
  lateness(hubElapsed: number, now: number): number {
    return this.#middle === undefined ? 0 : now - hubElapsed - this.#middle;
  }
}
