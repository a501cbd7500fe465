/** The right instrument, or an honest refusal: names as people and programs write them, over a list of full size. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { NAMES } from "./names.ts";
import { REFUSED, SEARCHED } from "./refused_names.ts";
import { meaningOf, resolveIn, TODAY } from "./master.ts";
import { largeList, ODD_LIST, tableAndReport } from "./odd_list.ts";

const { table, report } = tableAndReport(largeList());

for (const [kind, names] of Object.entries(NAMES)) {
  Deno.test(`names of ${kind} lead to the right instrument, or to none`, () => {
    deepEqual(
      names.map(([word, , exchange]) => [word, meaningOf(table, word, exchange), exchange]),
      names.map(([word, meaning, exchange]) => [word, meaning, exchange]),
    );
  });
}

Deno.test("the table of names is not small", () => {
  ok(Object.values(NAMES).flat().length >= 200);
  ok(table.rows > 130_000);
});

for (const [word, said, suggestions] of REFUSED) {
  Deno.test(`"${word}" is refused with a reason, and with ${suggestions.join(", ") || "nothing"} to try`, () => {
    const found = resolveIn(table, word);
    if (found.kind === "found") return ok(false, found.key);
    match(found.message, said);
    const given = found.suggest();
    deepEqual(given.slice(0, Math.max(1, suggestions.length)), suggestions);
    for (const each of given) match(meaningOf(table, each), /^[a-z]+:[0-9]+$/, each);
  });
}

for (const [query, first, exchange] of SEARCHED) {
  Deno.test(`search("${query}") gives ${first.join(", ") || "nothing"} first`, () => {
    const found = table.search(query, { limit: 10, exchange, today: TODAY });
    deepEqual(
      found.map(({ exchange, symbol }) => `${exchange}:${symbol}`).slice(0, Math.max(1, first.length)),
      first,
    );
    for (const { key, expiry } of found) {
      ok(expiry === undefined || expiry >= "2026-11-27", `${key} ${expiry}`);
    }
  });
}

Deno.test("rows that are left out, or lack something, are counted and named", () => {
  const { report } = tableAndReport(ODD_LIST);
  const words = `${report}`;
  equal(report.leftOut, 4);
  match(words, /2 with a number that another row has/);
  match(words, /1 with segment NCO/);
  match(words, /1 with a token that is not a number/);
  equal(report.incomplete, 1);
  match(words, /1 with no readable expiry \(nfo:70002 BANKNIFTY31FEB27FUT\)/);
  equal(report.unusual, true);
});

Deno.test("the rest of a list of full size is as the broker's is every day", () => {
  ok(report.leftOut > 5_000);
});
