import type { InstrumentKey } from "../market/market.ts";
import type { CurrentPrice } from "./option_price.ts";

/** What the underlying costs at the expiry, seen from now, and where that is from. */
export type Forward =
  | { readonly from: "future"; readonly price: number; readonly instrument: InstrumentKey }
  /** Of the strikes that were looked at, the one in the middle. */
  | { readonly from: "parity"; readonly price: number; readonly strike: number };

/** The prices of a strike's call and put. */
export interface PricedPair {
  readonly strike: number;
  readonly call: CurrentPrice;
  readonly put: CurrentPrice;
}

/** Strikes that are asked, so that one odd price does not decide. */
const MOST_STRIKES = 5;

/**
 * The forward that calls and puts imply: strike, plus what the call costs more than the put, at the expiry. Of several
 * strikes, the middle one counts.
 *
 * @param pairs The nearest to the money first.
 * @param discount What a payment at the expiry is worth now.
 * @returns Undefined where no strike has a current price on both sides.
 */
export function parityForward(pairs: Iterable<PricedPair>, discount: number): Forward | undefined {
  const found: { readonly strike: number; readonly price: number }[] = [];
  for (const { strike, call, put } of pairs) {
    if (call.kind === "none" || put.kind === "none") continue;
    const price = strike + (call.price - put.price) / discount;
    if (price > 0) found.push({ strike, price });
    if (found.length === MOST_STRIKES) break;
  }
  found.sort((a, b) => a.price - b.price);
  const middle = found[(found.length - 1) >> 1];
  return middle && { from: "parity", ...middle };
}
