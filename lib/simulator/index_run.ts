import type { InstrumentKey } from "../market/market.ts";
import type { SimulatedMarket } from "./market.ts";

/** The index that runs, and the step of the strikes on it. */
const INDEX: InstrumentKey = "nse:99926000";
const STEP = 50;

/** How far it goes from where it began before it turns, in strikes: its band has room for that on both sides. */
const REACH = 25;

/** Values of an index come so often. */
const EVERY_MS = 250;

/** Runs an index up and down through the strikes of its options, far faster than any real one. */
export class IndexRun {
  #from: { readonly at: number; readonly price: number } | undefined;
  #movedAt = -Infinity;

  /** @param strikesPerMinute 0 while it does not run. */
  constructor(
    private readonly market: SimulatedMarket,
    private readonly strikesPerMinute: () => number,
  ) {}

  /** Moves the index where it is to be now. @returns The index, where it has a new value. */
  move(now: number): InstrumentKey | undefined {
    const speed = this.strikesPerMinute();
    if (speed === 0) {
      this.#from = undefined;
      return undefined;
    }
    if (now - this.#movedAt < EVERY_MS) return undefined;
    const price = this.market.priceOf(INDEX);
    if (price === undefined) return undefined;
    this.#from ??= { at: now, price };
    this.#movedAt = now;
    const passed = (now - this.#from.at) / 60_000 * speed;
    this.market.moveTo(INDEX, this.#from.price + STEP * zigzag(passed), now);
    return INDEX;
  }
}

/** From 0 up to the reach, down to it on the other side, and back. */
function zigzag(passed: number): number {
  const at = (passed + REACH) % (4 * REACH);
  return at < 2 * REACH ? at - REACH : 3 * REACH - at;
}
