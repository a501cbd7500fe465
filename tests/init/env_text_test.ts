import { deepStrictEqual as deepEqual, match, strictEqual as equal, throws } from "node:assert/strict";
import { parse } from "dotenv";
import fc from "fast-check";
import { headerText } from "../../lib/config/schemas.ts";
import { withValues } from "../../lib/init/env_text.ts";

const VALUES = { SMARTAPI_PIN: "1234", SMARTAPI_API_KEY: "a#b c" };

Deno.test("withValues() makes a new file that says what it is", () => {
  const text = withValues(undefined, VALUES);
  match(text, /^# Made by `smartapi-proxy init`/);
  deepEqual(parse(text), VALUES);
  equal(withValues(" \n", VALUES), text);
});

Deno.test("withValues() changes the lines of its names and no other", () => {
  const before = "# mine\nexport SMARTAPI_PIN='9999' # old\nPORT=9000\n\nNOTE=\"SMARTAPI_PIN=no\"\n";
  equal(
    withValues(before, VALUES),
    "# mine\nSMARTAPI_PIN=1234\nPORT=9000\n\nNOTE=\"SMARTAPI_PIN=no\"\nSMARTAPI_API_KEY='a#b c'\n",
  );
  equal(
    withValues("PORT=1\r\nSMARTAPI_PIN=\r\n", { SMARTAPI_PIN: "1234" }),
    "PORT=1\r\nSMARTAPI_PIN=1234\r\n",
  );
  equal(withValues("\uFEFFSMARTAPI_PIN=9\n", { SMARTAPI_PIN: "1234" }), "SMARTAPI_PIN=1234\n");
  equal(
    withValues("SMARTAPI_PIN: 9\nSMARTAPI_PIN=8", { SMARTAPI_PIN: "1234" }),
    "SMARTAPI_PIN=1234\nSMARTAPI_PIN=1234",
  );
  equal(withValues("PORT=1", { SMARTAPI_PIN: "1234" }), "PORT=1\nSMARTAPI_PIN=1234\n");
});

Deno.test("withValues() leaves a file alone whose lines are not what they seem", () => {
  const within = 'NOTE="first\nSMARTAPI_PIN=9999\nlast"\n';
  throws(() => withValues(within, VALUES), /cannot be changed line by line/);
});

Deno.test("whatever a credential may be is read back as it was", () => {
  const value = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map(String.fromCharCode),
    minLength: 1,
  })
    .filter((text) => headerText.safeParse(text).success);
  fc.assert(fc.property(value, (value) => {
    let text: string;
    try {
      text = withValues("PORT=1\n", { SMARTAPI_API_KEY: value });
    } catch (error) {
      match(String(error), /every kind of quotation mark/);
      return;
    }
    deepEqual(parse(text), { PORT: "1", SMARTAPI_API_KEY: value });
  }));
});
