import type { Setting } from "../config/setting.ts";
import { Secret } from "../util/secret.ts";
import type { Answers } from "./answers.ts";
import { withValues } from "./env_text.ts";

export interface InitOptions {
  /** Where the file is, as the user says it. */
  readonly path: string;
  /** The text of the file; undefined where there is none. */
  readonly text: string | undefined;
  /** What is asked for, in this order. */
  readonly asked: readonly Setting[];
  /** What else is written, by variable. */
  readonly given: Readonly<Record<string, string>>;
  readonly answers: Answers;
  readonly print: (line: string) => void;
  /** Replaces the file in one step. */
  readonly write: (text: string) => Promise<void>;
}

/**
 * Asks for the values of an account, checks their form as the program does at its start, and writes the file when all
 * of them are there.
 *
 * @returns Whether it was written.
 * @throws {WrongAnswer} A piped answer has not the form; the ones after it may belong to other questions.
 * @throws {Error} The answers ended, or the file cannot be written.
 */
export async function askAndWrite(options: InitOptions): Promise<boolean> {
  const { path, text, asked, given, answers, print, write } = options;
  if (text !== undefined) {
    print(`${path} is there already. Four values of it are replaced; everything else in it stays.`);
    if (!await agrees(answers, `Change ${path}`, false)) {
      print(`${path} was left as it is.`);
      return false;
    }
  }
  const values: Record<string, string> = { ...given };
  for (const setting of asked) values[setting.env] = await valueOf(setting, answers, print);
  await write(withValues(text, values));
  print(`${path} was written. It holds the secrets of your account: show it to nobody.`);
  return true;
}

/** A yes or a no; Enter alone, or no answer, means what is usual. */
export async function agrees(answers: Answers, question: string, usual: boolean): Promise<boolean> {
  const answer = await answers.ask(`${question}? [${usual ? "Y/n" : "y/N"}]`);
  return answer.trim() === "" ? usual : /^y(?:es)?$/i.test(answer.trim());
}

/** The name of the variable, and what would do; never the answer. */
export class WrongAnswer extends Error {}

async function valueOf(setting: Setting, answers: Answers, print: (line: string) => void): Promise<string> {
  const { env, help, whence, secret, schema } = setting;
  const question = `${env}, ${whence ?? help}`;
  for (;;) {
    const answer = await (secret ? answers.askHidden(question) : answers.ask(question));
    const result = answer.trim() === "" ? undefined : schema.safeParse(answer.trim());
    if (result?.success) return result.data instanceof Secret ? result.data.reveal() : String(result.data);
    const problem = result === undefined
      ? "is needed"
      : result.error.issues.map(({ message }) => message).join("; ");
    if (!answers.isTerminal) throw new WrongAnswer(`${env}: ${problem}`);
    print(`  ${env} ${problem}`);
  }
}
