/** Runtimes that are not ours, for the tests that need them. */

/** Those of npm, for machines that have not got them: binaries of some 40 to 120 MB, kept in npm's cache. */
const PACKAGES = { node: "node@22.23.3", bun: "bun@1.4.5" } as const;

/** A download that takes longer is taken for one that does not come. */
const DOWNLOAD_WITHIN_MS = 45_000;

const PATH_OF_ITSELF = ["-e", "console.log(process.execPath)"];

/** The first line that a command writes, or undefined when it fails. */
async function firstLine(command: string, args: readonly string[], ms: number): Promise<string | undefined> {
  const tooLong = new AbortController();
  const timer = setTimeout(() => tooLong.abort(), ms);
  try {
    const { success, stdout } = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
      signal: tooLong.signal,
    }).output();
    return success ? new TextDecoder().decode(stdout).split("\n")[0] : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** Where a runtime is, on this machine or else from npm; undefined, and said, where it cannot be had. */
export async function findRuntime(name: "node" | "bun"): Promise<string | undefined> {
  const version = await firstLine(name, ["-e", "console.log(process.versions.node)"], 10_000);
  // Node has a WebSocket of its own since 22.
  if (version !== undefined && (name === "bun" || parseInt(version) >= 22)) return name;
  const path = await firstLine("npx", ["--yes", PACKAGES[name], ...PATH_OF_ITSELF], DOWNLOAD_WITHIN_MS);
  if (path === undefined) {
    console.warn(
      `SKIPPED, the client is not tried in ${name}: neither here nor from npm (${PACKAGES[name]})`,
    );
  }
  return path;
}

export const CHROMIUM = "/usr/bin/chromium";

export async function findChromium(): Promise<string | undefined> {
  if (await Deno.stat(CHROMIUM).then(() => true, () => false)) return CHROMIUM;
  console.warn(`SKIPPED, the client is not tried in a browser: there is no ${CHROMIUM}`);
  return undefined;
}
