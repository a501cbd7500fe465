import type { Exchange, InstrumentKey } from "../market/market.ts";
import type { NoInstrument } from "./resolver/resolution.ts";

/** What options are listed on, as far as a list of instruments tells it. */
export interface Underlying {
  /** The exchange of its contracts, and its name there, such as `nfo:NIFTY`. */
  readonly id: string;
  readonly exchange: Exchange;
  readonly name: string;
  /** The index or the share itself, where it ticks; commodities and currencies have none. */
  readonly spot?: InstrumentKey;
  /** Those that have not expired, the next one first. */
  readonly futures: readonly ListedFuture[];
  /** The last days of its options, as `2026-12-29`, the next one first; none that is over. */
  readonly expiries: readonly string[];
}

export interface ListedFuture {
  readonly key: InstrumentKey;
  readonly expiry: string;
}

/** The options of one strike; a side that is not listed is absent. */
export interface StrikePair {
  /** Rupees. */
  readonly strike: number;
  readonly call?: InstrumentKey;
  readonly put?: InstrumentKey;
}

/** What a name of an underlying leads to. */
export type UnderlyingResolution =
  | { readonly kind: "found"; readonly underlying: Underlying }
  | {
    /** `no_options`: the name is known, and no options are listed on it. */
    readonly kind: NoInstrument | "no_options";
    /** For people: the reason, to stand behind the name. */
    readonly message: string;
    /** Underlyings that were probably meant, best first. */
    readonly suggest: (limit?: number) => string[];
  };
