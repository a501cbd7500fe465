import type { InstrumentKey, Mode } from "./market.ts";

/** What is wanted of the market, by all clients together: each instrument once, in the highest mode that anyone asks for. */
export interface Demand {
  /** A live view, not a copy. */
  readonly wanted: ReadonlyMap<InstrumentKey, Mode>;
  /** Calls `changed` after each change, synchronously. The answer ends that. */
  onChange(changed: DemandHandler): () => void;
}

/** Told of an instrument, and of the mode in which it is wanted now: undefined when nobody wants it any more. */
export type DemandHandler = (key: InstrumentKey, mode: Mode | undefined) => void;

/** A demand that is changed one instrument at a time. */
export class DemandSet implements Demand {
  readonly #wanted = new Map<InstrumentKey, Mode>();
  readonly #listeners = new Set<DemandHandler>();

  get wanted(): ReadonlyMap<InstrumentKey, Mode> {
    return this.#wanted;
  }

  /** @param mode Undefined when nobody wants the instrument any more. */
  set(key: InstrumentKey, mode: Mode | undefined): void {
    if (this.#wanted.get(key) === mode) return;
    if (mode === undefined) this.#wanted.delete(key);
    else this.#wanted.set(key, mode);
    for (const changed of this.#listeners) changed(key, mode);
  }

  onChange(changed: DemandHandler): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }
}
