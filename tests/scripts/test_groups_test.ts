import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { groupsOf, isSlow, SLOW } from "../../scripts/test_groups.ts";

const ROOT = new URL("../../", import.meta.url);

function testFiles(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ isDirectory, name }) => {
    if (isDirectory) return testFiles(`${folder}${name}/`);
    return name.endsWith("_test.ts") ? [`${folder}${name}`] : [];
  });
}

const FILES = testFiles("tests/");

Deno.test("every test file is in one group, and slow ones are alone", () => {
  const groups = [...groupsOf(FILES).values()];
  deepEqual(groups.flat().sort(), [...FILES].sort());
  for (const group of groups) {
    ok(group.length <= 12, `${group[0]} and ${group.length - 1} more`);
    if (group.some(isSlow)) equal(group.length, 1, group.join(", "));
  }
  ok(groups.length < FILES.length * 0.7, `${groups.length} groups of ${FILES.length} files`);
});

Deno.test("what is said to be slow is there", () => {
  for (const pattern of SLOW) ok(FILES.some((path) => pattern.test(path)), String(pattern));
});
