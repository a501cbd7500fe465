import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import { linesOf } from "../lines_of.ts";
import { TemporaryFolder } from "../sdk/program.ts";

Deno.test({
  name: "a run of the tests that is broken off says so by its code, and leaves nothing behind",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = new TemporaryFolder();
    const run = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "scripts/test.ts", "tests/truth"],
      cwd: new URL("../../", import.meta.url),
      env: { TMPDIR: folder.path },
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const lines = linesOf(run.stdout);
    // The first test of many has ended.
    await lines.next();
    run.kill("SIGTERM");
    while (!(await lines.next()).done);
    const { success } = await run.status;
    ok(!success);
    deepEqual([...Deno.readDirSync(folder.path)], []);
  },
});
