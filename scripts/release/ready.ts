/**
 * Says what is missing before a version is tagged; exit code 1 when something is.
 *
 *   deno task release:check [TAG]
 */
import { sectionsOf } from "./changelog.ts";
import { projectText, ROOT } from "./targets.ts";

export interface ReleaseState {
  readonly version: string;
  readonly changelog: string;
  /** Every place that repeats the version: the file, and what it says. */
  readonly repeated: readonly { readonly file: string; readonly version: string | undefined }[];
  /** Tags that are there already. */
  readonly tags: readonly string[];
  /** Files that differ from the last commit, as `git status --porcelain` lists them. */
  readonly changed: readonly string[];
  /** The tag that is about to be built, where one is. */
  readonly tag?: string | undefined;
  /** yyyy-mm-dd */
  readonly today: string;
}

/** What is missing, each with what would do; nothing when the version can be tagged. */
export function missingFor(state: ReleaseState): string[] {
  const { version, tag, tags, repeated, changed } = state;
  const missing: string[] = [];
  if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)) {
    missing.push(`deno.json: "${version}" is no version such as 1.2.3`);
  }
  for (const { file, version: other } of repeated) {
    if (other !== version) missing.push(`${file} says ${other ?? "no version"}, and deno.json ${version}`);
  }
  missing.push(...missingOfChangelog(state));
  if (tag === undefined && tags.includes(`v${version}`)) {
    missing.push(`the tag v${version} is there already: raise the version in deno.json`);
  }
  if (tag !== undefined && tag !== `v${version}`) {
    missing.push(`the tag is ${tag}, and deno.json says ${version}`);
  }
  if (changed.length > 0) missing.push(`not committed: ${changed.join(", ")}`);
  return missing;
}

function missingOfChangelog({ changelog, version, today }: ReleaseState): string[] {
  const sections = sectionsOf(changelog);
  const own = sections.find(({ name }) => name === version);
  const unreleased = sections.find(({ name }) => name === "Unreleased");
  const missing: string[] = [];
  if (unreleased !== undefined && unreleased.text !== "") {
    missing.push(`CHANGELOG.md: what is under "Unreleased" belongs under "## ${version} - ${today}"`);
  }
  if (own === undefined) missing.push(`CHANGELOG.md has no section "## ${version} - ${today}"`);
  else {
    if (own.text === "") missing.push(`CHANGELOG.md says nothing of ${version}`);
    if (sections.indexOf(own) !== (unreleased === undefined ? 0 : 1)) {
      missing.push(`CHANGELOG.md: ${version} is not the newest version`);
    }
  }
  for (const { name, date } of sections) {
    if (name === "Unreleased") continue;
    if (date === undefined || !isDay(date)) {
      missing.push(`CHANGELOG.md: ${name} has no date, such as ${today}`);
    } else if (date > today) missing.push(`CHANGELOG.md: ${name} is dated ${date}, which is still to come`);
  }
  return missing;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** Where the version stands as well, for programs that cannot read `deno.json`. */
export function repeatedVersions(): ReleaseState["repeated"] {
  const client = /^__version__ = "([^"]+)"$/m.exec(projectText("static/client.py"))?.[1];
  const example = /"version": "([^"]+)"/.exec(projectText("docs/protocol.md"))?.[1];
  return [{ file: "static/client.py", version: client }, { file: "docs/protocol.md", version: example }];
}

async function git(...args: string[]): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", { args, cwd: ROOT, stderr: "inherit" }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

if (import.meta.main) {
  const missing = missingFor({
    version: JSON.parse(projectText("deno.json")).version,
    changelog: projectText("CHANGELOG.md"),
    repeated: repeatedVersions(),
    tags: await git("tag", "--list"),
    changed: await git("status", "--porcelain"),
    tag: Deno.args[0],
    today: new Date().toISOString().slice(0, 10),
  });
  for (const each of missing) console.log(`missing: ${each}`);
  if (missing.length > 0) Deno.exit(1);
  console.log(
    "Nothing is missing. Tag it: git tag -a v<version>, and push the tag; release.yml does the rest.",
  );
}
