/** What one name and one search may cost, counted in steps and not on a stopwatch, over a list of full size. */
import { ok } from "node:assert/strict";
import { MOST_NEAREST_STEPS, NearestWords } from "../../lib/instruments/index/nearest.ts";
import { MOST_CONTRACT_STEPS, MOST_TEXT_STEPS } from "../../lib/instruments/index/search.ts";
import { Steps } from "../../lib/instruments/index/steps.ts";
import { contractNames } from "../../lib/instruments/resolver/contract_name.ts";
import { spellings } from "../../lib/instruments/resolver/aliases.ts";
import { resolveIn, TODAY } from "./master.ts";
import { largeList, tableAndReport } from "./odd_list.ts";

const { table } = tableAndReport(largeList());

/** Words that stand nearly everywhere, and such that stand nowhere, alone and together. */
const QUERIES = [
  "a",
  "e a",
  "5 0 1 z",
  "2 4 6 8",
  "ce",
  "ce 5",
  "pe zz",
  "fut 1",
  "24800",
  "99999",
  "dec",
  "31 dec 77777 ce",
  "q 1 ce",
  "ind ltd 1 2 3",
  "a b c d e f g h i j k l m n o p q r s t u v w x y z",
  "zzzzzzzzzzzz",
  `${"q ".repeat(50)}`,
  "-",
  "& -",
  "qaa29dec26",
];

Deno.test("a search takes a bounded number of steps, whatever it asks for", () => {
  // The last look of each kind may go over.
  const most = MOST_TEXT_STEPS + MOST_CONTRACT_STEPS;
  for (const query of QUERIES) {
    for (const limit of [1, 100]) {
      const cost = { steps: 0 };
      const found = table.search(query, { limit, today: TODAY }, cost);
      ok(cost.steps <= most, `${query}: ${cost.steps} steps`);
      ok(found.length <= limit);
    }
  }
});

Deno.test("a search for an instrument by its name, day and strike is not cut short", () => {
  for (
    const query of [
      "nifty 26 jan 25000 pe",
      "sensex 31 dec 81500 pe",
      "usdinr 29 dec 84.5 pe",
      "crudeoil fut",
    ]
  ) {
    const cost = { steps: 0 };
    ok(table.search(query, { limit: 100, today: TODAY }, cost).length > 0, query);
    ok(cost.steps < MOST_CONTRACT_STEPS / 2, `${query}: ${cost.steps} steps`);
  }
});

Deno.test("the nearest words are sought in a bounded number of steps", () => {
  const nearest = new NearestWords();
  // All of one length, of the same letters: nothing can be passed over.
  for (let i = 0; i < 100_000; i++) {
    nearest.add(`A${i.toString(2).padStart(17, "0").replace(/0/g, "B").replace(/1/g, "C")}`);
  }
  for (const word of ["ABCBCBCBCBCBCBCBCB", "ZBCBCBCBCBCBCBCBCB", "A", "Q".repeat(100)]) {
    const steps = new Steps(MOST_NEAREST_STEPS);
    nearest.find(word, 12, steps);
    ok(steps.used <= MOST_NEAREST_STEPS, `${steps.used}`);
  }
});

Deno.test("a name can be read in a few ways only", () => {
  const words = [
    "26DEC".repeat(20) + "81000CE",
    "1".repeat(97) + "FUT",
    "A_B ".repeat(25),
    `${"9".repeat(90)}20NOV26FUT`,
  ];
  for (const word of words) {
    ok(contractNames(word).length <= 60, word);
    ok(spellings(word).length <= 10, word);
    const found = resolveIn(table, word);
    ok(found.kind !== "found" && found.suggest().length <= 3, word);
  }
});
