import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { RecentLines } from "../../lib/log/recent.ts";

Deno.test("the last 200 lines are kept, and given after the one that was seen", () => {
  const lines = new RecentLines();
  for (let i = 1; i <= 250; i++) lines.add(`line ${i}\n`);
  equal(lines.after(0).length, 200);
  deepEqual(lines.after(0)[0], { number: 51, text: "line 51" });
  deepEqual(lines.after(249), [{ number: 250, text: "line 250" }]);
  deepEqual(lines.after(250), []);
  lines.add("x".repeat(5_000));
  equal(lines.after(250)[0]!.text.length, 1_001);
});
