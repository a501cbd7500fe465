import { ConfigError, readConfig, type Values } from "../config/config.ts";
import { readEnvFile } from "../config/env_file.ts";
import { rowsOf } from "../config/setting.ts";
import { SETTING_GROUPS, SETTINGS } from "../config/settings.ts";
import { Answers, AnswersEnded, Interrupted } from "../init/answers.ts";
import { agrees, askAndWrite, WrongAnswer } from "../init/init.ts";
import { writePrivately } from "../init/private_file.ts";
import type { Running, Unread } from "./bootstrap.ts";
import { check } from "./check.ts";

/** As shells say it of a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/** Asks for the account, writes `.env`, and offers to try it. The exit code is 0 when all that was wanted worked. */
export function init(unread: Unread): Running {
  const write = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text));
  const answers = new Answers(
    {
      isTerminal: Deno.stdin.isTerminal(),
      read: (buffer) => Deno.stdin.read(buffer),
      setRaw: (raw) => Deno.stdin.setRaw(raw),
    },
    write,
  );
  let writing: Promise<void> | undefined;
  const ended = run(unread, answers, (path, text) => writing = writePrivately(path, text));
  // It is looked at later, and not by who only stops it.
  ended.catch(() => {});
  return {
    ended,
    async stop() {
      answers.close();
      if (writing === undefined) write("\nNothing was written.\n");
      await writing?.catch(() => {});
    },
  };
}

async function run(
  unread: Unread,
  answers: Answers,
  write: (path: string, text: string) => Promise<void>,
): Promise<number> {
  const path = unread.envFile ?? ".env";
  const print = (line: string) => console.log(line);
  try {
    const text = await textOf(path);
    const given = checked(unread.flags);
    const asked = rowsOf(SETTING_GROUPS.credentials);
    for (const { env } of asked) {
      if (unread.environment[env]) print(`note: ${env} is set in the environment, which beats ${path}`);
    }
    const wasWritten = await askAndWrite({
      ...{ path, text, asked, given, answers, print },
      write: (next) => write(path, next),
    });
    if (!wasWritten) return 1;
    const code = await offerCheck(unread, path, answers);
    printNextSteps(unread.envFile, code === 0, print);
    return code;
  } catch (error) {
    if (error instanceof Interrupted) {
      print("Nothing was written.");
      return INTERRUPTED;
    }
    if (error instanceof AnswersEnded || error instanceof WrongAnswer) {
      throw new ConfigError([error.message, `${path} was left as it is`]);
    }
    throw error;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new ConfigError([`${path} cannot be read: ${error instanceof Error ? error.message : error}`]);
  }
}

/** Flags go into the file as they are, when the program can use them. */
function checked(flags: Values): Record<string, string> {
  const problems: string[] = [];
  const values: Record<string, string> = {};
  for (const { env, schema } of SETTINGS) {
    const value = flags[env];
    if (value === undefined) continue;
    const { error } = schema.safeParse(value);
    if (error) problems.push(...error.issues.map(({ message }) => `${env}: ${message}`));
    values[env] = value;
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return values;
}

async function offerCheck(unread: Unread, path: string, answers: Answers): Promise<number> {
  // Where the answers have ended, nobody has asked for a login.
  const wanted = await agrees(answers, "Try the account now, with one login", true).catch((error) => {
    if (error instanceof AnswersEnded) return false;
    throw error;
  });
  if (!wanted) return 0;
  const { values } = await readEnvFile(path, []);
  return await check(readConfig(unread.valuesWith(values), "check"));
}

function printNextSteps(
  envFile: string | undefined,
  works: boolean,
  print: (line: string) => void,
): void {
  const file = envFile === undefined ? "" : ` --env-file ${envFile}`;
  const call = (command: string, more = "") =>
    Deno.build.standalone
      ? `  smartapi-proxy ${command}${more}${file}`
      : `  deno task ${command === "serve" ? "start" : command}${more}${file}`;
  const steps = works
    ? [
      [call("serve"), "starts the proxy; its page is at http://localhost:8765"],
      [call("watch", " NSE:SBIN-EQ"), "shows prices, in another terminal"],
    ]
    : [
      [call("doctor"), "looks at clock and network, where the values are right"],
      [call("init"), "asks for them again, where they are not"],
    ];
  print("\nNext:");
  for (const [command, what] of steps) print(`${command}\n      ${what}`);
}
