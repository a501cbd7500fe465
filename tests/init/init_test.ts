import { deepStrictEqual as deepEqual, match, ok, rejects, strictEqual as equal } from "node:assert/strict";
import { parse } from "dotenv";
import { rowsOf } from "../../lib/config/setting.ts";
import { SETTING_GROUPS } from "../../lib/config/settings.ts";
import { Answers, AnswersEnded } from "../../lib/init/answers.ts";
import { agrees, askAndWrite, WrongAnswer } from "../../lib/init/init.ts";
import { writePrivately } from "../../lib/init/private_file.ts";
import { TemporaryFolder } from "../sdk/program.ts";
import { GivenAnswers } from "./answers_of.ts";

const ACCOUNT = ["A123456", "7351", "apikeywitness", "KRUG KIDR OVUW G2ZA MJZG 653O EBTG 66BA"];

interface Given {
  readonly lines: readonly string[];
  readonly text?: string;
  readonly isTerminal?: boolean;
}

async function run({ lines, text, isTerminal }: Given) {
  const printed: string[] = [];
  const written: string[] = [];
  const source = new GivenAnswers([lines.map((line) => `${line}\n`).join("")], isTerminal);
  const result = await askAndWrite({
    path: ".env",
    text,
    asked: rowsOf(SETTING_GROUPS.credentials),
    given: {},
    answers: new Answers(source, (text) => printed.push(text)),
    print: (line) => printed.push(line),
    write: (next) => Promise.resolve(void written.push(next)),
  }).catch((error) => error);
  return { result, written, shown: printed.join("\n") };
}

Deno.test("askAndWrite() writes four answers in the form in which the program takes them", async () => {
  const { result, written, shown } = await run({ lines: ACCOUNT });
  equal(result, true);
  deepEqual(written.map((text) => parse(text)), [{
    SMARTAPI_CLIENT_CODE: "A123456",
    SMARTAPI_PIN: "7351",
    SMARTAPI_API_KEY: "apikeywitness",
    SMARTAPI_TOTP_SECRET: "KRUGKIDROVUWG2ZAMJZG653OEBTG66BA",
  }]);
  for (const secret of ACCOUNT.slice(1)) ok(!shown.includes(secret), shown);
});

Deno.test("a person is asked again, and told what would do; a pipe ends there, and nothing is written", async () => {
  const wrong = ["A123456", "password", "", "7351", ...ACCOUNT.slice(2)];
  const asked = await run({ lines: wrong, isTerminal: true });
  equal(asked.result, true);
  match(asked.shown, /SMARTAPI_PIN must be the PIN[^]*SMARTAPI_PIN is needed/);
  const piped = await run({ lines: wrong });
  ok(piped.result instanceof WrongAnswer);
  match(piped.result.message, /^SMARTAPI_PIN: must be the PIN/);
  ok(!piped.result.message.includes('password"'));
  deepEqual(piped.written, []);
});

Deno.test("nothing is written before the last answer", async () => {
  for (let answers = 0; answers < ACCOUNT.length; answers++) {
    const { result, written } = await run({ lines: ACCOUNT.slice(0, answers) });
    ok(result instanceof AnswersEnded, `${answers} answers`);
    deepEqual(written, []);
  }
});

Deno.test("a file that is there is changed only when that is wanted, and keeps the rest", async () => {
  const text = "PORT=9000\nSMARTAPI_PIN=9999\n";
  for (const no of ["", "n", "no", "maybe"]) {
    const { result, written } = await run({ lines: [no, ...ACCOUNT], text });
    deepEqual([result, written], [false, []]);
  }
  const { written, shown } = await run({ lines: ["y", ...ACCOUNT], text });
  match(written[0]!, /^PORT=9000\nSMARTAPI_PIN=7351\n/);
  ok(!shown.includes("9999"));
});

Deno.test("agrees() takes Enter for what is usual", async () => {
  for (
    const [answer, usual, wanted] of [["", true, true], ["", false, false], ["Yes", false, true]] as const
  ) {
    equal(await agrees(new Answers(new GivenAnswers([`${answer}\n`]), () => {}), "?", usual), wanted);
  }
});

Deno.test({
  name: "writePrivately() makes a file for its owner alone, follows a link, and leaves no draft",
  ignore: Deno.build.os === "windows",
  async fn() {
    using folder = new TemporaryFolder();
    const path = `${folder.path}/.env`;
    Deno.writeTextFileSync(`${folder.path}/real.new`, "left by a killed process", { mode: 0o644 });
    Deno.writeTextFileSync(`${folder.path}/real`, "before", { mode: 0o644 });
    Deno.symlinkSync("real", path);
    await writePrivately(path, "after");
    equal(Deno.readTextFileSync(`${folder.path}/real`), "after");
    equal(Deno.statSync(path).mode! & 0o777, 0o600);
    ok(Deno.lstatSync(path).isSymlink);
    deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), [".env", "real"]);
  },
});

Deno.test("writePrivately() that fails leaves the file of before, and no draft", async () => {
  using folder = new TemporaryFolder();
  Deno.mkdirSync(`${folder.path}/.env`);
  await rejects(writePrivately(`${folder.path}/.env`, "text"));
  deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), [".env"]);
});
