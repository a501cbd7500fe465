import { deepStrictEqual as deepEqual, ok, rejects, strictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { Answers, AnswersEnded, Interrupted } from "../../lib/init/answers.ts";
import { GivenAnswers } from "./answers_of.ts";

const ignore = () => {};

/** What was typed at a terminal is understood as. */
async function typed(...pieces: string[]): Promise<string> {
  const source = new GivenAnswers(pieces, true);
  const answer = await new Answers(source, ignore).askHidden("PIN");
  deepEqual(source.modes, [true, false]);
  return answer;
}

Deno.test("Answers reads a line for each question, however the lines are cut and ended", async () => {
  const lines = fc.array(fc.string().map((text) => text.replace(/[\r\n]/g, "")), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(lines, fc.constantFrom("\n", "\r\n", "\r"), fc.nat(5), async (wanted, end, size) => {
      const bytes = new TextEncoder().encode(wanted.map((line) => line + end).join(""));
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size + 1) pieces.push(bytes.subarray(at, at + size + 1));
      const answers = new Answers(new GivenAnswers(pieces), ignore);
      const got: string[] = [];
      for (const _ of wanted) got.push(await answers.ask("?"));
      deepEqual(got, wanted);
      await rejects(answers.ask("one more"), AnswersEnded);
    }),
  );
});

Deno.test("Answers takes a last line without a line break", async () => {
  equal(await new Answers(new GivenAnswers(["A12", "3"]), ignore).ask("?"), "A123");
});

Deno.test("Answers does not write what is typed hidden, and takes keys for what they mean", async () => {
  let written = "";
  const answers = new Answers(new GivenAnswers(["12", "34\r"], true), (text) => written += text);
  equal(await answers.askHidden("PIN"), "1234");
  equal(written, "PIN (not shown): \n");
  equal(await typed("13\x7f2\b", "2\r"), "12");
  equal(await typed("wrong\x15right\r"), "right");
  equal(await typed("a\x1b[Db\x1b[200~c\x1bOA\r"), "abc");
  equal(await typed("pasted\r\n"), "pasted");
});

Deno.test("Answers ends at Ctrl-C and Ctrl-D, and gives the terminal back", async () => {
  for (const [keys, error] of [["12\x03", Interrupted], ["\x04", AnswersEnded]] as const) {
    const source = new GivenAnswers([keys], true);
    await rejects(new Answers(source, ignore).askHidden("PIN"), error);
    deepEqual(source.modes, [true, false]);
  }
});

Deno.test("Answers keeps what was pasted for the questions to come", async () => {
  const source = new GivenAnswers(["A1\n1234\rkey\r"], true);
  const answers = new Answers(source, ignore);
  deepEqual([await answers.ask("a"), await answers.askHidden("b"), await answers.askHidden("c")], [
    "A1",
    "1234",
    "key",
  ]);
  ok(source.modes.at(-1) === false);
});
