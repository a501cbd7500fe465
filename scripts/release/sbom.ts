/**
 * Prints what the executable is made of, as a bill of materials of CycloneDX 1.5: the packages of `deno.lock` that
 * `main.ts` reaches, and the vendored chart.
 *
 *   deno run --allow-read --allow-run scripts/release/sbom.ts > smartapi-proxy.cdx.json
 */
import { Buffer } from "node:buffer";
import { projectText, projectVersion, ROOT } from "./targets.ts";

/** The packages of a lock file, by name and version; a package that has peers has their names at its end. */
export interface LockFile {
  readonly npm: Readonly<
    Record<string, { readonly integrity?: string; readonly dependencies?: readonly string[] }>
  >;
}

interface Component {
  readonly type: "library" | "application";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly hashes?: readonly { readonly alg: "SHA-512"; readonly content: string }[];
}

/**
 * @param roots Packages that the program imports, as the lock file names them.
 * @param vendored Files of others in `static`, by name and version.
 * @throws {Error} A package is not in the lock file.
 */
export function billOfMaterials(
  version: string,
  lock: LockFile,
  roots: readonly string[],
  vendored: readonly { readonly name: string; readonly version: string }[] = [],
): Record<string, unknown> {
  const reached = reachedFrom(roots, lock);
  const self = `pkg:generic/smartapi-proxy@${version}`;
  const others = vendored.map(({ name, version }): Component => ({
    type: "library",
    "bom-ref": purlOf(name, version),
    name,
    version,
    purl: purlOf(name, version),
  }));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: { type: "application", "bom-ref": self, name: "smartapi-proxy", version, purl: self },
    },
    components: [...[...reached.keys()].sort().map((id) => componentOf(id, lock)), ...others],
    dependencies: [
      { ref: self, dependsOn: [...roots.map(refOf), ...others.map((each) => each["bom-ref"])].sort() },
      ...[...reached].sort().map(([id, needs]) => ({ ref: refOf(id), dependsOn: needs.map(refOf).sort() })),
    ],
  };
}

/** Every package that is needed, with those it needs itself. */
function reachedFrom(roots: readonly string[], lock: LockFile): Map<string, readonly string[]> {
  const reached = new Map<string, readonly string[]>();
  const waiting = [...roots];
  for (let id; (id = waiting.pop()) !== undefined;) {
    if (reached.has(id)) continue;
    const needs = (entryOf(id, lock).dependencies ?? []).map((name) => idOf(name, lock));
    reached.set(id, needs);
    waiting.push(...needs);
  }
  return reached;
}

function entryOf(id: string, { npm }: LockFile) {
  const entry = npm[id];
  if (entry === undefined) throw new Error(`deno.lock has no ${id}`);
  return entry;
}

/** A dependency has its version only where there are several. */
function idOf(name: string, { npm }: LockFile): string {
  const id = name in npm ? name : Object.keys(npm).find((each) => parsed(each).name === name);
  if (id === undefined) throw new Error(`deno.lock has no ${name}`);
  return id;
}

/** `@scope/name@1.2.3_peer@4.5.6` without the peer. */
function parsed(id: string): { readonly name: string; readonly version: string } {
  const [, name, version] = /^(@?[^@]+)@([^_]+)/.exec(id)!;
  return { name: name!, version: version! };
}

function componentOf(id: string, lock: LockFile): Component {
  const { name, version } = parsed(id);
  const [, base64] = /^sha512-(.+)$/.exec(entryOf(id, lock).integrity ?? "") ?? [];
  const ref = refOf(id);
  return {
    ...{ type: "library", "bom-ref": ref, name, version, purl: ref },
    ...base64 === undefined
      ? {}
      : { hashes: [{ alg: "SHA-512", content: Buffer.from(base64, "base64").toString("hex") }] },
  };
}

function refOf(id: string): string {
  const { name, version } = parsed(id);
  return purlOf(name, version);
}

function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** The packages that a program imports; those that only have types are not in the executable. */
async function importedBy(main: string): Promise<string[]> {
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", main],
    cwd: ROOT,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`deno info of ${main} failed`);
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { npmPackage?: string }[] };
  const packages = modules.flatMap(({ npmPackage }) => npmPackage === undefined ? [] : [npmPackage]);
  return [...new Set(packages)].filter((id) => !id.startsWith("@types/"));
}

/** The version that the head of the vendored file says. */
export function vendoredChart(): { name: string; version: string } {
  const [, version] =
    /Lightweight Charts\S* v(\d+\.\d+\.\d+)/.exec(projectText("static/lightweight-charts.js")) ?? [];
  if (version === undefined) throw new Error("static/lightweight-charts.js does not say its version");
  return { name: "lightweight-charts", version };
}

/** The bill of this checkout. */
export async function billOfProject(): Promise<Record<string, unknown>> {
  const lock = JSON.parse(projectText("deno.lock")) as LockFile;
  return billOfMaterials(projectVersion(), lock, await importedBy("main.ts"), [vendoredChart()]);
}

if (import.meta.main) console.log(JSON.stringify(await billOfProject(), undefined, 2));
