import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { blackPrice, discountOf, intrinsicValue, type OptionTerms } from "../../lib/pricing/black76.ts";
import { impliedVolatility } from "../../lib/pricing/implied_volatility.ts";

const AT_THE_MONEY: OptionTerms = {
  side: "CE",
  strike: 24_800,
  forward: 24_812.35,
  years: 7 / 365,
  rate: 0.06,
};

function reasonOf(terms: Partial<OptionTerms>, price: number, tolerance?: number): string {
  const found = impliedVolatility({ ...AT_THE_MONEY, ...terms }, price, tolerance);
  return found.kind === "none" ? found.reason : `${found.volatility}`;
}

Deno.test("a published price implies the volatility that it was made with, as far as its digits go", () => {
  // Haug 1998, pages 2 to 8 and 24.
  const table = [
    ["PE", 19, 19, 0.75, 0.28, 1.7011],
    ["CE", 100, 110, 0.5, 0.35, 15.3086],
    ["PE", 100, 90, 0.5, 0.25, 12.2149],
    ["CE", 100, 100, 0.1, 0.15, 1.8734],
  ] as const;
  for (const [side, strike, forward, years, volatility, price] of table) {
    const found = impliedVolatility({ side, strike, forward, years, rate: 0.1 }, price);
    ok(found.kind === "solved" && Math.abs(found.volatility - volatility) < 5e-5, JSON.stringify(found));
  }
});

Deno.test("what has a price has its volatility back, far from the money and near the expiry", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("CE" as const, "PE" as const),
      fc.double({ min: 0.5, max: 2, noNaN: true }),
      fc.double({ min: 1 / 365 / 24, max: 3, noNaN: true }),
      fc.double({ min: 0.02, max: 4, noNaN: true }),
      fc.double({ min: 0, max: 0.15, noNaN: true }),
      (side, moneyness, years, volatility, rate) => {
        const terms: OptionTerms = { side, forward: 24_812.35, strike: 24_812.35 * moneyness, years, rate };
        const price = blackPrice(terms, volatility);
        const found = impliedVolatility(terms, price);
        const worth = price / discountOf(terms) - intrinsicValue(terms);
        // Below this, the digits of the price do not hold the volatility.
        if (worth < 1e-4) return;
        const most = side === "CE" ? terms.forward : terms.strike;
        if (most - price / discountOf(terms) < 1) return;
        ok(found.kind === "solved", JSON.stringify({ terms, price, found }));
        ok(Math.abs(blackPrice(terms, found.volatility) - price) < 1e-5, JSON.stringify({ terms, found }));
      },
    ),
    { numRuns: 2_000, seed: 19 },
  );
});

Deno.test("a price that implies none says why", () => {
  equal(reasonOf({ years: 0 }, 100), "expired");
  equal(reasonOf({ years: -1 }, 100), "expired");
  equal(reasonOf({ strike: 24_000 }, 700), "below_intrinsic");
  equal(reasonOf({ strike: 24_000, rate: 0 }, 812.35), "no_time_value");
  equal(reasonOf({ strike: 24_000, rate: 0 }, 812.37, 0.025), "no_time_value");
  equal(reasonOf({ strike: 24_000, rate: 0 }, 812.33, 0.025), "no_time_value");
  equal(reasonOf({}, 0), "below_intrinsic");
  equal(reasonOf({ strike: 25_000 }, 0), "no_time_value");
  equal(reasonOf({ strike: 24_800 }, 12.35 * discountOf(AT_THE_MONEY) + 1e-9), "no_time_value");
  equal(reasonOf({}, 24_900), "above_maximum");
  equal(reasonOf({ side: "PE" }, 24_800), "above_maximum");
  equal(reasonOf({ years: 1e-5 }, 20_000), "not_converged");
  for (const broken of [NaN, Infinity, -Infinity]) equal(reasonOf({}, broken), "not_converged");
  equal(reasonOf({ forward: -1 }, 10), "not_converged");
  equal(reasonOf({ strike: 0 }, 10), "not_converged");
});

Deno.test("no price makes it search for long, or answer with what is no number", () => {
  fc.assert(
    fc.property(
      fc.double(),
      fc.double(),
      fc.double(),
      fc.double(),
      fc.double(),
      (price, forward, strike, years, rate) => {
        const found = impliedVolatility({ side: "PE", forward, strike, years, rate }, price);
        if (found.kind === "solved") ok(found.volatility > 0 && found.volatility <= 10);
      },
    ),
    { numRuns: 2_000, seed: 19 },
  );
  deepEqual(impliedVolatility(AT_THE_MONEY, 165.7).kind, "solved");
});
