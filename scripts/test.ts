/**
 * Runs the tests: all of them, or with `fast` those without processes, browsers and whole days.
 *
 * The runner makes an isolate for each file that it is given, which costs half a second of a processor, and more where
 * the proxy is loaded into it; most files need less for their tests. So those that go together are loaded together.
 *
 *   deno run --allow-all scripts/test.ts [fast] [beginnings of paths, tests/…] [flags of deno test]
 *
 * `--junit-path=FILE` writes a report; the last line says how many passed and failed.
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

const [first] = Deno.args;
const isFast = first === "fast";
const given = Deno.args.slice(isFast ? 1 : 0);
const isPath = (argument: string) => /^(\.\/)?tests\//.test(argument);
const flags = given.filter((argument) => !isPath(argument));
const paths = given.filter(isPath).map((path) => path.replace(/^\.\//, ""));
const files = [...testFiles("tests/")].filter((path) =>
  (!isFast || !isSlow(path)) && (paths.length === 0 || paths.some((start) => path.startsWith(start)))
);
if (files.length === 0) {
  console.error(`No test file begins with ${paths.join(" or ")}`);
  Deno.exit(1);
}

// What the tests make for a while is made in here, and goes with it, however the run ends.
const folder = await Deno.makeTempDir({ prefix: "tests-" });
let stopped = false;
let runner: Deno.ChildProcess | undefined;
function stop(signal: Deno.Signal): void {
  stopped = true;
  // Ctrl-C reaches the runner as well.
  if (signal !== "SIGINT") runner?.kill(signal);
}
for (
  const signal of Deno.build.os === "windows" ? ["SIGINT"] as const : ["SIGINT", "SIGTERM", "SIGHUP"] as const
) {
  Deno.addSignalListener(signal, () => stop(signal));
}
try {
  const temporary = `${folder}/tmp`;
  await Deno.mkdir(temporary);
  const modules: string[] = [];
  for (const [name, members] of groupsOf(files)) {
    const imports = members.map((path) => `import ${JSON.stringify(new URL(path, ROOT).href)};\n`);
    // The runner begins them in the order of their names.
    const number = String(modules.length + 1).padStart(2, "0");
    modules.push(`${folder}/${number}-${name}_test.ts`);
    await Deno.writeTextFile(modules.at(-1)!, imports.join(""));
  }
  runner = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      `--config=${fileURLToPath(new URL("deno.json", ROOT))}`,
      "--no-check",
      "--allow-all",
      "--parallel",
      "--sanitize-ops",
      "--sanitize-resources",
      ...flags,
      ...modules,
    ],
    cwd: ROOT,
    env: { DENO_JOBS: "4", TMPDIR: temporary, TEMP: temporary, TMP: temporary },
  }).spawn();
  Deno.exitCode = (await runner.status).code;
} finally {
  await removed(folder);
}
Deno.exit(stopped ? Deno.exitCode || 1 : Deno.exitCode);

/** Browsers of tests that were broken off may still be writing as they end. */
async function removed(path: string): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      return await Deno.remove(path, { recursive: true });
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
