/**
 * Prints the notes of a release: its section of CHANGELOG.md.
 *
 *   deno run --allow-read scripts/release/changelog.ts [VERSION]
 */
import { projectText, projectVersion } from "./targets.ts";

/** One section of the change log. */
export interface Section {
  /** `Unreleased`, or a version. */
  readonly name: string;
  /** Of a version that is out: yyyy-mm-dd. */
  readonly date: string | undefined;
  readonly text: string;
}

/** The sections of a change log in the form of Keep a Changelog, newest first. */
export function sectionsOf(changelog: string): Section[] {
  return changelog.split(/^## /m).slice(1).map((section) => {
    const [heading, ...lines] = section.split("\n");
    const [, name, date] = /^\[?([^\]\s]+)\]?(?:\s+-\s+(\S+))?\s*$/.exec(heading!) ?? [];
    return { name: name ?? heading!.trim(), date, text: lines.join("\n").trim() };
  });
}

/** @throws {Error} There is no section of the version. */
export function notesOf(changelog: string, version: string): string {
  const section = sectionsOf(changelog).find(({ name }) => name === version);
  if (section === undefined) throw new Error(`CHANGELOG.md has no section "## ${version} - yyyy-mm-dd"`);
  return section.text;
}

if (import.meta.main) {
  console.log(notesOf(projectText("CHANGELOG.md"), (Deno.args[0] ?? projectVersion()).replace(/^v/, "")));
}
