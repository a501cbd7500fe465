import type { InstrumentHours } from "../market/instrument_hours.ts";
import type { InstrumentKey } from "../market/market.ts";
import type { PriceDoubt } from "./guard.ts";
import type { Tick } from "../market/market.ts";
import type { MarketTick } from "./market_tick.ts";

/** What is known of one instrument. */
export interface LastTick {
  /** The last accepted tick. */
  tick?: MarketTick;
  /** What is doubtful about it, or why the tick after it was rejected; undefined for nothing. */
  doubt?: PriceDoubt | undefined;
  /** The price of a tick after it that was held back for its jump, or shown with a doubt: the next one may confirm it. */
  unconfirmed?: number | undefined;
  /** The last tick that was believed, where {@linkcode tick} is one that is doubted for its jump. */
  believed?: Tick | undefined;
  /** Calls off that what is held back is shown. */
  disarm?: (() => void) | undefined;
  /** When the last tick came that was of that very moment, elapsed ms. */
  currentAt?: number | undefined;
  /** What its market did last, as far as that still holds: no look-up for each tick. */
  hours?: InstrumentHours | undefined;
}

/** The last-value cache: what a newcomer is shown before the next tick. */
export class LastTicks {
  readonly #entries = new Map<InstrumentKey, LastTick>();

  /** The entry of an instrument, made where there is none; the caller changes it in place. */
  entry(key: InstrumentKey): LastTick {
    let entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, entry = {});
    return entry;
  }

  get(key: InstrumentKey): Readonly<LastTick> | undefined {
    return this.#entries.get(key);
  }

  forgetHours(): void {
    for (const entry of this.#entries.values()) entry.hours = undefined;
  }

  delete(key: InstrumentKey): void {
    this.#entries.delete(key);
  }

  /** Forgets what is no longer subscribed: it is not kept current, so it must not be shown again. */
  keepOnly(subscribed: ReadonlyMap<InstrumentKey, unknown>): void {
    for (const key of this.#entries.keys()) if (!subscribed.has(key)) this.#entries.delete(key);
  }
}
