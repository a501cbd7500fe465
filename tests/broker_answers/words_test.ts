import assert, { equal, ok } from "node:assert/strict";
import { RestRefusal } from "../../lib/smartapi/broker_error.ts";
import { PublicWords } from "../../lib/smartapi/public_words.ts";
import { createRest } from "../../lib/smartapi/rest.ts";
import { FakeClock } from "../fakes.ts";
import { logLines } from "../log/lines.ts";
import { TOKENS } from "./fake_broker.ts";
import { LOGIN_ROWS } from "./login_rows.ts";
import { codeAt, secretIn, SECRETS } from "./secrets.ts";
import { CREDENTIALS, World } from "./world.ts";

const NOW = Date.parse("2026-11-20T10:00:00+05:30");

/** Every secret there is at the first login, its one-time code included. */
const ALL = [...Object.values(SECRETS), ...Object.values(TOKENS), codeAt(NOW)];

/** What a login that was answered so says of it; undefined for a success. */
async function saidOf(text: string, status: number): Promise<string | undefined> {
  const rest = createRest({
    url: "http://broker.test",
    credentials: CREDENTIALS,
    addresses: { localIp: "127.0.0.1", publicIp: "127.0.0.1", mac: "02:00:00:00:00:01" },
    clock: new FakeClock(NOW),
    fetch: () => Promise.resolve(new Response(text, { status })),
  });
  try {
    await rest.login();
    return undefined;
  } catch (error) {
    assert(error instanceof RestRefusal, String(error));
    return JSON.stringify({ ...error, message: error.message, stack: error.stack });
  }
}

function assertClean(text: string | undefined, from: string): void {
  const found = secretIn(text ?? "") ?? (text?.includes(codeAt(NOW)) ? codeAt(NOW) : undefined);
  if (found !== undefined) assert.fail(`${found} of ${from.slice(0, 400)} in ${text?.slice(0, 400)}`);
}

const ECHO = JSON.stringify({
  clientcode: CREDENTIALS.clientCode,
  password: SECRETS.pin,
  totp: codeAt(NOW),
  key: SECRETS.apiKey,
  secret: SECRETS.totpSecret,
});

/** The bodies of the table, and some that repeat what they were asked. */
async function bodies(): Promise<string[]> {
  const found = new Set<string>();
  for (const { answer } of LOGIN_ROWS) {
    const given = answer(1);
    const response = given instanceof Response ? given : typeof given === "string" ? undefined : given.answer;
    const text = await response?.text().catch(() => undefined);
    if (text !== undefined) found.add(text.slice(0, 500));
  }
  const all = ALL.join(" ");
  for (
    const body of [
      { status: true, message: "SUCCESS", errorcode: "", data: TOKENS },
      { status: "success", data: TOKENS },
      { status: false, message: `wrong: ${all}`, errorcode: "AB1007", data: null },
      { status: false, message: ECHO, errorcode: "AB2001", data: ECHO },
      { success: false, message: all.toUpperCase(), errorCode: SECRETS.apiKey, data: TOKENS },
      { status: false, message: ALL.join(","), errorcode: "AB9999", request: JSON.parse(ECHO) },
      {
        status: false,
        message: ALL.map((each) => each.slice(2, 13)).join(" "),
        errorcode: "X",
        data: TOKENS,
      },
    ]
  ) found.add(JSON.stringify(body));
  found.add(ECHO);
  found.add(`<html><body>${all}</body></html>`);
  found.add(all);
  return [...found];
}

Deno.test("no answer, whole or cut at any length, brings a secret or a piece of one into what is said of it", async () => {
  let count = 0;
  for (const body of await bodies()) {
    for (let length = 0; length <= body.length; length++) {
      assertClean(await saidOf(body.slice(0, length), 200), body.slice(0, length));
      count++;
    }
    for (const status of [400, 401, 403, 429, 500, 502]) assertClean(await saidOf(body, status), body);
  }
  ok(count > 3_000, String(count));
});

Deno.test("no answer with fields swapped brings a secret into what is said of it", async () => {
  const fields = ["status", "success", "message", "errorMessage", "error", "errorcode", "errorCode", "data"];
  const values: unknown[] = [true, false, null, "AB1007", "Invalid totp", TOKENS, ECHO, ...ALL];
  for (const [place, first] of fields.entries()) {
    for (const one of values) {
      for (const second of fields.slice(place + 1)) {
        for (const other of values) {
          const body = JSON.stringify({ status: false, message: "words", [first]: one, [second]: other });
          assertClean(await saidOf(body, 200), body);
        }
      }
    }
  }
});

