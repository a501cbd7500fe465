import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { chosenExpiry, isRolling, readExpiryChoice } from "../../lib/chain/expiry_choice.ts";
import { nearestPlace, pairsAround, placeAfter } from "../../lib/chain/strike_window.ts";
import { strikesFrom } from "../instruments/option_rows.ts";

function pairsOf(strikes: readonly number[]) {
  return strikes.map((strike) => ({ strike, call: `nfo:${strike}`, put: `nfo:${strike}1` } as const));
}

const PAIRS = pairsOf(strikesFrom(24_000, 50, 41));

const strikeAt = (price: number) => PAIRS[nearestPlace(PAIRS, price)]!.strike;

Deno.test("the strike at the money is the nearest one, also where steps differ and beyond the ends", () => {
  deepEqual([24_810, 24_825, 24_825.05, 24_800, 1, 1e9].map(strikeAt), [
    24_800,
    24_800,
    24_850,
    24_800,
    24_000,
    26_000,
  ]);
  const uneven = pairsOf([100, 102.5, 105, 110, 120]);
  deepEqual([101, 104, 107, 108, 116].map((price) => uneven[nearestPlace(uneven, price)]!.strike), [
    100,
    105,
    105,
    110,
    120,
  ]);
  equal(nearestPlace(pairsOf([50]), 3), 0);
});

Deno.test("a price that plays around the middle of two strikes moves nothing, one that goes on does", () => {
  let place = nearestPlace(PAIRS, 24_810);
  const strikeAfter = (price: number) => PAIRS[place = placeAfter(PAIRS, place, price)]!.strike;
  for (let i = 0; i < 20; i++) equal(strikeAfter(i % 2 === 0 ? 24_836 : 24_814), 24_800);
  equal(strikeAfter(24_838), 24_850);
  for (let i = 0; i < 20; i++) equal(strikeAfter(i % 2 === 0 ? 24_836 : 24_814), 24_850);
  equal(strikeAfter(24_812), 24_800);
  equal(strikeAfter(25_333), 25_350);
  equal(strikeAfter(1), 24_000);
  equal(strikeAfter(1e9), 26_000);
});

Deno.test("whatever the price does, the strike at the money is at most three quarters of a step away", () => {
  fc.assert(fc.property(fc.array(fc.double({ min: 24_000, max: 26_000, noNaN: true })), (prices) => {
    let place = 0;
    for (const price of prices) {
      place = placeAfter(PAIRS, place, price);
      ok(Math.abs(PAIRS[place]!.strike - price) <= 37.5, `${price} ${PAIRS[place]!.strike}`);
    }
  }));
});

Deno.test("the strikes around the money come by their distance, and end where the list ends", () => {
  const around = (place: number, count: number) =>
    pairsAround(PAIRS, place, count).map(({ strike }) => strike);
  deepEqual(around(16, 2), [24_800, 24_850, 24_750, 24_900, 24_700]);
  deepEqual(around(0, 2), [24_000, 24_050, 24_100]);
  deepEqual(around(40, 1), [26_000, 25_950]);
  equal(around(20, 100).length, 41);
});

Deno.test("a choice of an expiry is a word in any case, or a day in any form", () => {
  const table: Record<string, string | undefined> = {
    nearest: "nearest",
    " Next ": "next",
    MONTHLY: "monthly",
    "2026-12-29": "2026-12-29",
    "29DEC2026": "2026-12-29",
    "29 Dec 26": "2026-12-29",
    "29-12-2026": "2026-12-29",
    weekly: undefined,
    "": undefined,
    "31FEB2027": undefined,
    constructor: undefined,
  };
  for (const [text, choice] of Object.entries(table)) equal(readExpiryChoice(text), choice, text);
  deepEqual(["nearest", "2026-12-29"].map(isRolling), [true, false]);
});

Deno.test("a monthly expiry is the last of its month in the list, whatever its weekday", () => {
  const expiries = ["2026-11-30", "2026-12-08", "2026-12-15", "2026-12-29", "2027-01-28", "2027-03-30"];
  const chosen = (from: number, choice: string) => chosenExpiry(choice, expiries.slice(from));
  deepEqual(["nearest", "next", "monthly", "2027-01-28", "2027-01-29"].map((each) => chosen(0, each)), [
    "2026-11-30",
    "2026-12-08",
    "2026-11-30",
    "2027-01-28",
    undefined,
  ]);
  deepEqual([1, 2, 3, 4, 5, 6].map((from) => chosen(from, "monthly")), [
    "2026-12-29",
    "2026-12-29",
    "2026-12-29",
    "2027-01-28",
    "2027-03-30",
    undefined,
  ]);
  equal(chosen(5, "next"), undefined);
});
