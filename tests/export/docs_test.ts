/** The section "Export" of docs/recording.md: its commands are understood, its programs run, its tables are complete. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { readArguments } from "../../lib/config/cli.ts";
import { readConfig } from "../../lib/config/config.ts";
import { SETTINGS } from "../../lib/config/settings.ts";
import { findPython, pageOf, words } from "../documented.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { snapQuoteTick } from "../ticks.ts";
import { exportAll, record, send } from "./recorded.ts";

const { blocks, table } = pageOf("recording.md");

Deno.test("the documented commands are understood", () => {
  const lines = blocks("sh").flatMap((block) => block.trimEnd().split("\n"));
  equal(lines.length, 6);
  for (const line of lines) {
    const [program, ...args] = line.split(" ");
    equal(program, "smartapi-proxy");
    const invocation = readArguments(args);
    ok(invocation.kind === "run", line);
    readConfig(invocation.flags, invocation.command);
  }
});

Deno.test("every flag of export has its row, with its default", () => {
  const rows = table(/^\| flag /).map(([flag, value]) => [words(flag!)[0], words(value!)[0]]);
  const own = SETTINGS.filter(({ env }) => env.startsWith("EXPORT_"));
  deepEqual(rows.map(([flag]) => flag), own.map(({ flag }) => `--${flag}`));
  for (const { flag, default: usual } of own) {
    if (usual !== undefined) equal(rows.find(([name]) => name === `--${flag}`)?.[1], usual);
  }
});

for (const [i, module] of ["duckdb", "pandas, pyarrow"].entries()) {
  const python = await findPython(module);
  if (python === undefined) {
    console.warn(`SKIPPED, the ${module} example of docs/recording.md is not run: no python3 has the module`);
  }
  Deno.test({
    name: `the documented lines for ${module} show what was exported`,
    ignore: python === undefined,
    async fn() {
      using folder = new TemporaryFolder();
      await record(folder.path, (recorder, clock) => send(recorder, clock, [snapQuoteTick("nse:1", 812.35)]));
      await exportAll(folder.path, `${folder.path}/export`);
      const { stdout, stderr } = await new Deno.Command(python!, {
        args: ["-c", blocks("python")[i]!],
        cwd: folder.path,
      }).output();
      const text = new TextDecoder().decode(stdout);
      ok(
        text.includes("NAME1-EQ") && text.includes("812.35"),
        `${text}\n${new TextDecoder().decode(stderr)}`,
      );
    },
  });
}