/** A text in the letters in which a server may repeat it. */
const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  "Base64": btoa,
  "Base64 behind one letter": (text) => btoa(`x${text}`),
  "Base64 behind two letters": (text) => btoa(`x:${text}`),
  "a piece of Base64": (text) => btoa(`xyz:${text}`).slice(2),
  "Base64 for addresses": (text) => btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
  "percent signs": (text) => text.replace(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  "hexadecimal digits": (text) => text.replace(/./g, (letter) => letter.charCodeAt(0).toString(16)),
  "reverse order": (text) => [...text].reverse().join(""),
  "capitals": (text) => text.toUpperCase(),
  "Base64 in Base64": (text) => btoa(btoa(text)),
  "Base64 with percent signs": (text) => encodeURIComponent(btoa(`${text}?>`)),
  "percent signs twice": (text) => text.replace(/./g, (letter) => `%25${letter.charCodeAt(0).toString(16)}`),
  "escapes of JSON": (text) => text.replace(/./g, (each) => `\\u00${each.charCodeAt(0).toString(16)}`),
  "escapes of escapes": (text) => text.replace(/./g, (each) => `\\\\x${each.charCodeAt(0).toString(16)}`),
  "references of HTML": (text) => text.replace(/./g, (each) => `&#${each.charCodeAt(0)};`),
  "hexadecimal references": (text) => text.replace(/./g, (each) => `&#x${each.charCodeAt(0).toString(16)};`),
  "letters with blanks": (text) => [...text].join(" "),
  "letters with zero width": (text) => [...text].join("\u200b"),
  "letters with points": (text) => [...text].join(" . "),
  "wide letters": (text) =>
    text.replace(/[!-~]/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0)),
  "bytes": (text) => [...text].map((each) => each.charCodeAt(0).toString(16)).join(" "),
  "bytes with colons": (text) => [...text].map((each) => each.charCodeAt(0).toString(16)).join(":"),
  "a list of codes": (text) => [...text].map((each) => each.charCodeAt(0)).join(", "),
};

for (const [name, encode] of Object.entries(ENCODINGS)) {
  Deno.test(`PublicWords.of() strikes out what is repeated in ${name}`, () => {
    for (const secret of [...ALL, "4821", "a+b/c=d&e%f"]) {
      const words = new PublicWords([...ALL, "4821", "a+b/c=d&e%f"]);
      const text = encode(secret);
      const bare = text.replace(/=+$/, "");
      for (
        const around of [
          (each: string) => each,
          (each: string) => `key=${each}&x`,
          (each: string) => `"${each}",`,
        ]
      ) {
        const shown = words.of(`Invalid request ${around(text)} from this client`);
        ok(!shown.includes(bare), `${secret}: ${shown}`);
        ok(shown.startsWith("Invalid request ") && shown.endsWith(" from this client"), shown);
      }
    }
  });
}

Deno.test("what the stream says brings no secret to any client, report, metric or log line", async () => {
  await using log = await logLines();
  const world = new World();
  const { broker } = world;
  await world.start();
  await world.pass(3_000);
  const id = JSON.parse(broker.requests[0]!.text).correlationID;
  const texts = [...ALL, ...ALL.map((each) => each.toUpperCase()), ECHO, ALL.join(" "), ALL.join("")];
  for (const text of texts) {
    for (const at of [0, 3, 9]) {
      const piece = text.slice(at, at + 60);
      broker.say(JSON.stringify({ correlationID: id, errorCode: "E1001", errorMessage: piece }));
      broker.say(
        JSON.stringify({ correlationID: id, errorCode: piece, errorMessage: "Invalid Request Payload." }),
      );
      broker.say(
        JSON.stringify({ correlationID: piece, errorCode: "AG8001", errorMessage: `Bearer ${piece}` }),
      );
      broker.say(piece);
      await world.pass(2_000);
    }
  }
  await world.pass(60_000);
  await world.stop();
  equal(secretIn(world.outputs(), broker), undefined);
  equal(secretIn(log.lines.join("\n"), broker), undefined);
});

Deno.test("PublicWords.of() keeps a plain sentence as it is, in one line and short", () => {
  const words = new PublicWords(ALL);
  equal(words.of("Invalid clientcode or password"), "Invalid clientcode or password");
  equal(words.of("  two\r\n\tlines\u0000 "), "two lines");
  equal(words.of("word ".repeat(100)).length, 161);
  // Letters that change their length with their case could hide a secret.
  equal(words.of(`İ ${SECRETS.apiKey}`), "[redacted]");
  equal(
    words.of(`key=${SECRETS.apiKey.toUpperCase()}, pin ${SECRETS.pin}.`),
    "key=[redacted], pin [redacted].",
  );
});
