/**
 * Makes the executables of a release as `deno task compile` makes the one of this machine.
 *
 *   deno run --allow-all scripts/release/compile.ts FOLDER [FILE...]     such as smartapi-proxy-linux-x64; by default all
 *
 * `DENO` names another Deno to compile with.
 */
import { projectText, ROOT, TARGETS } from "./targets.ts";

/** The words after `deno`, with the target and the place of the output in them. */
export function compileWords(task: string, target: string, output: string): string[] {
  const [deno, compile, ...words] = task.split(" ");
  if (deno !== "deno" || compile !== "compile") throw new Error(`not a task that compiles: ${task}`);
  const at = words.indexOf("--output");
  if (at < 0) throw new Error(`the task names no output: ${task}`);
  words[at + 1] = output;
  return [compile, "--target", target, ...words];
}

if (import.meta.main) {
  const [folder, ...wanted] = Deno.args;
  if (folder === undefined) throw new Error("usage: compile.ts FOLDER [FILE...]");
  await Deno.mkdir(folder, { recursive: true });
  const { command } = JSON.parse(projectText("deno.json")).tasks.compile;
  const unknown = wanted.filter((file) => !TARGETS.some((each) => each.file === file));
  if (unknown.length > 0) throw new Error(`no target has the file ${unknown.join(", ")}`);
  for (const { target, file } of TARGETS) {
    if (wanted.length > 0 && !wanted.includes(file)) continue;
    const output = `${await Deno.realPath(folder)}/${file}`;
    console.log(`${target} -> ${file}`);
    const { success } = await new Deno.Command(Deno.env.get("DENO") ?? Deno.execPath(), {
      args: compileWords(command, target, output),
      cwd: ROOT,
    }).output();
    if (!success) throw new Error(`${target} could not be compiled`);
  }
}
