/** The standard normal distribution. */

const ROOT_OF_TWO_PI = Math.sqrt(2 * Math.PI);

export function normalDensity(x: number): number {
  return Math.exp(-x * x / 2) / ROOT_OF_TWO_PI;
}

/** Coefficients of a rational approximation, from the highest power down. */
const ABOVE = [
  3.52624965998911e-2,
  0.700383064443688,
  6.37396220353165,
  33.912866078383,
  112.079291497871,
  221.213596169931,
  220.206867912376,
];
const BELOW = [
  8.83883476483184e-2,
  1.75566716318264,
  16.064177579207,
  86.7807322029461,
  296.564248779674,
  637.333633378831,
  793.826512519948,
  440.413735824752,
];

/** Where the rational approximation ends, and a continued fraction goes on. */
const FAR = 7.07106781186547;

/**
 * How much of the distribution lies below a value; right to some fifteen digits.
 *
 * Source: J. F. Hart and others, Computer Approximations (1968), algorithm 5666, as G. West gives it in "Better
 * approximations to cumulative normal functions", Wilmott Magazine, May 2005.
 */
export function normalBelow(x: number): number {
  const distance = Math.abs(x);
  const tail = distance > 37 ? 0 : tailAbove(distance);
  return x > 0 ? 1 - tail : tail;
}

function tailAbove(x: number): number {
  const density = Math.exp(-x * x / 2);
  if (x < FAR) return density * polynomial(ABOVE, x) / polynomial(BELOW, x);
  let fraction = x + 0.65;
  for (const term of [4, 3, 2, 1]) fraction = x + term / fraction;
  return density / fraction / ROOT_OF_TWO_PI;
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}
