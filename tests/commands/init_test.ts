/** `init` as a process: with piped answers, and in a terminal. */
import { deepStrictEqual as deepEqual, doesNotMatch, match, strictEqual as equal } from "node:assert/strict";
import { parse } from "dotenv";
import denoJson from "../../deno.json" with { type: "json" };
import { systemClock } from "../../lib/util/clock.ts";
import { SIMULATED_CREDENTIALS, startSimulator } from "../../lib/simulator/simulator.ts";
import { seededRandom } from "../fakes.ts";
import { Program, TemporaryFolder } from "../sdk/program.ts";

const { clientCode, pin, apiKey, totpSecret } = SIMULATED_CREDENTIALS;
const ANSWERS = [clientCode, pin, apiKey, totpSecret];

/** The arguments of `deno` for `init`, with the permissions of its task. */
function commandOf(args: readonly string[]): string[] {
  const [, run, ...words] = denoJson.tasks.init.command.split(" ");
  const main = new URL("../../main.ts", import.meta.url).pathname;
  return [run!, "--quiet", ...words.map((word) => word === "main.ts" ? main : word), ...args];
}

Deno.test("init takes piped answers, writes .env, and tries the account", async () => {
  using folder = new TemporaryFolder();
  const simulator = await startSimulator({ clock: systemClock, random: seededRandom(3) });
  try {
    const flags = ["--rest-url", simulator.restUrl, "--stream-url", simulator.streamUrl];
    await using program = new Program(commandOf(flags), { cwd: folder.path });
    for (const answer of [...ANSWERS, "y"]) await program.write(answer);
    equal(await program.ended, 0, program.output());
    const out = program.stdout.text();
    match(out, /ok +login[^]*ok +price[^]*Next:\n +deno task start\n[^]*deno task watch NSE:SBIN-EQ/);
    for (const secret of ANSWERS.slice(1)) doesNotMatch(program.output(), new RegExp(`\\b${secret}\\b`));
    const path = `${folder.path}/.env`;
    deepEqual(parse(Deno.readTextFileSync(path)), {
      SMARTAPI_REST_URL: simulator.restUrl,
      SMARTAPI_STREAM_URL: simulator.streamUrl,
      SMARTAPI_CLIENT_CODE: clientCode,
      SMARTAPI_PIN: pin,
      SMARTAPI_API_KEY: apiKey,
      SMARTAPI_TOTP_SECRET: totpSecret,
    });
    if (Deno.build.os !== "windows") equal(Deno.statSync(path).mode! & 0o777, 0o600);
  } finally {
    await simulator.stop();
  }
});

/** util-linux's `script` gives a program a terminal of its own; other systems have another program of that name. */
const canTestTerminals = Deno.build.os === "linux" &&
  await new Deno.Command("script", { args: ["--version"], stdout: "null", stderr: "null" }).output()
    .then(({ success }) => success, () => false);

Deno.test({
  name: "in a terminal no secret is shown, and Ctrl-C leaves nothing",
  ignore: !canTestTerminals,
  async fn() {
    using folder = new TemporaryFolder();
    const command = ["exec", Deno.execPath(), ...commandOf([])].join(" ");
    const args = ["--quiet", "--return", "--flush", "--command", command, "/dev/null"];
    await using program = new Program(args, { cwd: folder.path, executable: "script" });
    const questions = [/CLIENT_CODE.*: $/, /PIN.*not shown\): $/, /API_KEY.*: $/, /TOTP_SECRET.*: $/];
    for (const [i, question] of questions.entries()) {
      await program.stdout.shows(question);
      await program.type(i < 3 ? `${ANSWERS[i]}\r` : `${totpSecret.slice(0, 8)}\x03`);
    }
    equal(await program.ended, 130, program.output());
    const out = program.stdout.text();
    match(out, /Nothing was written/);
    for (const secret of [pin, apiKey, totpSecret.slice(0, 8)]) {
      doesNotMatch(out, new RegExp(`\\b${secret}\\b`));
    }
    deepEqual([...Deno.readDirSync(folder.path)], []);
  },
});
