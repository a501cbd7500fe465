/** A command that is there, and ended with another code than 0. */
export class CommandError extends Error {}

/** What a command writes, to either stream. @throws {CommandError} It failed. @throws {Deno.errors.NotFound} It is not there. */
export async function outputOf(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const options: Deno.CommandOptions = { args: [...args], env, stdin: "null" };
  const { success, stdout, stderr } = await new Deno.Command(command, options).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (!success) throw new CommandError(`${command} ${args.join(" ")}:\n${text}`);
  return text;
}
