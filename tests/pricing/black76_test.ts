import { ok, strictEqual as equal } from "node:assert/strict";
import {
  blackPrice,
  greeksOf,
  intrinsicValue,
  type OptionSide,
  type OptionTerms,
} from "../../lib/pricing/black76.ts";
import { normalBelow } from "../../lib/pricing/normal.ts";

/**
 * Published values: E. G. Haug, The Complete Guide to Option Pricing Formulas (McGraw-Hill 1998), pages 2 to 8, 24 and 27.
 * Side, strike, price of the underlying, its yield, interest, years, volatility, value.
 */
const PRICES: readonly (readonly [OptionSide, number, number, number, number, number, number, number])[] = [
  ["CE", 65, 60, 0, 0.08, 0.25, 0.30, 2.1334],
  ["PE", 95, 100, 0.05, 0.10, 0.5, 0.20, 2.4648],
  ["PE", 19, 19, 0.10, 0.10, 0.75, 0.28, 1.7011],
  ["CE", 19, 19, 0.10, 0.10, 0.75, 0.28, 1.7011],
  ["CE", 1.6, 1.56, 0.08, 0.06, 0.5, 0.12, 0.0291],
  ["PE", 70, 75, 0.05, 0.10, 0.5, 0.35, 4.0870],
  ["CE", 100, 90, 0.10, 0.10, 0.1, 0.15, 0.0205],
  ["CE", 100, 100, 0.10, 0.10, 0.1, 0.15, 1.8734],
  ["CE", 100, 110, 0.10, 0.10, 0.1, 0.15, 9.9413],
  ["CE", 100, 90, 0.10, 0.10, 0.1, 0.25, 0.3150],
  ["CE", 100, 100, 0.10, 0.10, 0.1, 0.25, 3.1217],
  ["CE", 100, 110, 0.10, 0.10, 0.1, 0.25, 10.3556],
  ["CE", 100, 90, 0.10, 0.10, 0.5, 0.35, 4.9329],
  ["CE", 100, 100, 0.10, 0.10, 0.5, 0.35, 9.3679],
  ["CE", 100, 110, 0.10, 0.10, 0.5, 0.35, 15.3086],
  ["PE", 100, 90, 0.10, 0.10, 0.1, 0.15, 9.9210],
  ["PE", 100, 110, 0.10, 0.10, 0.1, 0.15, 0.0408],
  ["PE", 100, 90, 0.10, 0.10, 0.5, 0.25, 12.2149],
  ["PE", 100, 110, 0.10, 0.10, 0.5, 0.25, 3.2734],
  ["PE", 100, 110, 0.10, 0.10, 0.5, 0.35, 5.7963],
  ["CE", 40, 42, 0.08, 0.04, 0.75, 0.35, 5.0975],
];

/** Black's model on the forward that a price, a yield and interest make; where yield and interest are alike, on a future. */
function termsOf(
  side: OptionSide,
  strike: number,
  spot: number,
  yields: number,
  rate: number,
  years: number,
): OptionTerms {
  return { side, strike, forward: spot * Math.exp((rate - yields) * years), rate, years };
}

/** Half a unit of the last digit is not enough: the book cuts some values off, and rounds others. */
function near(actual: number, expected: number): void {
  ok(Math.abs(actual - expected) <= 1e-4, `${actual} instead of ${expected}`);
}

Deno.test("prices equal the published ones to four digits", () => {
  for (const [side, strike, spot, yields, rate, years, volatility, value] of PRICES) {
    near(blackPrice(termsOf(side, strike, spot, yields, rate, years), volatility), value);
  }
});

Deno.test("Greeks equal the published ones to four digits", () => {
  // Haug 1998, pages 11 to 16. Those of the underlying follow from those of the forward by the chain rule.
  const onFuture = (side: OptionSide) => greeksOf(termsOf(side, 100, 105, 0.1, 0.1, 0.5), 0.36);
  near(onFuture("CE").delta, 0.5946);
  near(onFuture("PE").delta, -0.3566);
  for (const side of ["CE", "PE"] as const) {
    const terms = termsOf(side, 60, 55, 0, 0.1, 0.75);
    const { gamma, vega } = greeksOf(terms, 0.3);
    near(gamma * (terms.forward / 55) ** 2, 0.0278);
    near(100 * vega, 18.9358);
  }
  const put = termsOf("PE", 405, 430, 0.05, 0.07, 1 / 12);
  const { delta, theta } = greeksOf(put, 0.2);
  const carried = 365 * theta - (0.07 - 0.05) * put.forward * delta;
  near(carried, -31.1924);
  near(carried / 365, -0.0855);
});

Deno.test("the Greeks are the slopes of the price", () => {
  const step = 1e-4;
  for (const side of ["CE", "PE"] as const) {
    for (const strike of [20_000, 24_800, 27_000]) {
      const terms: OptionTerms = { side, strike, forward: 24_812.35, years: 9 / 365, rate: 0.06 };
      const at = (change: Partial<OptionTerms>, volatility = 0.13) =>
        blackPrice({ ...terms, ...change }, volatility);
      const { delta, gamma, theta, vega } = greeksOf(terms, 0.13);
      const [up, here, down] = [1, 0, -1].map((way) => at({ forward: terms.forward + way }));
      ok(Math.abs(delta - (up! - down!) / 2) < 1e-5);
      ok(Math.abs(gamma - (up! - 2 * here! + down!)) < 1e-7);
      ok(Math.abs(vega - (at({}, 0.13 + step) - at({}, 0.13 - step)) / (200 * step)) < 1e-4);
      const day = 1 / 365;
      const slope = at({ years: terms.years - step * day }) - at({ years: terms.years + step * day });
      ok(Math.abs(theta - slope / (2 * step)) < 1e-4, `${theta}`);
    }
  }
});

Deno.test("calls and puts of a strike obey parity, at any volatility and at the expiry", () => {
  for (const years of [0, 1e-6, 0.02, 3]) {
    for (const volatility of [0, 0.01, 0.5, 9]) {
      for (const strike of [1, 24_000, 90_000]) {
        const terms = { strike, forward: 24_812.35, years, rate: 0.06 };
        const [call, put] = (["CE", "PE"] as const).map((side) => blackPrice({ side, ...terms }, volatility));
        const expected = Math.exp(-0.06 * years) * (terms.forward - strike);
        ok(Math.abs(call! - put! - expected) < 1e-7, `${call} ${put}`);
      }
    }
  }
  equal(intrinsicValue({ side: "PE", strike: 90, forward: 100, years: 1, rate: 0 }), 0);
});

Deno.test("the normal distribution equals published values", () => {
  // M. Abramowitz and I. Stegun, Handbook of Mathematical Functions, tables 26.1 and 26.2.
  const table = [
    [0, 0.5],
    [0.5, 0.691462461274013],
    [1, 0.841344746068543],
    [2, 0.977249868051821],
    [3, 0.998650101968370],
    [-5, 2.866515718791939e-7],
    [-10, 7.619853024160527e-24],
    [40, 1],
  ] as const;
  for (const [x, below] of table) {
    ok(Math.abs(normalBelow(x) - below) <= 1e-6 * below, `${x}: ${normalBelow(x)}`);
  }
  equal(normalBelow(-40), 0);
});
