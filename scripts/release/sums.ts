/**
 * Writes SHA256SUMS of the files in a folder, for `sha256sum --check` and the installers.
 *
 *   deno run --allow-read --allow-write scripts/release/sums.ts FOLDER
 */
import { createHash } from "node:crypto";

export const SUMS_NAME = "SHA256SUMS";

/** One line a file, in the order of the names. */
export async function sumsOf(folder: string): Promise<string> {
  const names = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && name !== SUMS_NAME) names.push(name);
  }
  const lines: string[] = [];
  for (const name of names.sort()) {
    const hash = createHash("sha256");
    using file = await Deno.open(`${folder}/${name}`);
    for await (const chunk of file.readable) hash.update(chunk);
    lines.push(`${hash.digest("hex")}  ${name}\n`);
  }
  return lines.join("");
}

if (import.meta.main) {
  const [folder] = Deno.args;
  if (folder === undefined) throw new Error("usage: sums.ts FOLDER");
  await Deno.writeTextFile(`${folder}/${SUMS_NAME}`, await sumsOf(folder));
}
