import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { startProgram } from "../proxy/process.ts";
import { connectClient } from "../proxy/test_client.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

async function makeToken(...args: string[]): Promise<{ code: number; token: string; told: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-read", "--allow-write", "--allow-env", MAIN, "token", ...args],
    env: { NO_COLOR: "1" },
    cwd: new URL("../", import.meta.url).pathname,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, token: text(stdout).trim(), told: text(stderr) };
}

Deno.test("token makes tokens that the running program takes over, and never writes one down", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/tokens.json`;
  try {
    const phone = await makeToken("phone", "--access-tokens-file", file, "--exchanges", "nse,bse");
    equal(phone.code, 0, phone.told);
    match(phone.token, /^[\w-]{43}$/);
    await using program = await startProgram(
      ["--demo", "--port", "0", "--host", "127.0.0.1", "--access-tokens-file", file],
    );
    const url = `ws://127.0.0.1:${program.port}/?token=`;
    const client = await connectClient(url + phone.token);
    await client.heard();
    deepEqual(client.messages[0]!.available_exchanges, ["nse", "bse"]);

    const notebook = await makeToken("notebook", "--access-tokens-file", file);
    await connectClient(url + notebook.token).then(
      () => ok(false, "a token that the program has not read yet"),
      (error) => match(error.message, /401/),
    );
    await program.wrote("was read again: 2 access tokens");
    const other = await connectClient(url + notebook.token);

    // A file that is broken for a moment locks nobody out and lets nobody in.
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, text.slice(0, -5));
    await program.wrote("the tokens of before stay in force");
    await Deno.writeTextFile(file, JSON.stringify(JSON.parse(text).slice(1)));
    await client.gone;
    equal(client.closed!.code, 1008);
    equal(other.closed, undefined);
    for (const secret of [phone.token, notebook.token]) {
      ok(!text.includes(secret) && !program.log.includes(secret), "a token was written");
    }
    match(program.log, /client 1 connected from \S+ with the token of phone/);
    await other.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("token without a file prints the entry; what it cannot take, it says", async () => {
  const { code, token, told } = await makeToken(
    "phone",
    "--expires",
    "2027-03-31",
    "--max-instruments",
    "50",
  );
  equal(code, 0);
  const entry = JSON.parse(told.slice(told.indexOf("[")))[0];
  deepEqual([entry.name, entry.expires, entry.max_instruments], ["phone", "2027-03-31", 50]);
  ok(!told.includes(token));
  for (
    const [args, why] of [
      [["a b"], /letters, digits/],
      [["phone", "--expires", "soon"], /2027-03-31/],
      [["phone", "--exchanges", "nyse"], /not one of nse/],
    ] as const
  ) {
    const refused = await makeToken(...args);
    equal(refused.code, 2);
    equal(refused.token, "");
    match(refused.told, why);
  }
});
