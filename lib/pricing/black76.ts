import { normalBelow, normalDensity } from "./normal.ts";

/** Call or put, as the last letters of a contract's symbol say it. */
export type OptionSide = "CE" | "PE";

/** A European option, and what its price is made of beside the volatility. */
export interface OptionTerms {
  readonly side: OptionSide;
  /** What the underlying costs at the expiry, seen from today: a future's price, or one that parity implies. Above 0. */
  readonly forward: number;
  /** Above 0, in the unit of the forward. */
  readonly strike: number;
  /** To the expiry. */
  readonly years: number;
  /** For a year, continuously compounded: 0.06 for six per cent. */
  readonly rate: number;
}

/** How a price changes. The units are those of the broker's option Greeks. */
export interface Greeks {
  /** For a point of the forward. */
  readonly delta: number;
  /** Of the delta, for a point of the forward. */
  readonly gamma: number;
  /** For a calendar day that passes while all else stays. */
  readonly theta: number;
  /** For one hundredth of volatility, such as from 12 to 13 %. */
  readonly vega: number;
}

const DAYS_OF_YEAR = 365;

/** What an option would pay if the underlying stood at its forward; never below 0. */
export function intrinsicValue({ side, forward, strike }: OptionTerms): number {
  return Math.max(0, side === "CE" ? forward - strike : strike - forward);
}

/** What a payment at the expiry is worth today. */
export function discountOf({ years, rate }: Pick<OptionTerms, "years" | "rate">): number {
  return Math.exp(-rate * years);
}

/**
 * The price of an option on a forward.
 *
 * Source: F. Black, "The pricing of commodity contracts", Journal of Financial Economics 3 (1976).
 *
 * @param volatility For a year: 0.12 for twelve per cent. At 0, or at the expiry, the discounted intrinsic value is left.
 */
export function blackPrice(terms: OptionTerms, volatility: number): number {
  return discountOf(terms) * (intrinsicValue(terms) + timeValue(terms, volatility));
}

/**
 * What an option costs beyond its intrinsic value, before discounting. It is the same for the call and the put of a
 * strike, and is computed from the one that is out of the money: nothing is lost in a difference of large numbers.
 */
export function timeValue({ forward, strike, years }: OptionTerms, volatility: number): number {
  const deviation = volatility * Math.sqrt(years);
  if (!(deviation > 0)) return 0;
  const [d1, d2] = distances(forward, strike, deviation);
  const value = forward <= strike
    ? forward * normalBelow(d1) - strike * normalBelow(d2)
    : strike * normalBelow(-d2) - forward * normalBelow(-d1);
  return Math.max(0, value);
}

/** How fast the time value grows with the volatility, before discounting: for 1, which is a hundred per cent. */
export function timeValueSlope({ forward, strike, years }: OptionTerms, volatility: number): number {
  const root = Math.sqrt(years);
  if (!(volatility * root > 0)) return 0;
  return forward * normalDensity(distances(forward, strike, volatility * root)[0]) * root;
}

export function greeksOf(terms: OptionTerms, volatility: number): Greeks {
  const { side, forward, strike, years, rate } = terms;
  const root = Math.sqrt(years);
  const discount = discountOf(terms);
  const [d1] = distances(forward, strike, volatility * root);
  const below = discount * normalBelow(d1);
  const decay = forward * discount * normalDensity(d1) * volatility / (2 * root);
  return {
    delta: side === "CE" ? below : below - discount,
    gamma: discount * normalDensity(d1) / (forward * volatility * root),
    theta: (rate * blackPrice(terms, volatility) - decay) / DAYS_OF_YEAR,
    vega: discount * timeValueSlope(terms, volatility) / 100,
  };
}

/** How far the forward is from the strike, in deviations of the underlying until the expiry; as d1 and d2 of the formula. */
function distances(forward: number, strike: number, deviation: number): readonly [number, number] {
  const d1 = Math.log(forward / strike) / deviation + deviation / 2;
  return [d1, d1 - deviation];
}
