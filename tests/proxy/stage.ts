import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { type Program, startProgram } from "./process.ts";
import { linesOf } from "../lines_of.ts";

/** The real program on a simulated market, which can be taken away and started again at its address. */
export class Stage implements AsyncDisposable {
  private constructor(private program: Program) {}

  static async set(): Promise<Stage> {
    return new Stage(await demo(0));
  }

  get host(): string {
    return `127.0.0.1:${this.program.port}`;
  }

  async restart(): Promise<void> {
    const { port } = this.program;
    this.program.kill("SIGTERM");
    await this.program.status;
    this.program = await demo(port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
  }
}

function demo(port: number): Promise<Program> {
  return startProgram(["--demo", "--host", "127.0.0.1", "--port", `${port}`]);
}

/** Follows the lines of an exercise to its result; takes the proxy away where it says that it `streams`. */
export async function passes(stage: Stage, lines: AsyncIterable<string>, done: unknown): Promise<void> {
  const said: string[] = [];
  for await (const line of lines) {
    said.push(line);
    if (line === "streams") await stage.restart();
    if (line.startsWith("{")) return deepEqual(JSON.parse(line), done);
  }
  ok(false, `it ended without a result:\n${said.join("\n")}`);
}

/** Runs a program until it has passed the exercise. */
export async function runs(
  stage: Stage,
  command: string,
  args: readonly string[],
  done: unknown,
  env: Record<string, string> = {},
): Promise<void> {
  const child = new Deno.Command(command, {
    args: [...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const tooLong = setTimeout(() => child.kill("SIGKILL"), 30_000);
  const errors = new Response(child.stderr).text();
  try {
    await passes(stage, linesOf(child.stdout), done);
    // Closed, nothing of the client keeps the program from ending by itself.
    equal((await child.status).code, 0);
  } finally {
    const { success } = await child.status;
    clearTimeout(tooLong);
    if (!success) console.error(await errors);
    await errors;
  }
}
