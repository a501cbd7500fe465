import assert from "node:assert/strict";
import { inspect } from "node:util";
import { Secret } from "../../lib/util/secret.ts";

const VALUE = "JBSWY3DPEHPK3PXP";

Deno.test("reveal() gives the value", () => {
  assert.equal(new Secret(VALUE).reveal(), VALUE);
});

for (
  const [how, shown] of Object.entries({
    "String()": (secret: Secret) => String(secret),
    "a template": (secret: Secret) => `${secret}`,
    "concatenation": (secret: Secret) => "" + secret,
    "JSON": (secret: Secret) => JSON.stringify({ deep: [secret] }),
    "Deno.inspect()": (secret: Secret) => Deno.inspect({ deep: [secret] }, { depth: 10, showHidden: true }),
    "util.inspect()": (secret: Secret) => inspect({ deep: [secret] }, { depth: 10, showHidden: true }),
    "an error's message": (secret: Secret) => new Error(`failed with ${secret}`).message,
  })
) {
  Deno.test(`a secret shows as [redacted] in ${how}`, () => {
    const text = shown(new Secret(VALUE));
    assert.ok(text.includes("[redacted]"), text);
    assert.ok(!text.includes(VALUE), text);
  });
}

Deno.test("a secret has no property in which the value could be found", () => {
  const secret = new Secret(VALUE);
  assert.deepEqual(Reflect.ownKeys(secret), []);
  assert.deepEqual({ ...secret }, {});
});
