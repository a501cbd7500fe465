import type { InstrumentKey, Tick } from "../../lib/market/market.ts";

/** A tick that the simulator has made, and when. */
export interface MadeTick {
  readonly sequence: number;
  /** ms since the Unix epoch. */
  readonly at: number;
}

/** Every tick of every instrument, in its order. */
export class MadeTicks {
  readonly #ticks = new Map<InstrumentKey, MadeTick[]>();

  note({ key, sequence }: Tick): void {
    const ticks = this.#ticks.get(key);
    const made = { sequence, at: Date.now() };
    if (ticks === undefined) this.#ticks.set(key, [made]);
    else ticks.push(made);
  }

  of(key: InstrumentKey): readonly MadeTick[] {
    return this.#ticks.get(key) ?? [];
  }

  /** The last one that was made by a moment. */
  lastBefore(key: InstrumentKey, at: number): MadeTick | undefined {
    return this.of(key).findLast((tick) => tick.at <= at);
  }
}
