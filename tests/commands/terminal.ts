/** A program in a terminal of its own, as a person runs it. */
import { Program } from "../sdk/program.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** What a terminal sends for the keys Ctrl and C. */
export const CTRL_C = "\x03";

/** util-linux's `script` gives a program a terminal of its own; other systems have another program of that name. */
export const canTestTerminals = Deno.build.os === "linux" &&
  await new Deno.Command("script", { args: ["--version"], stdout: "null", stderr: "null" }).output()
    .then(({ success }) => success, () => false);

/**
 * Runs Deno with these arguments in a terminal. The shell before it is replaced (`exec`): Ctrl-C goes to all in the
 * terminal, and a shell that gets it too may end with 130, whatever the program says.
 */
export function inTerminal(args: readonly string[]): Program {
  const command = ["exec", Deno.execPath(), ...args].join(" ");
  return new Program(["--quiet", "--return", "--flush", "--command", command, "/dev/null"], {
    cwd: ROOT,
    executable: "script",
  });
}
