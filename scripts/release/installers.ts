/**
 * Copies the installers into a folder, with the repository in them from which they are to fetch.
 *
 *   deno run --allow-read --allow-write scripts/release/installers.ts OWNER/NAME FOLDER
 */
import { projectText } from "./targets.ts";

export const INSTALLERS = ["install.sh", "install.ps1"] as const;

/** @throws {Error} The repository has no such name, or the text has no place for it. */
export function withRepository(text: string, repository: string): string {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new Error(`"${repository}" is no OWNER/NAME`);
  const stamped = text.replaceAll("@REPOSITORY@", repository);
  if (stamped === text) throw new Error("the installer has no @REPOSITORY@ in it");
  return stamped;
}

if (import.meta.main) {
  const [repository, folder] = Deno.args;
  if (repository === undefined || folder === undefined) {
    throw new Error("usage: installers.ts OWNER/NAME FOLDER");
  }
  for (const name of INSTALLERS) {
    await Deno.writeTextFile(
      `${folder}/${name}`,
      withRepository(projectText(`scripts/${name}`), repository),
      {
        mode: 0o755,
      },
    );
  }
}
