import type { Clock } from "../lib/util/clock.ts";

/** Time goes on with the ticks, however slow the machine is: batches are of the same ticks in every run. */
export class HandClock implements Clock {
  readonly #due: { readonly at: number; readonly run: () => void }[] = [];
  #elapsed = 0;
  readonly #begun = Date.now();

  now(): number {
    return this.#begun + this.#elapsed;
  }

  elapsed(): number {
    // What reading the machine's clock costs is a part of the price.
    performance.now();
    return this.#elapsed;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#elapsed + ms, run };
    this.#due.push(timer);
    return () => {
      const place = this.#due.indexOf(timer);
      if (place >= 0) this.#due.splice(place, 1);
    };
  }

  turn(ms: number): void {
    this.#elapsed += ms;
    for (let i = 0; i < this.#due.length; i++) {
      if (this.#due[i]!.at > this.#elapsed) continue;
      this.#due.splice(i--, 1)[0]!.run();
    }
  }
}
