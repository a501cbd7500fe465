/**
 * Runs the tests: all of them, or with `fast` those without processes, browsers and whole days.
 *
 * The runner makes an isolate for each file that it is given, which costs half a second of a processor, and more where
 * the proxy is loaded into it; most files need less for their tests. So the files of a folder are loaded together.
 *
 *   deno run --allow-all scripts/test.ts [fast] [flags of deno test]
 */
import { fileURLToPath } from "node:url";
import { groupsOf, isSlow } from "./test_groups.ts";

const ROOT = new URL("../", import.meta.url);

function* testFiles(folder: string): Iterable<string> {
  for (const entry of Deno.readDirSync(new URL(folder, ROOT))) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) yield* testFiles(`${path}/`);
    else if (path.endsWith("_test.ts")) yield path;
  }
}

const isFast = Deno.args[0] === "fast";
const files = [...testFiles("tests/")].filter((path) => !isFast || !isSlow(path));
// Ctrl-C reaches the runner as well; this process waits for its end and tidies up.
Deno.addSignalListener("SIGINT", () => {});
const folder = await Deno.makeTempDir({ prefix: "tests-" });
try {
  for (const [name, members] of groupsOf(files)) {
    const imports = members.map((path) => `import ${JSON.stringify(new URL(path, ROOT).href)};\n`);
    await Deno.writeTextFile(`${folder}/${name}_test.ts`, imports.join(""));
  }
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      `--config=${fileURLToPath(new URL("deno.json", ROOT))}`,
      "--no-check",
      "--allow-all",
      "--parallel",
      "--sanitize-ops",
      "--sanitize-resources",
      ...Deno.args.slice(isFast ? 1 : 0),
      folder,
    ],
    cwd: ROOT,
    env: { DENO_JOBS: "4" },
  }).spawn().status;
  Deno.exitCode = code;
} finally {
  await Deno.remove(folder, { recursive: true });
}
Deno.exit();
