import type { InstrumentKey } from "../market/market.ts";
import { istMidnight } from "../market/ist.ts";

/** How much the open interest has changed since it was first seen on a day. */
export interface OpenInterestChange {
  readonly change: number;
  /** When it was first seen, ms since the Unix epoch. */
  readonly since: number;
}

/**
 * The open interest of contracts as it was first seen on a day. The packets have no figure of the evening before; so the
 * change counts from when somebody asked first, and says since when.
 */
export class OpenInterestOfDay {
  #midnight = 0;
  readonly #first = new Map<InstrumentKey, { readonly interest: number; readonly at: number }>();

  changeOf(key: InstrumentKey, interest: number, now: number): OpenInterestChange {
    const midnight = istMidnight(now);
    if (midnight !== this.#midnight) {
      this.#first.clear();
      this.#midnight = midnight;
    }
    let first = this.#first.get(key);
    if (first === undefined) this.#first.set(key, first = { interest, at: now });
    return { change: interest - first.interest, since: first.at };
  }
}
