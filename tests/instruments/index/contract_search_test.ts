/** A search for contracts answers as if each word were sought in each symbol and each name. */
import { deepEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import type { Instrument } from "../../../lib/instruments/instrument.ts";
import { isBad, readMasterRow } from "../../../lib/instruments/master_row.ts";
import { contractDay } from "../../../lib/market/day.ts";
import { contractRow, TODAY } from "../master.ts";
import { largeList, ODD_LIST, tableAndReport } from "../odd_list.ts";

const DAY_MS = 86_400_000;

/** Symbols that are nearly what the columns make, of one day and strike. */
const NEARLY_PLAIN = [
  "PLAIN29DEC2624800CE",
  "PLAIN29DEC2624800PE",
  "Plain29Dec2624800ce",
  "PLAIN29DEC26024800CE",
  "PLAIN29DEC2624800.0CE",
  "PLAIN29DEC26CE",
  "PLAINX29DEC2624800CE",
  "PLAIN29DEC2624800XCE",
  "PLAIN29DEC2624801CE",
  "PLAIN26DEC24800CE",
  "PLAIN29DEC26248O0CE",
  "PLAÍN29DEC2624800CE",
].map((symbol, i) =>
  contractRow({
    token: String(1_000_000 + i),
    symbol,
    // Names of their own, so that one that is not plain says nothing of another.
    name: `PLAIN${i % 2 === 0 ? "" : i}`,
    expiry: "29DEC2026",
    strike: "2480000.000000",
    instrumenttype: "OPTIDX",
  })
);

const FRACTION = contractRow({
  token: "1000100",
  symbol: "USDINR29DEC2684.2525CE",
  name: "USDINR",
  expiry: "29DEC2026",
  strike: "842525000.000000",
  instrumenttype: "OPTCUR",
  exch_seg: "CDS",
});

const ROWS = [...ODD_LIST, ...NEARLY_PLAIN, FRACTION, ...[...largeList(2_000)].slice(ODD_LIST.length)];
const { table } = tableAndReport(ROWS);
const INSTRUMENTS = new Map(ROWS.flatMap((each) => {
  const row = readMasterRow(each);
  const found = isBad(row) ? undefined : table.get(`${row.exchange}:${row.token}`);
  return found === undefined ? [] : [[found.key, found] as const];
}));
const CONTRACTS = [...INSTRUMENTS.values()].filter(({ type }) => type === "future" || type === "option");

/** The texts in which words are sought. */
function textsOf({ symbol, name, expiry, strike, type }: Instrument): string[] {
  const day = expiry === undefined ? "" : contractDay(Date.parse(expiry) / DAY_MS);
  const end = symbol.slice(-2).toUpperCase();
  const kind = type === "future" ? "FUT" : ["CE", "PE"].includes(end) ? end : "";
  return [symbol.toUpperCase(), `${name.toUpperCase()}${day}${strike ?? ""}${kind}`];
}

function isExpired({ expiry }: Instrument): boolean {
  return expiry !== undefined && Date.parse(expiry) / DAY_MS < TODAY;
}

/** A piece of what a contract is called. */
const WORD = fc.tuple(fc.constantFrom(...CONTRACTS), fc.nat(1), fc.nat(20), fc.integer({ min: 1, max: 5 }))
  .map(
    ([contract, which, from, length]) => textsOf(contract)[which]!.slice(from, from + length),
  ).filter((word) => /^[A-Z0-9.]+$/.test(word) && isNoDateOrKind(word));

/** Words that mean a day or a kind are not sought as words. */
function isNoDateOrKind(word: string): boolean {
  return !/^(FUT|CE|PE|OPT)$/.test(word) && !/^[0-9]{0,2}(JAN|MAR|NOV|DEC)[0-9]{0,2}$/.test(word);
}

Deno.test("the contracts of an underlying that are found are those in which all words stand", () => {
  let found = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...CONTRACTS).map(({ name }) => name.toUpperCase()),
      fc.array(WORD, { minLength: 1, maxLength: 2 }),
      (name, words) => {
        const cost = { steps: 0 };
        const isOfName = (each: Instrument) =>
          CONTRACTS.includes(INSTRUMENTS.get(each.key)!) && each.name.toUpperCase() === name;
        const result = table.search(`${name} ${words.join(" ")}`, { limit: 10_000, today: TODAY }, cost);
        fc.pre(cost.steps < 4_000);
        let expected = CONTRACTS.filter((each) =>
          isOfName(each) && !isExpired(each) &&
          words.every((word) => textsOf(each).some((text) => text.includes(word)))
        );
        const strike = Number(words.find((word) => /^[0-9]+(\.[0-9]+)?$/.test(word)) ?? 0);
        const exactly = new Set(
          expected.filter((each) => each.strike === strike).map(({ exchange }) => exchange),
        );
        // The strike that a word names comes before others of its exchange.
        expected = expected.filter((each) => !exactly.has(each.exchange) || each.strike === strike);
        deepEqual(
          result.filter(isOfName).map(({ key }) => key).sort(),
          expected.map(({ key }) => key).sort(),
        );
        found += expected.length;
      },
    ),
    { numRuns: 3_000 },
  );
  ok(found > 1_000, `${found} contracts`);
});
