import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { parts } from "./parts.ts";

const OPTION = {
  exchange: "nfo",
  token: "43125",
  symbol: "NIFTY24NOV2624800CE",
  name: "NIFTY",
  type: "option",
  expiry: "2026-11-24",
  strike: 24_800,
  lot_size: 75,
};

const rowOf = ({ exchange, token, symbol }: typeof OPTION) => ({
  key: `${exchange}:${token}`,
  exchange,
  token,
  symbol,
});

const settled = () => new Promise((resolve) => queueMicrotask(() => resolve(undefined)));

function setUp(answer: () => Promise<unknown>) {
  const commands: unknown[] = [];
  let draws = 0;
  const facts = parts.createFacts({
    ask(command: unknown) {
      commands.push(command);
      return answer();
    },
    changed: () => draws++,
  });
  return { facts, commands, draws: () => draws };
}

Deno.test("an instrument's words say what is known and new, and nothing else", () => {
  deepEqual(parts.factWords(OPTION), ["NIFTY", "expires 24 Nov 2026", "strike 24,800", "lot 75"]);
  deepEqual(parts.factWords({ symbol: "SBIN-EQ", name: "State Bank of India", lot_size: 1 }), [
    "State Bank of India",
  ]);
  deepEqual(parts.factWords({ symbol: "Nifty 50", name: "Nifty 50", type: "index" }), ["index"]);
  deepEqual(parts.factWords({ symbol: "USDINR", strike: 87.25 }), ["strike 87.25"]);
  deepEqual(parts.factWords({ symbol: "X", name: 7, expiry: 7, strike: "7", lot_size: "7" }), []);
});

Deno.test("the words of a row are asked for once, and taken of the very instrument", async () => {
  const other = { ...OPTION, token: "1", name: "OTHER" };
  const { facts, commands, draws } = setUp(() => Promise.resolve({ data: [null, other, OPTION] }));
  const row = rowOf(OPTION);
  equal(facts.of(row), "");
  facts.want(row);
  facts.want(row);
  await settled();
  await facts.want(row);
  deepEqual(commands, [{ command: "search", query: OPTION.symbol, exchange: "nfo", limit: 20 }]);
  equal(facts.of(row), "NIFTY · expires 24 Nov 2026 · strike 24,800 · lot 75");
  equal(draws(), 1);
});

Deno.test("what the list does not have is not asked again, and what was not answered is", async () => {
  const none = setUp(() => Promise.resolve({ data: [] }));
  await none.facts.want(rowOf(OPTION));
  await none.facts.want(rowOf(OPTION));
  deepEqual([none.commands.length, none.facts.of(rowOf(OPTION))], [1, ""]);
  const lost = setUp(() => Promise.reject(new Error("lost")));
  await lost.facts.want(rowOf(OPTION));
  await lost.facts.want(rowOf(OPTION));
  equal(lost.commands.length, 2);
  const unnamed = setUp(() => Promise.resolve({ data: [] }));
  await unnamed.facts.want({ ...rowOf(OPTION), symbol: OPTION.token });
  equal(unnamed.commands.length, 0);
});
