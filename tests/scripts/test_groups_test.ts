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

Deno.test("every test file is in one group, quick ones and slow ones apart, and slow ones are begun first", () => {
  const groups = [...groupsOf(FILES).values()];
  deepEqual(groups.flat().sort(), [...FILES].sort());
  for (const group of groups) {
    ok(group.length <= 20, `${group[0]} and ${group.length - 1} more`);
    ok(group.every(isSlow) || !group.some(isSlow), group.join(", "));
  }
  const slow = groups.map(([path]) => isSlow(path!));
  equal(slow.lastIndexOf(true) < slow.indexOf(false), true, "a slow group after a quick one");
  ok(groups.length < FILES.length * 0.15, `${groups.length} groups of ${FILES.length} files`);
});

Deno.test("what is said to be slow is there", () => {
  for (const pattern of SLOW) ok(FILES.some((path) => pattern.test(path)), String(pattern));
});

Deno.test("tests in the browser share one, unless it needs flags of its own", () => {
  const alone = FILES.filter((path) => path.endsWith("browser_test.ts"))
    .filter((path) => Deno.readTextFileSync(new URL(path, ROOT)).includes("Browser.open()"));
  deepEqual(alone, []);
});
