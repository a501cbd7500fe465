import { discountOf, intrinsicValue, type OptionTerms, timeValue, timeValueSlope } from "./black76.ts";

/**
 * Why a price implies no volatility:
 * - `expired`: no time is left
 * - `below_intrinsic`: it is less than exercising would pay: the price and the forward are not of one moment
 * - `no_time_value`: it is what exercising would pay, or so little more that no volatility down to 0.1 % explains it
 * - `above_maximum`: more than the option can be worth: a call more than the forward, a put more than the strike
 * - `not_converged`: no volatility up to 1000 % explains it, or the numbers are none
 */
export type NoVolatility =
  | "expired"
  | "below_intrinsic"
  | "no_time_value"
  | "above_maximum"
  | "not_converged";

export type ImpliedVolatility =
  | { readonly kind: "solved"; readonly volatility: number }
  | { readonly kind: "none"; readonly reason: NoVolatility };

const LEAST = 0.001;
const MOST = 10;

/** Halving the range of volatilities so often leaves nothing of it. */
const MAX_STEPS = 100;

/** Of the volatility, as a part of it. */
const PRECISION = 1e-10;

/** Of the forward: what the digits of a difference of prices leave open. */
const DUST = 1e-9;

/**
 * The volatility at which an option costs what it does. Newton's steps within a range that every step narrows; a step
 * that would leave the range halves it instead, so that no price makes it wander.
 *
 * @param tolerance How far the price may be from what exercising pays and still count as that: half of a price step.
 */
export function impliedVolatility(terms: OptionTerms, price: number, tolerance = 0): ImpliedVolatility {
  const { side, forward, strike, years } = terms;
  if (years <= 0) return none("expired");
  if (![price, forward, strike, years, terms.rate].every(Number.isFinite) || forward <= 0 || strike <= 0) {
    return none("not_converged");
  }
  const undiscounted = price / discountOf(terms);
  const wanted = undiscounted - intrinsicValue(terms);
  const least = Math.max(tolerance, DUST * forward);
  if (wanted < -least) return none("below_intrinsic");
  if (wanted <= least) return none("no_time_value");
  if (undiscounted >= (side === "CE" ? forward : strike)) return none("above_maximum");
  if (timeValue(terms, LEAST) >= wanted) return none("no_time_value");
  if (timeValue(terms, MOST) < wanted) return none("not_converged");
  let low = LEAST;
  let high = MOST;
  let volatility = firstGuess(terms);
  for (let step = 0; step < MAX_STEPS; step++) {
    const excess = timeValue(terms, volatility) - wanted;
    if (excess > 0) high = volatility;
    else low = volatility;
    const next = volatility - excess / timeValueSlope(terms, volatility);
    const bounded = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(bounded - volatility) <= PRECISION * volatility) {
      return { kind: "solved", volatility: bounded };
    }
    volatility = bounded;
  }
  return none("not_converged");
}

/**
 * Where the time value bends from one curve into the other: from there Newton's steps go straight to any solution.
 * Source: S. Manaster and G. Koehler, Journal of Finance 37 (1982).
 */
function firstGuess({ forward, strike, years }: OptionTerms): number {
  const guess = Math.sqrt(2 * Math.abs(Math.log(forward / strike)) / years);
  return Math.min(Math.max(guess, 0.05), MOST / 2);
}

function none(reason: NoVolatility): ImpliedVolatility {
  return { kind: "none", reason };
}
