import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { Column } from "../../../lib/instruments/index/column.ts";
import { hash } from "../../../lib/instruments/index/hash.ts";
import { editDistance, NearestWords } from "../../../lib/instruments/index/nearest.ts";
import { sortByKey } from "../../../lib/instruments/index/sort.ts";
import { TextColumn } from "../../../lib/instruments/index/text_column.ts";
import { WordIndex } from "../../../lib/instruments/index/word_index.ts";
import { seededRandom } from "../../fakes.ts";

Deno.test("sortByKey() sorts by keys of any size, leaves equal ones as they are, and pauses", () => {
  const random = seededRandom(3);
  for (const length of [0, 1, 2, 100_000]) {
    for (const most of [1, 7, 2 ** 11, 2 ** 20, 2 ** 32]) {
      const keys = Uint32Array.from({ length }, () => Math.floor(random() * most));
      const ids = Uint32Array.from({ length }, (_, i) => length - 1 - i);
      const expected = [...ids].sort((a, b) => keys[a]! - keys[b]!);
      let pauses = 0;
      const steps = sortByKey(ids, keys);
      let step = steps.next();
      for (; !step.done; step = steps.next()) pauses++;
      deepEqual([...step.value], expected);
      ok(pauses >= length / 32_768);
    }
  }
});

Deno.test("WordIndex knows the words that a Map knows, and the first id of each", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 })), fc.string({ maxLength: 3 }), (words, other) => {
      const index = new WordIndex(words.length, (id) => words[id]!);
      const map = new Map<string, number>();
      for (const [id, word] of words.entries()) {
        equal(index.add(id), !map.has(word));
        if (!map.has(word)) map.set(word, id);
      }
      for (const word of [...words, other, ""]) equal(index.get(word), map.get(word));
    }),
  );
});

Deno.test("Column keeps numbers across its blocks", () => {
  const column = new Column();
  for (let i = 0; i < 20_000; i++) column.push(i * 7);
  equal(column.length, 20_000);
  for (const i of [0, 8_191, 8_192, 16_383, 16_384, 19_999]) equal(column.at(i), i * 7);
});

Deno.test("TextColumn gives back every text, of any letters and any length", () => {
  const texts = ["", "A", "M&M-EQ", "é", "NIFTY 50", "निफ्टी", "AB\ud800", "", "x".repeat(200_000), "last"];
  // More than a block of short ones, so that some lie across its end.
  for (let i = 0; i < 10_000; i++) texts.push(`NIFTY${i}CE`);
  const column = new TextColumn();
  for (const text of texts) column.push(text);
  equal(column.length, texts.length);
  for (const [i, text] of texts.entries()) equal(column.at(i), text);
});

Deno.test("TextColumn takes bytes as it takes texts, and hashes what it has as the texts themselves", () => {
  const texts = ["", "A", "nifty ce", "x".repeat(255), "x".repeat(256), "x".repeat(70_000), "m&m-eq"];
  for (let i = 0; i < 10_000; i++) texts.push(`Nifty${i}ce`);
  const column = new TextColumn();
  for (const text of texts) {
    column.push(text);
    column.pushAscii(new TextEncoder().encode(`<${text}>`), 1, text.length + 1);
  }
  for (const odd of ["é", "straße", "निफ्टी"]) column.push(odd);
  for (let i = 0; i < column.length; i++) {
    const text = texts[i >> 1] ?? column.at(i);
    equal(column.at(i), text);
    equal(column.hash(i), hash(text));
    equal(column.hashInCapitals(i), hash(text.toUpperCase()));
    for (const end of ["", "CE", "E", "SSE", "XXX"]) {
      equal(column.endsInCapitals(i, end), text.toUpperCase().endsWith(end), `${text} ${end}`);
    }
  }
});

Deno.test("TextColumn.hasInCapitals() answers as the text itself would", () => {
  const texts = ["", "a", "M&M-EQ", "é", "straße", "Nifty 50", "xyz[`{@", "x".repeat(70_000), "aab"];
  for (let i = 0; i < 10_000; i++) texts.push(`Nifty${i}ce`);
  const column = new TextColumn();
  for (const text of texts) column.push(text);
  const words = [
    "",
    "A",
    "CE",
    "TY9",
    "50",
    "SS",
    "É",
    "é",
    "a",
    "Z[`{@",
    "AB",
    "99CE",
    "Y7ZZ",
    "X".repeat(80_000),
  ];
  for (const [i, text] of texts.entries()) {
    for (const word of words) {
      equal(column.hasInCapitals(i, word), text.toUpperCase().includes(word), `${i} ${word}`);
    }
  }
});

Deno.test("WordIndex makes hardly any word for a comparison but the one that is sought", () => {
  let made = 0;
  const wordOf = (id: number) => {
    made++;
    return `NIFTY${id}CE`;
  };
  const index = new WordIndex(20_000, wordOf);
  for (let id = 0; id < 20_000; id++) index.add(id, hash(`NIFTY${id}CE`));
  for (let id = 0; id < 20_000; id++) equal(index.get(`NIFTY${id}CE`), id);
  ok(made < 20_400, `${made} words`);
});

Deno.test("editDistance() counts insertions, deletions, replacements and swaps of neighbours", () => {
  const rows = [["", "", 0], ["ABC", "ABC", 0], ["ABC", "AXC", 1], ["ABC", "ACB", 1], [
    "ABC",
    "AB",
    1,
  ]] as const;
  for (const [a, b, distance] of rows) {
    equal(editDistance(a, b, 5), distance);
    equal(editDistance(b, a, 5), distance);
  }
  equal(editDistance("KITTEN", "SITTING", 5), 3);
  ok(editDistance("ABCDEF", "UVWXYZ", 2) > 2);
});

Deno.test("NearestWords finds every word within its distance, best first", () => {
  const word = fc.string({ unit: fc.constantFrom("A", "B", "C", "&", "5"), minLength: 1, maxLength: 8 });
  fc.assert(fc.property(fc.uniqueArray(word), word, (words, asked) => {
    const nearest = new NearestWords();
    for (const each of words) nearest.add(each);
    const most = asked.length < 5 ? 1 : 2;
    const expected = words.filter((each) => editDistance(asked, each, 9) <= most);
    const found = nearest.find(asked, 1_000);
    deepEqual([...found].sort(), expected.sort());
    const distances = found.map((each) => editDistance(asked, each, 9));
    deepEqual(distances, [...distances].sort((a, b) => a - b));
  }));
});
