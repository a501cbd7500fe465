import type { MarketTick } from "../feed/market_tick.ts";
import { type Greeks, greeksOf, type OptionTerms } from "../pricing/black76.ts";
import { impliedVolatility, type NoVolatility } from "../pricing/implied_volatility.ts";
import type { CurrentPrice, NoPrice } from "./option_price.ts";

/** What an option's price implies; the volatility for a year, 0.12 for twelve per cent. */
export type Valuation =
  | { readonly kind: "valued"; readonly volatility: number; readonly greeks: Greeks }
  | { readonly kind: "none"; readonly reason: NoVolatility | NoPrice | "no_forward" };

/** Half of the step in which prices of options are quoted, rupees. */
const HALF_STEP = 0.025;

interface Kept {
  readonly terms: OptionTerms;
  readonly valuation: Valuation;
}

/** Values options; one whose tick, forward and second are those of the last time is not computed again, whoever asks. */
export class Valuations {
  readonly #kept = new WeakMap<MarketTick, Kept>();
  #solved = 0;

  /** Options that were computed; for tests. */
  get solved(): number {
    return this.#solved;
  }

  /** @param terms Undefined where there is no forward. */
  of(last: MarketTick | undefined, price: CurrentPrice, terms: OptionTerms | undefined): Valuation {
    if (price.kind === "none" || last === undefined) {
      return { kind: "none", reason: price.kind === "none" ? price.reason : "no_price" };
    }
    if (terms === undefined) return { kind: "none", reason: "no_forward" };
    const kept = this.#kept.get(last);
    if (kept !== undefined && areEqual(kept.terms, terms)) return kept.valuation;
    this.#solved++;
    const valuation = valued(terms, price.price);
    this.#kept.set(last, { terms, valuation });
    return valuation;
  }
}

function valued(terms: OptionTerms, price: number): Valuation {
  const implied = impliedVolatility(terms, price, HALF_STEP);
  if (implied.kind === "none") return implied;
  const { volatility } = implied;
  return { kind: "valued", volatility, greeks: greeksOf(terms, volatility) };
}

function areEqual(a: OptionTerms, b: OptionTerms): boolean {
  return a.forward === b.forward && a.years === b.years && a.rate === b.rate && a.strike === b.strike;
}
