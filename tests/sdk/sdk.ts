import { SDK } from "./official_sdk.ts";
import { Program } from "./program.ts";

/** The first time, it is downloaded. */
const DOWNLOAD_WITHIN_MS = 300_000;

const LOCKED = [
  "--quiet",
  "--no-config",
  `--lock=${new URL("deno.lock", import.meta.url).pathname}`,
  "--frozen",
];

/** Fetches the SDK, unless it is there; what comes next would fail, or be late, without. */
export async function downloadSdk(): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", ...LOCKED, SDK],
    signal: AbortSignal.timeout(DOWNLOAD_WITHIN_MS),
  }).output();
  if (!success) throw new Error(`${SDK} cannot be had: ${new TextDecoder().decode(stderr)}`);
}

/** Starts a script beside this file; it reaches this machine and no other, and writes nowhere but where it stands. */
export function startScript(name: string, cwd: string, args: readonly string[] = []): Program {
  const permissions = [
    "--allow-net=127.0.0.1",
    "--allow-read",
    "--allow-write=.",
    "--allow-env",
    "--allow-sys",
  ];
  const script = new URL(name, import.meta.url).href;
  return new Program(["run", ...LOCKED, ...permissions, script, ...args], { cwd });
}
